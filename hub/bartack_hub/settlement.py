"""Which of several claims to the same work stands, and which are disputed. Pure.

Two stations that were cut off from each other can both credit the same pieces of a bundle at one
operation. All claims are put into one order that nothing but the events themselves decides: those
with a trusted clock first, then by time, log and number. Each stands unless it meets one that
stands already; then it is disputed as a whole. So the outcome never depends on the network, and
when a claim is voided whatever it kept out is judged anew.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bartack.events import AT, ID, LOG, Event

PIECES_MAX: Final = 100_000
"""A claim beyond this is a mistake and counts as no production."""

Order = tuple[bool, str, str, int]

Work = tuple[str, str]
"""Bundle and operation."""

Key = tuple[str, int]
"""Log and seq of an event."""

BACKDATED_MOST: Final = timedelta(days=40)
"""Work that is entered or corrected later counts as of when it was done, if that is not longer
ago; otherwise whoever's clock was wrong then would always be first."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Pieces ``first`` to ``last`` of a bundle at one operation, as the event (log, seq) has them.

    ``at`` is the wall time of the work, by a clock that was synchronised or not.
    """

    log: str
    seq: int
    station: str
    operator: str
    bundle: str
    operation: str
    first: int
    pieces: int
    at: str
    is_synced: bool

    @property
    def work(self) -> Work:
        return self.bundle, self.operation

    @property
    def last(self) -> int:
        return self.first + self.pieces - 1

    @property
    def order(self) -> Order:
        """Sorts the claim first that is to be trusted before others."""
        return (not self.is_synced, self.at, self.log, self.seq)


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of the claims to one work.

    ``disputed`` names, for each claim that does not stand, the first of those that keep it out.
    """

    standing: tuple[Claim, ...]
    disputed: Mapping[Claim, Claim]


def claim_of(event: Event) -> Claim:
    """What a ``work.done`` claims. Raises ``ValueError`` naming the field that is impossible."""
    ids = {name: event.text(name) for name in ("operator", "bundle", "operation")}
    for name, text in ids.items():
        if not ID.fullmatch(text):
            raise ValueError(f"{name}: {text[:40]!r} is no id")
    pieces = event.number("pieces")
    first = event.number("first") if "first" in event.fields else 1
    if not 0 < pieces <= PIECES_MAX:
        raise ValueError(f"pieces: {pieces} is not between 1 and {PIECES_MAX}")
    if not 0 < first <= PIECES_MAX:
        raise ValueError(f"first: {first} is not between 1 and {PIECES_MAX}")
    return Claim(
        log=event.log,
        seq=event.seq,
        station=event.station,
        operator=ids["operator"],
        bundle=ids["bundle"],
        operation=ids["operation"],
        first=first,
        pieces=pieces,
        at=_worked_at(event),
        is_synced=event.clock == "synced",
    )


def voided_by(event: Event) -> Key | None:
    """The event that a ``work.voided`` names, of its own log or an older one of its station."""
    seq, log = event.number("voids"), event.text("of_log") or event.log
    is_void = event.type == "work.voided" and seq > 0 and LOG.fullmatch(log)
    return (log, seq) if is_void else None


def _worked_at(event: Event) -> str:
    """When the work was done: before the event where that was made by a correction."""
    worked_at = event.text("worked_at")
    if not AT.fullmatch(worked_at) or worked_at > event.at:
        return event.at
    try:
        ago = datetime.fromisoformat(event.at) - datetime.fromisoformat(worked_at)
    except ValueError:
        return event.at
    return worked_at if ago <= BACKDATED_MOST else event.at


def settle(claims: Iterable[Claim]) -> Settlement:
    """Judge all claims to one bundle and operation that are not voided, in whatever order."""
    standing: list[Claim] = []
    """By their first piece; no two of them overlap."""
    disputed: dict[Claim, Claim] = {}
    for claim in sorted(claims, key=lambda claim: claim.order):
        rivals = _overlapping(standing, claim)
        if rivals:
            disputed[claim] = min(rivals, key=lambda rival: rival.order)
        else:
            insort(standing, claim, key=lambda other: other.first)
    return Settlement(tuple(standing), disputed)


def _overlapping(standing: list[Claim], claim: Claim) -> list[Claim]:
    found: list[Claim] = []
    index = bisect_right(standing, claim.last, key=lambda other: other.first)
    while index and standing[index - 1].last >= claim.first:
        index -= 1
        found.append(standing[index])
    return found
