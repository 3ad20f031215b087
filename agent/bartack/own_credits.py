"""What of a station's own credits its line is told. Pure.

Standing credits are told by the hour (``wire.credits``), those of this hour and 23 before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bartack.events import Event
from bartack.projection import State, Work, utc_label
from bartack.wire import (
    NeighbourCredit,
    NeighbourCredits,
    NeighbourSession,
    hour_of,
    newest_first,
)

TOLD_BACK: Final = timedelta(hours=23)
"""With the hour that runs this makes a day, so that no hour of the day is meant twice."""


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
    for work, kept in state.credits.items():
        if any(credit.at >= since for credit in kept):  # looked at before anything is made of it
            found[work] = tuple(_credits_of(state, work, since))
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
            credits[work] = tuple(_credits_of(state, work, since))
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
    """Who is signed in here, as the line is told; not whose work a clerk enters in an office."""
    station, session = state.rules.place.station, state.session
    if session is None or session.by:
        return NeighbourSession(station, None)
    return NeighbourSession(station, session.operator, session.opened_at)


def _credits_of(state: State, work: Work, since: str) -> Iterator[NeighbourCredit]:
    for credit in state.credits.get(work, ()):
        if credit.at < since:
            continue
        yield NeighbourCredit(
            *(state.rules.place.station, *work, credit.operator),
            *(credit.first, credit.pieces, credit.at, credit.seq),
        )


def _since(now_at: str) -> str:
    """The first hour of which credits are told; sorts before any time in it."""
    return hour_of(utc_label(datetime.fromisoformat(now_at) - TOLD_BACK))[:-1]
