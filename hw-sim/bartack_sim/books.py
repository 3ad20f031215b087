"""The simulator's own books of who has done which work. Safe for several threads.

They are kept from what operators did and what they saw of it, never from what the product stores.
A scan whose lamp nobody saw may have counted or not; a neighbour's work may be known or not as
long as it is fresh. Both leave several right answers, which ``left`` lists.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bartack_sim.lamps import Lamp
from bartack_sim.truth import PAYING, Intent

HEARD_S = 10.0
"""After so long each station knows what its neighbours were credited with, if all is well."""

UNSURE_MAX = 4


@dataclass(frozen=True, slots=True)
class Done:
    """Pieces of a bundle that were done at an operation; ``sure``: the lamp was green."""

    operator: str
    station: str
    bundle: str
    operation: str
    pieces: int
    at_s: float
    sure: bool = True
    kind: str = "work"


class Books:
    """All work of a line. ``calm`` False: links and agents fail, so news may stay away for long."""

    def __init__(self, calm: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._calm = calm
        self._clock = clock
        self._lock = threading.Lock()
        self._done: dict[tuple[str, str], list[Done]] = {}
        self._signed_in: dict[str, str | None] = {}

    @property
    def calm(self) -> bool:
        """Whether nothing fails: stations keep their questions, and news travels."""
        return self._calm

    def note(self, done: Done) -> None:
        """Something was scanned: put down what it should have counted."""
        with self._lock:
            self._done.setdefault((done.bundle, done.operation), []).append(done)

    def enter(self, intent: Intent, lamp: Lamp | None) -> None:
        """Put down what a ticket has counted by its lamp, or may have where nobody saw one."""
        if intent.kind not in PAYING:
            return
        right = {want.pieces for want in intent.wants if want.outcome == "ok"}
        pieces = max((it for it in right if it is not None), default=0)
        if lamp is not None and lamp.outcome == "ok" and lamp.pieces in right:
            pieces = lamp.pieces or 0
        elif lamp is not None:
            return
        if pieces and intent.operator and intent.bundle and intent.operation:
            kind = "work" if intent.kind in ("work", "again") else intent.kind
            where = intent.station, intent.bundle, intent.operation
            now_s, sure = self._clock(), lamp is not None
            self.note(Done(intent.operator, *where, pieces, now_s, sure, kind))

    def doubt(self, station: str, bundle: str, operation: str) -> None:
        """The last such work is being taken back: nobody knows whether it stands."""
        self._replace(station, bundle, operation, keep=True)

    def strike_out(self, station: str, bundle: str, operation: str) -> None:
        """It was taken back."""
        self._replace(station, bundle, operation, keep=False)

    def now_s(self) -> float:
        return self._clock()

    def left(self, station: str, bundle: str, operation: str, pieces: int) -> tuple[int, ...]:
        """How many of the pieces may be left by what ``station`` can know, most first."""
        with self._lock:
            entries = list(self._done.get((bundle, operation), ()))
        known = sum(it.pieces for it in entries if self._is_known(it, station))
        unsure = [it.pieces for it in entries if not self._is_known(it, station)][-UNSURE_MAX:]
        sums = {
            known + sum(some)
            for count in range(len(unsure) + 1)
            for some in itertools.combinations(unsure, count)
        }
        return tuple(sorted({max(0, pieces - it) for it in sums}, reverse=True))

    def done_by_others(self, station: str, least_s: float) -> list[Done]:
        """Whole green work of other stations, of at least that age, the latest last."""
        before_s = self._clock() - least_s
        with self._lock:
            found = [it for entries in self._done.values() for it in entries]
        return sorted(
            (
                it
                for it in found
                if it.station != station and it.sure and it.kind == "work" and it.at_s <= before_s
            ),
            key=lambda it: it.at_s,
        )

    def sign(self, station: str, operator: str | None) -> None:
        """Who is signed in there now; an empty text where nobody can know."""
        with self._lock:
            self._signed_in[station] = operator

    def is_surely_signed_in(self, station: str, operator: str | None) -> bool:
        """Whether it is known to be this one, or nobody, who is signed in there."""
        with self._lock:
            return self._signed_in.get(station) == operator

    def _replace(self, station: str, bundle: str, operation: str, *, keep: bool) -> None:
        with self._lock:
            entries = self._done.get((bundle, operation), [])
            own = [it for it in entries if it.station == station]
            if own:
                entries.remove(own[-1])
                entries += [replace(own[-1], sure=False)] if keep else []

    def _is_known(self, done: Done, station: str) -> bool:
        if not done.sure:
            return False
        return done.station == station or (self._calm and self._clock() - done.at_s >= HEARD_S)
