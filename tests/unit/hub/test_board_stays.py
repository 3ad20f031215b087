"""A bundle that two stations had at once is shown at both; one that moved on is not."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

from bartack.events import Event, Head, Json, Moment, Place, seal
from bartack_hub.board.stays import FRESH, Stays

START = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)


def event(station: str, type_: str, minute: float, **fields: Json) -> tuple[Event, datetime]:
    moment = START + timedelta(minutes=minute)
    at = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = Head(station[-2:] * 16, int(minute * 100))
    sealed = seal(
        head,
        Place("dhk1", "l03", station),
        Moment(at, "synced", "boot", int(minute * 60_000)),
        type_,
        "presence",
        {"bundle": "B000123", **fields},
    )
    return sealed, moment


def stay(station: str, since: float, until: float | None = None) -> list[tuple[Event, datetime]]:
    arrived = event(station, "bundle.arrived", since)
    if until is None:
        return [arrived]
    return [arrived, event(station, "bundle.departed", until, arrived_seq=arrived[0].seq)]


def twice(events: list[tuple[Event, datetime]], station: str, minute: float) -> list[str]:
    stays = Stays()
    for item, moment in events:
        stays.take(item, moment)
    return stays.twice(("l03", station), START + timedelta(minutes=minute))


def test_a_bundle_at_two_stations_marks_both_in_any_order() -> None:
    """Whatever the order in which events arrive, and if they arrive twice, both are marked."""
    events = stay("st07", 0, 30) + stay("st08", 10, 40)
    for order in itertools.permutations(events):
        assert twice([*order, *order], "st07", 50) == ["B000123 (st08)"]
        assert twice([*order], "st08", 50) == ["B000123 (st07)"]


def test_a_bundle_that_moved_on_is_normal() -> None:
    """One station after the other, even with a moment of both, is how bundles go."""
    events = stay("st07", 0, 10.1) + stay("st08", 10)
    assert twice(events, "st07", 11) == twice(events, "st08", 11) == []


def test_an_old_overlap_is_forgotten() -> None:
    """The mark goes when nobody can look any more, and memory is freed."""
    events = stay("st07", 0, 30) + stay("st08", 10, 40)
    assert twice(events, "st07", 31 + FRESH / timedelta(minutes=1)) == []
    stays = Stays()
    for item, moment in events:
        stays.take(item, moment)
    stays.forget(START + timedelta(minutes=35))
    assert stays.twice(("l03", "st08"), START + timedelta(minutes=41)) == []
