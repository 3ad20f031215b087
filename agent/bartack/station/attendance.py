"""How long somebody was here on which day: sessions less the breaks of the shift. Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from bartack.events import Moment
from bartack.projection import Session, State, day_of, local_time

SESSION_MAX_MS: Final = 16 * 3_600_000
"""Over a restart the monotonic clock says nothing; a wall clock that jumped is believed so far."""


def attended_by_day(session: Session, now: Moment, state: State) -> dict[str, int]:
    """Milliseconds of a session until now by day of work, without the breaks of the shifts."""
    if session.boot == now.boot:
        present_ms = now.mono_ms - session.mono_ms
    else:
        passed = datetime.fromisoformat(now.at) - datetime.fromisoformat(session.opened_at)
        present_ms = min(passed // timedelta(milliseconds=1), SESSION_MAX_MS)
    end = local_time(now.at, state.rules.timezone)
    # The clock may have been moved meanwhile: how long it was is certain, when it began less so.
    start = end - timedelta(milliseconds=max(0, present_ms))
    days: dict[str, int] = {}
    while True:
        day = day_of(start, state.rules)
        until = min(end, _at(day + timedelta(days=1), state.rules.day_starts, end))
        passed_ms = (until - start) // timedelta(milliseconds=1)
        days[day.isoformat()] = max(0, passed_ms - _breaks_ms(state, start, until))
        if until == end:
            return days
        start = until


def _breaks_ms(state: State, start: datetime, end: datetime) -> int:
    total = timedelta(0)
    day = start.date() - timedelta(days=1)  # for a break over midnight
    while day <= end.date():
        for shift in state.reference.shifts:
            for begins, ends in shift.breaks:
                total += _overlap(start, end, _at(day, begins, start), _at(day, ends, start))
        day += timedelta(days=1)
    return total // timedelta(milliseconds=1)


def _at(day: date, clock: time, like: datetime) -> datetime:
    return datetime.combine(day, clock, like.tzinfo)


def _overlap(start: datetime, end: datetime, begins: datetime, ends: datetime) -> timedelta:
    if ends <= begins:
        ends += timedelta(days=1)  # a break over midnight
    return max(timedelta(0), min(end, ends) - max(start, begins))
