"""How long somebody was here on which day: sessions less the breaks of the shift. Pure.

Counted in UTC: in local time the hours of a night in which the clocks change would be wrong.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from bartack.events import Moment
from bartack.projection import Session, State, local_time

SESSION_MAX_MS: Final = 16 * 3_600_000
"""Over a restart the monotonic clock says nothing; a wall clock that jumped is believed so far."""

TOLD_BACK: Final = timedelta(days=31)
"""Of a session that nobody ended only so much is told: the longest pay period. More would push
what was earned out of the sums that are kept, and at last not fit into an event."""

_DAY: Final = timedelta(days=1)
_MS: Final = timedelta(milliseconds=1)


def attended_by_day(session: Session, now: Moment, state: State) -> dict[str, int]:
    """Milliseconds of a session until now by day of work, without the breaks of the shifts."""
    end = datetime.fromisoformat(now.at).astimezone(UTC)
    if session.boot == now.boot:
        present_ms = now.mono_ms - session.mono_ms
    else:
        passed = end - datetime.fromisoformat(session.opened_at)
        present_ms = min(passed // _MS, SESSION_MAX_MS)
    # The clock may have been moved meanwhile: how long it was is certain, when it began less so.
    start = end - min(max(0, present_ms) * _MS, TOLD_BACK)
    zone = local_time(now.at, state.rules.timezone).tzinfo
    days: dict[str, int] = {}
    while True:
        day = _day_of(start, state.rules.day_starts, zone)
        until = min(end, _at(day + _DAY, state.rules.day_starts, zone))
        days[day.isoformat()] = max(0, (until - start) // _MS - _breaks_ms(state, start, until))
        if until == end:
            return days
        start = until


def _day_of(when: datetime, day_starts: time, zone: tzinfo | None) -> date:
    """The day of work that has begun by then and whose next has not."""
    day = when.astimezone(zone).date()
    while when < _at(day, day_starts, zone):
        day -= _DAY
    while when >= _at(day + _DAY, day_starts, zone):
        day += _DAY
    return day


def _breaks_ms(state: State, start: datetime, end: datetime) -> int:
    zone = local_time(start.isoformat(), state.rules.timezone).tzinfo
    total = timedelta(0)
    day = start.astimezone(zone).date() - _DAY  # for a break over midnight
    while day <= end.astimezone(zone).date():
        for shift in state.reference.shifts:
            for begins, ends in shift.breaks:
                after = day + _DAY if ends <= begins else day
                until = min(end, _at(after, ends, zone))
                total += max(timedelta(0), until - max(start, _at(day, begins, zone)))
        day += _DAY
    return total // _MS


def _at(day: date, clock: time, zone: tzinfo | None) -> datetime:
    """A time of the factory's day, in UTC: the first where the clocks show it twice."""
    return datetime.combine(day, clock, zone).astimezone(UTC)
