"""What is looked at when, and which codes are a new presentation: idle, look, hold. Pure.

*Idle*: nothing moves; ten times a second it is asked whether something does. *Look*: something
moved or is about to be read; every picture is decoded, some of them deeply. *Hold*: a text that was
reported is not reported again until it was gone for a while **and** something moved; while nothing
moves it is there, whatever the decoder says, and only its place is read again, twice a second.

All times are monotonic seconds of the pictures.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bartack_drivers.camera.decoding.codes import Code, Corners
from bartack_drivers.camera.watching.acceptance import AGREE_S, Rules, Votes
from bartack_drivers.camera.watching.places import Place, around, place_of

CHECK_S: Final = 0.1
"""Ten times a second."""

LOOK_S: Final = 2.0
"""So long after the last movement every picture is looked at."""

REREAD_S: Final = 0.5
DEEP_S: Final = 0.33
"""A deep look is for every fifth picture of a camera of 15 a second."""

DEEP_PICTURES: Final = 5

DEEP_UNSEEN_S: Final = 1.0
"""How often a moved scene without any candidate is looked at deeply: bars are not all there is."""

DEEP_REST: Final = 3.0
"""After a deep look so many times its cost is left to others: 40 ms a picture on a slow board."""

RETRY_S: Final = 1.0
RETRY_MAX_S: Final = 60.0
"""A still scene with something unread is looked at deeply after 1, 2, 4... 60, 60 seconds: cloth
may look like bars, too."""

ALL_AFTER_S: Final = 8.0
"""Only what lies there so long is worth all stages: what is laid down meanwhile waits for them."""

MARGIN: Final = 0.3
MASK_MARGIN: Final = 0.15

Depth = Literal["nothing", "places", "live", "deep", "all"]
"""``all``: with stages that are too dear while things move."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do with a picture: how deeply to decode it, and of which ``places`` only.

    ``masked``: what is known to lie there and to be painted over, because decoding ends at the
    first stage that finds something, and what is hard to read lies beside it.
    """

    depth: Depth
    places: tuple[Place, ...] = ()
    masked: tuple[Place, ...] = ()


NOTHING: Final = Plan("nothing")


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a plan. ``codes`` and ``candidates`` in pixels of the whole picture.

    ``alike``: the held texts whose place looks as it did when they were read. ``spent_s``: what
    decoding cost.
    """

    codes: Sequence[Code] = ()
    candidates: Sequence[Corners] = ()
    alike: Collection[str] = ()
    spent_s: float = 0.0


@dataclass(slots=True)
class Held:
    """A reported text. ``there_s``: when it last was there, ``read_s``: when it was last read."""

    place: Place
    parts: tuple[Corners, ...]
    there_s: float
    read_s: float
    in_doubt: bool = False
    """Something moved since it was last there."""


class Presenting:
    """Follows one camera. Call ``plan`` and then ``seen`` for each picture that is looked at."""

    def __init__(self, rules: Rules, gone_s: float) -> None:
        """A text that was gone for ``gone_s`` is a new presentation."""
        self._gone_s = gone_s
        self._votes = Votes(rules)
        self.held: dict[str, Held] = {}
        self._look_until_s = float("-inf")
        self._reread_s = float("-inf")
        self._promising = 0
        """Pictures since the last deep look in which something unread was seen."""
        self._deep_s = float("-inf")
        self._unread_looks = 1
        """Deep looks at something unread that moves; the first is a dear one."""
        self._rested_s = float("-inf")
        self._unread = False
        self._retry_s = float("inf")
        self._retry_after_s = RETRY_S

    def due_s(self, now_s: float) -> float:
        """When to look at a picture again after one was looked at; at once: at the next one."""
        return now_s if now_s < self._look_until_s else now_s + CHECK_S

    def plan(self, now_s: float, *, moved: bool) -> Plan:
        """What to do with the picture of ``now_s``, which shows another scene or does not."""
        self._votes.forget_old(now_s)
        for held in self.held.values():
            held.in_doubt = held.in_doubt or moved
            if not held.in_doubt:
                held.there_s = now_s
        if moved:
            if now_s > self._look_until_s > float("-inf"):
                # What comes in is still in a hand: the live stages read it when it lies there.
                self._deep_s = max(self._deep_s, now_s - DEEP_UNSEEN_S + DEEP_S)
            self._look_until_s = now_s + LOOK_S
            self._retry_after_s = RETRY_S
        if now_s < self._look_until_s:
            self._retry_s = now_s + self._retry_after_s
            return self._look(now_s)
        if self._unread and now_s >= self._retry_s:
            self._retry_after_s = min(RETRY_MAX_S, 2 * self._retry_after_s)
            self._retry_s = now_s + self._retry_after_s
            return self._deep(now_s, "all" if self._retry_after_s > ALL_AFTER_S else "deep")
        if self.held and now_s >= self._reread_s:
            self._reread_s = now_s + REREAD_S
            if any(held.in_doubt for held in self.held.values()):
                return Plan("live")
            return Plan("places", tuple(held.place for held in self.held.values()))
        return NOTHING

    def seen(self, now_s: float, plan: Plan, seen: Seen) -> list[Code]:
        """Take in what came of ``plan``; the codes that are new presentations."""
        if plan.depth == "nothing":
            return []
        if plan.depth in ("deep", "all"):
            self._rested_s = now_s + DEEP_REST * seen.spent_s
        if plan.depth != "places":
            self._note_unread(seen)
        fresh = self._fresh(now_s, seen.codes)
        self._release(now_s, {code.text for code in seen.codes}, seen.alike)
        if self._votes:
            self._look_until_s = max(self._look_until_s, now_s + AGREE_S)
        return fresh

    def _look(self, now_s: float) -> Plan:
        if self._votes and now_s - self._deep_s >= DEEP_S:
            return self._deep(now_s, "all")  # at any cost: what was read must be seen again soon
        patience_s = DEEP_S if self._promising else DEEP_UNSEEN_S
        is_time = self._promising >= DEEP_PICTURES or now_s - self._deep_s >= patience_s
        if is_time and now_s >= self._rested_s:
            # A ticket in a hand may never lie still: every second deep look is for that.
            self._unread_looks += self._promising > 0
            is_dear = self._promising > 0 and self._unread_looks % 2 == 0
            return self._deep(now_s, "all" if is_dear else "deep")
        return Plan("live", masked=self._known())

    def _deep(self, now_s: float, depth: Depth) -> Plan:
        self._deep_s = now_s
        self._promising = 0
        return Plan(depth, masked=self._known())

    def _known(self) -> tuple[Place, ...]:
        return tuple(
            place_of(corners, MASK_MARGIN)
            for held in self.held.values()
            if not held.in_doubt
            for corners in held.parts
        )

    def _note_unread(self, seen: Seen) -> None:
        read = [held.place for held in self.held.values()]
        read += [place_of(code.corners, MARGIN) for code in seen.codes]
        self._unread = any(
            not any(place.holds_middle_of(place_of(candidate)) for place in read)
            for candidate in seen.candidates
        )
        self._promising += self._unread

    def _fresh(self, now_s: float, codes: Sequence[Code]) -> list[Code]:
        """Hold what was read; the codes whose text is now held for the first time."""
        fresh = []
        for code in codes:
            if code.text in self.held or self._votes.believe(code, now_s):
                parts = tuple(it.corners for it in codes if it.text == code.text)
                place = around(place_of(corners, MARGIN) for corners in parts)
                if code.text not in self.held:
                    fresh.append(code)
                self.held[code.text] = Held(place, parts, there_s=now_s, read_s=now_s)
        return fresh

    def _release(self, now_s: float, texts: Collection[str], alike: Collection[str]) -> None:
        """Let go of texts that are in doubt and were not found for long enough."""
        for text, held in list(self.held.items()):
            if text in texts:
                continue
            if text in alike and not self._is_covered(held):
                held.in_doubt, held.there_s = False, now_s
            elif now_s - held.there_s >= self._gone_s:
                del self.held[text]

    def _is_covered(self, held: Held) -> bool:
        """Whether another text was read in its place after it."""
        parts = [place_of(corners) for corners in held.parts]
        return any(
            other.read_s > held.read_s and place_of(corners).overlaps(part)
            for other in self.held.values()
            for corners in other.parts
            for part in parts
        )
