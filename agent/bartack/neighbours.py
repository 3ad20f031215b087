"""What a station knows of the others on its line, and what of its own credits they are told. Pure.

Each station tells its standing credits by the hour (``wire.credits``); a list replaces the one of
its station and hour of the day as a whole. So what is known does not depend on the order in which
lists of different hours came, and a list that was missed is made good by the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from immutables import Map

from bartack.events import Event
from bartack.projection import State, utc_label
from bartack.wire import (
    NeighbourCredit,
    NeighbourCredits,
    NeighbourSession,
    hour_of,
    newest_first,
)

TOLD_BACK: Final = timedelta(hours=23)
"""With the hour that runs this makes a day, so that no hour of the day is meant twice."""

STATIONS_MAX: Final = 256
"""Stations of one line that are listened to; more are a flood."""

CREDITS_KNOWN_MAX: Final = 50_000
"""Credits of neighbours that are remembered, some 25 MB; a list beyond them is not taken."""

Work = tuple[str, str]
"""Bundle and operation."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What the other stations of the line have told."""

    credits: Map[Work, tuple[NeighbourCredit, ...]] = field(default_factory=Map)
    """Standing credits by bundle and operation, the earliest first."""
    sessions: Map[str, NeighbourSession] = field(default_factory=Map)
    """Stations where somebody is signed in."""
    lists: Map[tuple[str, str], frozenset[NeighbourCredit]] = field(default_factory=Map)
    """The last list of each station and hour of the day, where it is not empty."""
    count: int = 0
    """Credits in all lists."""

    def credited(self, bundle: str, operation: str) -> tuple[NeighbourCredit, ...]:
        """What neighbours were credited with for an operation on a bundle."""
        return self.credits.get((bundle, operation), ())

    @property
    def stations(self) -> set[str]:
        return {station for station, _ in self.lists} | set(self.sessions)


def heard(neighbours: Neighbours, told: NeighbourCredits | NeighbourSession) -> Neighbours:
    """What is known after a neighbour spoke. A flood of stations or credits is not taken."""
    if told.station not in neighbours.stations and len(neighbours.stations) >= STATIONS_MAX:
        return neighbours
    if isinstance(told, NeighbourCredits):
        return _heard_credits(neighbours, told)
    sessions = neighbours.sessions
    if told.operator is not None:
        return replace(neighbours, sessions=sessions.set(told.station, told))
    if told.station not in sessions:
        return neighbours
    return replace(neighbours, sessions=sessions.delete(told.station))


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


# --- what the others are told of this station -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnCredits:
    """This station's credits of the last hours, as of event ``through`` of its log.

    Kept beside the state, so that one more credit does not cost a look through all there ever were.
    """

    through: int = 0
    credits: Mapping[Work, tuple[NeighbourCredit, ...]] = field(default_factory=dict)


def credit_slots(state: State, now_at: str) -> Mapping[str, NeighbourCredits]:
    """What the line is told, by hour of the day: the credits of this hour and 23 before it.

    ``now_at`` is wall time. What is labelled later than that is kept back: its hour of the day
    belongs to a day before.
    """
    return slots_of(own_credits(state, now_at), state.rules.place.station, now_at)


def own_credits(state: State, now_at: str) -> OwnCredits:
    """The credits of the last hours, looked for among all."""
    since = _since(now_at)
    found: dict[Work, tuple[NeighbourCredit, ...]] = {}
    for work in state.credits:
        recent = tuple(credit for credit in _credits_of(state, work) if credit.at >= since)
        if recent:
            found[work] = recent
    return OwnCredits(state.head.seq, found)


def advanced(own: OwnCredits, state: State, events: Iterable[Event], now_at: str) -> OwnCredits:
    """``own`` as of ``state``. ``events`` are all those in between; they say only where to look."""
    since = _since(now_at)
    credits = {
        work: kept
        for work, credits in own.credits.items()
        if (kept := tuple(credit for credit in credits if credit.at >= since))
    }
    by_seq = {credit.seq: work for work, credits in own.credits.items() for credit in credits}
    for event in events:
        work = (event.text("bundle"), event.text("operation"))
        touched = {work} if all(work) else set()
        if event.number("voids") in by_seq:
            touched.add(by_seq[event.number("voids")])
        for work in touched:
            credits[work] = tuple(c for c in _credits_of(state, work) if c.at >= since)
            by_seq |= {credit.seq: work for credit in credits[work]}
    return OwnCredits(state.head.seq, credits)


def slots_of(own: OwnCredits, station: str, now_at: str) -> Mapping[str, NeighbourCredits]:
    """The lists that tell these credits, by hour of the day."""
    hours: dict[str, list[NeighbourCredit]] = defaultdict(list)
    since = _since(now_at)
    for credits in own.credits.values():
        for credit in credits:
            if since <= credit.at <= now_at:
                hours[credit.hour].append(credit)
    lists = (newest_first(station, hour, credits) for hour, credits in hours.items())
    return {told.slot: told for told in lists}


def session_of(state: State) -> NeighbourSession:
    """Who is signed in here, as the line is told."""
    station, session = state.rules.place.station, state.session
    if session is None:
        return NeighbourSession(station, None)
    return NeighbourSession(station, session.operator, session.opened_at)


def _credits_of(state: State, work: Work) -> Iterator[NeighbourCredit]:
    """The state's credits for a bundle and operation: the one place that knows how it keeps them.

    A credit is of a whole bundle, so its pieces are counted from the first.
    """
    credit = state.credits.get(work)
    if credit is not None:
        yield NeighbourCredit(
            *(state.rules.place.station, *work, credit.operator),
            *(1, credit.pieces, credit.at, credit.seq),
        )


def _since(now_at: str) -> str:
    """The first hour of which credits are told; sorts before any time in it."""
    return hour_of(utc_label(datetime.fromisoformat(now_at) - TOLD_BACK))[:-1]
