"""What a station knows of the others on its line. Pure.

Each station tells its standing credits by the hour (``wire.credits``); a list replaces the one of
its station and hour of the day as a whole. So what is known does not depend on the order in which
lists of different hours came, and a list that was missed is made good by the next.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from immutables import Map

from bartack.wire import NeighbourCredit, NeighbourCredits, NeighbourFaults, NeighbourSession

STATIONS_MAX: Final = 256
"""Stations of one line that are listened to; more are a flood."""

CREDITS_KNOWN_MAX: Final = 50_000
"""Credits of neighbours that are remembered, some 25 MB; a list beyond them is not taken."""

Work = tuple[str, str]
"""Bundle and operation."""

Told = NeighbourCredits | NeighbourSession | NeighbourFaults
"""What a station tells its line."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the other stations of the line have told."""

    credits: Map[Work, tuple[NeighbourCredit, ...]] = field(default_factory=Map)
    """Standing credits by bundle and operation, the earliest first."""
    sessions: Map[str, NeighbourSession] = field(default_factory=Map)
    """Stations where somebody is signed in."""
    faults: Map[str, NeighbourFaults] = field(default_factory=Map)
    """What each station has told of faulty pieces, where it has any to tell of."""
    lists: Map[tuple[str, str], frozenset[NeighbourCredit]] = field(default_factory=Map)
    """The last list of each station and hour of the day, where it is not empty."""
    count: int = 0
    """Credits in all lists."""

    def credited(self, bundle: str, operation: str) -> tuple[NeighbourCredit, ...]:
        """What neighbours were credited with for an operation on a bundle."""
        return self.credits.get((bundle, operation), ())

    @property
    def stations(self) -> set[str]:
        return {station for station, _ in self.lists} | set(self.sessions) | set(self.faults)


def heard(neighbours: Neighbours, told: Told) -> Neighbours:
    """What is known after a neighbour spoke. A flood of stations or credits is not taken."""
    if told.station not in neighbours.stations and len(neighbours.stations) >= STATIONS_MAX:
        return neighbours
    if isinstance(told, NeighbourCredits):
        return _heard_credits(neighbours, told)
    if isinstance(told, NeighbourFaults):
        return _heard_faults(neighbours, told)
    sessions = neighbours.sessions
    if told.operator is not None:
        return replace(neighbours, sessions=sessions.set(told.station, told))
    if told.station not in sessions:
        return neighbours
    return replace(neighbours, sessions=sessions.delete(told.station))


def _heard_faults(neighbours: Neighbours, told: NeighbourFaults) -> Neighbours:
    faults = neighbours.faults
    if told.found or told.repairs:
        return replace(neighbours, faults=faults.set(told.station, told))
    if told.station not in faults:
        return neighbours
    return replace(neighbours, faults=faults.delete(told.station))


def _heard_credits(neighbours: Neighbours, told: NeighbourCredits) -> Neighbours:
    key = (told.station, told.slot)
    before = neighbours.lists.get(key, frozenset())
    after = frozenset(told.credits)
    count = neighbours.count - len(before) + len(after)
    if count > CREDITS_KNOWN_MAX and len(after) > len(before):
        return neighbours
    credits = neighbours.credits.mutate()
    for gone in before - after:
        work = (gone.bundle, gone.operation)
        left = list(credits[work])
        left.remove(gone)
        if left:
            credits[work] = tuple(left)
        else:
            del credits[work]
    for new in after - before:
        work = (new.bundle, new.operation)
        credits[work] = tuple(sorted((*credits.get(work, ()), new), key=_order))
    lists = neighbours.lists
    if after:
        lists = lists.set(key, after)
    elif before:
        lists = lists.delete(key)
    return replace(neighbours, credits=credits.finish(), lists=lists, count=count)


def _order(credit: NeighbourCredit) -> tuple[str, str, int, int, int, str]:
    """Sorts credits of one bundle and operation, whatever a neighbour claims in them."""
    return (
        *(credit.at, credit.station, credit.seq),
        *(credit.first, credit.pieces, credit.operator),
    )
