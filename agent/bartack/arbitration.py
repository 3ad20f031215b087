"""Which of two neighbours takes a bundle whose tag both of them see. Pure.

Stations of a line tell each other over MQTT what they see. From its tag's arrival a station waits
a moment for what others say, then all of them judge by the same rules and come to the same end:
where somebody is signed in, before where nobody is; the bench's own antenna before another; the
stronger signal; the smaller id. Who has taken a bundle keeps it until it leaves. A station that
hears nothing, or is not connected, decides as if it were alone; the hub shows what overlapped.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from immutables import Map

from bartack.events import Place
from bartack.wire import Claim

T = TypeVar("T")

WAIT_S: Final = 1.2
"""From a tag's arrival to the judgement: long enough for a neighbour's own arrival and a slow
network, short enough to be done within 2 s."""

CLAIM_LASTS_S: Final = 4.0
"""A claim that is older says nothing any more; who still waits has judged by then."""

TAKEN_LASTS_S: Final = 30.0
"""A neighbour that has taken a tag says so again while it keeps it; silence ends its hold."""

TAKEN_AGAIN_S: Final = 10.0
CLAIMS_MAX: Final = 512


@dataclass(frozen=True, slots=True)
class Pending:
    """A tag of ours that waits to be judged."""

    claim: Claim
    reader: str
    due_s: float


@dataclass(frozen=True, slots=True)
class Contest:
    """What is claimed on the line, as this station knows it."""

    ours: Map[str, Pending] = field(default_factory=Map)
    """Tags that wait, by tag."""
    theirs: Map[tuple[str, str], tuple[Claim, float]] = field(default_factory=Map)
    """The last claim of each tag and other station, and when it was heard."""
    yielded: Map[str, str] = field(default_factory=Map)
    """Tags that are at a reader of ours and were left to a neighbour: reader by tag."""
    held: Map[str, Claim] = field(default_factory=Map)
    """Tags that this station has taken."""


def arrived(contest: Contest, claim: Claim, reader: str, now_s: float) -> Contest:
    """A tag came to a reader of ours; it waits from now on."""
    pending = Pending(claim, reader, now_s + WAIT_S)
    return replace(contest, ours=contest.ours.set(claim.tag, pending))


def heard(
    contest: Contest, claim: Claim, place: Place, now_s: float
) -> tuple[Contest, Claim | None]:
    """A station spoke. Returns what to answer: that the tag is held here, if it is.

    What this station says itself comes back too and is nothing new.
    """
    if claim.station == place.station:
        return contest, None
    key = (claim.tag, claim.station)
    theirs = contest.theirs.delete(key) if key in contest.theirs else contest.theirs
    if claim.state == "left":
        return replace(contest, theirs=theirs), None
    theirs = theirs.set(key, (claim, now_s))
    if len(theirs) > CLAIMS_MAX:
        latest = sorted(theirs.items(), key=lambda item: item[1][1])
        theirs = Map(latest[-CLAIMS_MAX // 2 :])
    answer = contest.held.get(claim.tag) if claim.state == "seen" else None
    return replace(contest, theirs=theirs), answer


def due(contest: Contest, now_s: float) -> tuple[Pending, ...]:
    """The tags whose wait is over, in the order they came."""
    over = [pending for pending in contest.ours.values() if now_s >= pending.due_s]
    return tuple(sorted(over, key=lambda pending: pending.due_s))


def judged(contest: Contest, pending: Pending, now_s: float) -> tuple[Contest, bool]:
    """End the wait of a tag: whether it is ours."""
    tag = pending.claim.tag
    contest = replace(contest, ours=_without(contest.ours, tag))
    rivals = _rivals(contest, tag, now_s)
    if any(rival.state == "taken" or rival.rank < pending.claim.rank for rival in rivals):
        return replace(contest, yielded=contest.yielded.set(tag, pending.reader)), False
    return taken(contest, pending.claim), True


def taken(contest: Contest, claim: Claim) -> Contest:
    """The tag of ``claim`` is ours: because it was judged so, or it was before a restart."""
    return replace(contest, held=contest.held.set(claim.tag, replace(claim, state="taken")))


def gone(contest: Contest, tag: str) -> tuple[Contest, Claim | None]:
    """A tag left our reader. Returns what to tell the others, if it was ours."""
    held = contest.held.get(tag)
    left = replace(held, state="left") if held is not None else None
    without = Contest(
        _without(contest.ours, tag),
        contest.theirs,
        _without(contest.yielded, tag),
        _without(contest.held, tag),
    )
    return without, left


def freed(contest: Contest, now_s: float) -> tuple[tuple[str, str], ...]:
    """Tags at our readers that a neighbour had taken and holds no more: reader and tag."""
    return tuple(
        (reader, tag) for tag, reader in contest.yielded.items() if not _rivals(contest, tag, now_s)
    )


def _without(known: Map[str, T], tag: str) -> Map[str, T]:
    return known.delete(tag) if tag in known else known


def _rivals(contest: Contest, tag: str, now_s: float) -> list[Claim]:
    lasts_s = {"seen": CLAIM_LASTS_S, "taken": TAKEN_LASTS_S}
    return [
        claim
        for (claimed, _), (claim, heard_s) in contest.theirs.items()
        if claimed == tag and now_s - heard_s <= lasts_s[claim.state]
    ]
