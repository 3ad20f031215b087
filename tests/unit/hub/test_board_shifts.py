"""Shifts: which one a moment belongs to, and how the target grows through it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_hub.board.shifts import LinePlan, merged, shift_at

ZONES = ["UTC", "Asia/Dhaka", "Europe/Istanbul", "America/New_York", "Australia/Lord_Howe"]


@st.composite
def plans(draw: st.DrawFn) -> LinePlan:
    """Any working day: through midnight or not, with breaks that may overlap or lie outside."""
    minute = st.integers(0, 1439).map(lambda m: time(m // 60, m % 60))
    pairs = st.tuples(minute, minute).filter(lambda pair: pair[0] != pair[1])
    return LinePlan(
        line="l03",
        timezone=draw(st.sampled_from(ZONES)),
        shift_start=draw(minute),
        shift_end=draw(minute),
        breaks=tuple(draw(st.lists(pairs, max_size=3))),
        target_pieces=draw(st.integers(0, 5000)),
        bucket_minutes=draw(st.sampled_from([1, 5, 15, 30, 60])),
    )


moments = st.integers(0, 4 * 365 * 86_400).map(
    lambda s: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=s)
)
DAY = LinePlan("l03", "Asia/Dhaka", time(8), time(17), ((time(13), time(14)),), target_pieces=800)


def dhaka(hour: int, minute: int = 0, day: int = 21) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Asia/Dhaka"))


@given(plans(), moments, st.lists(st.integers(-7200, 100_000), min_size=2))
def test_target_only_grows(plan: LinePlan, moment: datetime, offsets: list[int]) -> None:
    """The target so far never falls, is 0 at the start and the whole target at the end."""
    shift = shift_at(plan, moment)
    targets = [shift.target_at(shift.start + timedelta(seconds=s)) for s in sorted(offsets)]
    assert targets == sorted(targets)
    assert shift.target_at(shift.start) == 0
    assert shift.target_at(shift.end) == plan.target_pieces


@given(plans(), moments)
def test_target_rests_in_breaks(plan: LinePlan, moment: datetime) -> None:
    """The target does not move between the beginning and the end of a break inside the shift."""
    shift = shift_at(plan, moment)
    for begin, finish in shift.breaks:
        if finish < shift.end:
            assert shift.target_at(begin) == shift.target_at(finish)


@given(plans(), moments)
def test_bucket_targets_add_up(plan: LinePlan, moment: datetime) -> None:
    """The targets of the buckets sum to the target of the shift."""
    shift = shift_at(plan, moment)
    assert sum(map(shift.bucket_target, range(shift.buckets))) == plan.target_pieces


@given(plans(), moments, st.integers(0, 86_400))
def test_shifts_follow_each_other(plan: LinePlan, moment: datetime, later_s: int) -> None:
    """A later moment never belongs to an earlier shift, and a moment in a shift belongs to it."""
    first = shift_at(plan, moment)
    second = shift_at(plan, moment + timedelta(seconds=later_s))
    assert first.start <= second.start
    if first.start < first.end:
        middle = first.start + (first.end - first.start) / 2
        assert shift_at(plan, middle) == first


@given(plans(), moments)
def test_a_shift_lasts_at_most_a_day(plan: LinePlan, moment: datetime) -> None:
    """No shift is longer than a day and the hour that daylight saving time can add."""
    shift = shift_at(plan, moment)
    assert timedelta(0) <= shift.end - shift.start <= timedelta(hours=25)
    assert 0 <= shift.worked_s(shift.end) <= (shift.end - shift.start).total_seconds()


def test_breaks_are_not_worked() -> None:
    """Nine hours with one hour of break are eight hours of work."""
    shift = shift_at(DAY, dhaka(10))
    assert shift.worked_s(shift.end) == 8 * 3600
    assert [shift.target_at(dhaka(h)) for h in (8, 12, 13, 14, 15, 17)] == [
        0,
        400,
        500,
        500,
        600,
        800,
    ]
    assert [shift.phase(dhaka(h)) for h in (7, 8, 13, 14, 17)] == [
        "before", "running", "break", "running", "after",
    ]  # fmt: skip


def test_night_shift_passes_midnight() -> None:
    """Work at two in the night belongs to the shift that began the evening before."""
    night = LinePlan("l03", "Asia/Dhaka", time(22), time(6), ((time(2), time(2, 30)),), 450)
    shift = shift_at(night, dhaka(2, day=22))
    assert (shift.start, shift.end) == (dhaka(22), dhaka(6, day=22))
    assert shift.worked_s(shift.end) == 7.5 * 3600
    assert shift.breaks == ((dhaka(2, day=22), dhaka(2, 30, day=22)),)


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 7), 7), (date(2026, 10, 31), 9), (date(2026, 6, 1), 8)],
)
def test_the_clock_change_is_worked(day: date, hours: int) -> None:
    """A night of 22:00 to 06:00 has an hour less in spring and an hour more in autumn."""
    night = LinePlan("l03", "America/New_York", time(22), time(6), (), 100)
    start = datetime.combine(day, time(23), ZoneInfo("America/New_York"))
    shift = shift_at(night, start)
    assert shift.worked_s(shift.end) == hours * 3600


def test_early_birds_and_overtime() -> None:
    """An hour before the start belongs to the coming shift, overtime to the one that ended."""
    assert shift_at(DAY, dhaka(7, 1, day=22)).start == dhaka(8, day=22)
    assert shift_at(DAY, dhaka(6, 59, day=22)).start == dhaka(8)
    assert shift_at(DAY, dhaka(23)).start == dhaka(8)


@given(st.lists(st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair)))))
def test_merged_spans_are_apart(spans: list[tuple[datetime, datetime]]) -> None:
    """Merged spans are in order, do not touch, and cover what was covered."""
    apart = merged(spans)
    assert all(one[1] < other[0] for one, other in pairwise(apart))
    for begin, finish in spans:
        assert any(low <= begin and finish <= high for low, high in apart)
