"""Attendance by day of work where the clocks change, and of sessions that nobody ended."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acting import after, only
from bartack.events import EVENT_MAX_BYTES, Moment
from bartack.projection import utc_label
from bartack.station import decide
from bartack.station.attendance import attended_by_day
from sewing import BOOT, at_station, badge, bundle, card, floor

HOUR_MS = 3_600_000
ZONES = ("Africa/Cairo", "Europe/Istanbul", "Europe/Berlin", "Asia/Dhaka", "America/Tegucigalpa")


def at(local: str, zone: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=fold)


def moment_of(when: datetime, since: datetime) -> Moment:
    passed = when.astimezone(UTC) - since.astimezone(UTC)
    return Moment(utc_label(when), "synced", BOOT, 1_000 + passed // timedelta(milliseconds=1))


def split(
    begin: datetime, end: datetime, zone: str, day_starts: time, shifts: list[dict[str, str]]
) -> dict[str, int]:
    known = floor(shifts=shifts) if shifts else floor()
    start = at_station(known, timezone=zone, day_starts=day_starts)
    opened = decide(start, badge(), moment_of(begin, begin)).state
    assert opened.session is not None
    return attended_by_day(opened.session, moment_of(end, begin), opened)


NIGHT = {"shift": "N", "start": "22:00", "end": "06:00", "target_percent": "",
         "break_start": "22:30", "break_end": "23:00"}  # fmt: skip


@pytest.mark.parametrize(
    ("begin", "end", "zone", "day_starts", "hours"),
    [
        # The clock goes from 02:00 to 03:00, and from 03:00 to 02:00.
        ("2026-03-28T22:00", "2026-03-29T06:00", "Europe/Berlin", time(0), [1.5, 5]),
        ("2026-10-24T22:00", "2026-10-25T06:00", "Europe/Berlin", time(0), [1.5, 7]),
        # Midnight itself is left out, and the last hour of a day comes twice.
        ("2026-04-23T22:00", "2026-04-24T06:00", "Africa/Cairo", time(0), [1.5, 5]),
        ("2026-10-29T22:00", "2026-10-30T06:00", "Africa/Cairo", time(0), [2.5, 6]),
        # The day of work begins at a time that is not, or comes twice.
        ("2026-03-29T01:00", "2026-03-29T06:00", "Europe/Berlin", time(2, 30), [1.5, 2.5]),
        ("2026-10-25T01:00", "2026-10-25T06:00", "Europe/Berlin", time(2, 30), [1.5, 4.5]),
    ],
)
def test_a_night_with_a_change_of_clocks_is_split_by_the_time_that_passed(
    begin: str, end: str, zone: str, day_starts: time, hours: list[float]
) -> None:
    """Each day gets the hours that passed in it, and a break before the change still counts."""
    days = split(at(begin, zone), at(end, zone), zone, day_starts, [NIGHT])
    assert [ms / HOUR_MS for _, ms in sorted(days.items())] == hours


@given(
    st.integers(0, 60 * 24 * 365 * 2),
    st.integers(0, 60 * 24 * 4),
    st.sampled_from(ZONES),
    st.times(),
)
def test_no_time_is_lost_or_found_by_the_split(
    begins: int, minutes: int, zone: str, day_starts: time
) -> None:
    """Without breaks the days of a session add up to its length, whatever the clocks did."""
    starts = day_starts.replace(second=0, microsecond=0)
    first = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=begins)
    days = split(first, first + timedelta(minutes=minutes), zone, starts, [])
    assert sum(days.values()) == minutes * 60_000
    assert all(ms >= 0 for ms in days.values())
    assert len(days) <= minutes // (23 * 60) + 2


def test_a_session_that_nobody_ended_for_years_can_still_be_signed_out() -> None:
    """Its event fits, and what was earned of late stays in the sums that the station keeps."""
    begin = datetime(2026, 11, 21, 2, tzinfo=UTC)
    state = at_station()
    state = decide(state, badge(), moment_of(begin, begin)).state
    end = begin + timedelta(days=1_000)
    state = decide(state, bundle(1), moment_of(end, begin)).state
    decision = decide(state, card("sign-out"), moment_of(end + timedelta(hours=1), begin))
    event = only(decision, "session.closed")
    assert len(event.body) < EVENT_MAX_BYTES
    worked = sum(it.earned for it in decision.state.accounts.values())
    assert worked == after(at_station(), badge(), bundle(1)).accounts["E1", "2026-11-21"].earned
