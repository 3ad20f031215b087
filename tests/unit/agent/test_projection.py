"""Days and hours in the factory's own time zone, and totals that no clock can take away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bartack.events import Moment
from bartack.projection import DAYS_KEPT, State, day_and_hour
from bartack.station import decide
from sewing import BOOT, badge, bundle, bundle_rows, moment, reference, rules, state


@pytest.mark.parametrize(
    ("at", "zone", "date", "hour"),
    [
        ("2026-11-21T17:59:59.999Z", "Asia/Dhaka", "2026-11-21", "23"),
        ("2026-11-21T18:00:00.000Z", "Asia/Dhaka", "2026-11-22", "00"),
        ("2026-03-29T00:59:59.000Z", "Europe/Lisbon", "2026-03-29", "00"),
        ("2026-03-29T01:00:00.000Z", "Europe/Lisbon", "2026-03-29", "02"),
        ("2026-10-25T00:30:00.000Z", "Europe/Lisbon", "2026-10-25", "01"),
        ("2026-10-25T01:30:00.000Z", "Europe/Lisbon", "2026-10-25", "01"),
        ("2026-11-21T18:14:00.000Z", "Asia/Kathmandu", "2026-11-21", "23"),
        ("2026-11-21T18:15:00.000Z", "Asia/Kathmandu", "2026-11-22", "00"),
    ],
)
def test_a_day_begins_where_the_factory_stands(at: str, zone: str, date: str, hour: str) -> None:
    """Pay days follow the zone's midnight, its summer time and its odd quarter hours."""
    assert day_and_hour(at, replace(rules(), timezone=zone)) == (date, hour)


def done_on(start: State, dates: list[str]) -> State:
    """One bundle finished on each date, in this order."""
    start = decide(start, badge(), moment()).state
    for number, date in enumerate(dates, start=1):
        now = Moment(f"{date}T06:00:00.000Z", "unsynced", BOOT, 10_000 * number)
        start = decide(start, bundle(number), now).state
    return start


def test_a_clock_that_is_weeks_behind_costs_no_total() -> None:
    """The day that is counted on now is kept, however early its date; the longest idle one goes."""
    full = [f"2026-11-{day:02d}" for day in range(1, DAYS_KEPT + 1)]
    end = done_on(state(reference(bundle_rows(20))), [*full, "1970-01-01"])
    assert "1970-01-01" in end.days
    assert full[0] not in end.days
    assert len(end.days) == DAYS_KEPT


def test_a_jump_of_the_clock_changes_no_total() -> None:
    """Back and forth over midnight, every piece is in exactly one day."""
    dates = ["2026-11-21", "2026-11-07", "2026-11-22", "2026-11-21"]
    end = done_on(state(reference(bundle_rows(20))), dates)
    pieces = {
        date: sum(tally.pieces for tally in day.work.values()) for date, day in end.days.items()
    }
    assert pieces == {"2026-11-21": 24, "2026-11-07": 12, "2026-11-22": 12}
    assert {bundle for bundle, _ in end.credits} == {f"B{number:06d}" for number in range(1, 5)}
