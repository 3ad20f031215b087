"""Marks that the line's events must bear, and those that they may."""

from __future__ import annotations

from typing import Any

import pytest

from bartack_sim.line import Station, plan_line, with_tables
from bartack_sim.oddities import (
    paid_twice,
    wrongly_closed,
    wrongly_marked,
    wrongly_replaced,
    wrongly_timed,
)

LINE = plan_line(seed=1, stations=2, minutes=10.0)
FIRST, SECOND = (operation.code for operation in LINE.route)
HERE, THERE = "9f" * 16, "a0" * 16
MINUTE_MS = 60_000


def event(
    type_: str, log: str, seq: int, minute: float, *flags: str, **more: Any
) -> dict[str, Any]:
    return {
        "type": type_,
        "log": log,
        "seq": seq,
        "station": "st01" if log == HERE else "st02",
        "operator": "E1",
        "mono_ms": round(minute * MINUTE_MS),
        "flags": list(flags),
        **more,
    }


def work(
    log: str, seq: int, minute: float, operation: str, *flags: str, bundle: str = "B000001"
) -> dict[str, Any]:
    more = {"bundle": bundle, "operation": operation, "first": 1, "pieces": 10}
    return event("work.done", log, seq, minute, *flags, **more)


def found(events: list[dict[str, Any]], *, order: bool = True, calm: bool = True) -> list[str]:
    return wrongly_marked(LINE, 1.0, events, order=order, calm=calm)


@pytest.mark.parametrize(
    ("minute", "flags", "right"),
    [
        (10.9, ("too_fast",), True),  # a fifth of 5.2 minutes is 1.04
        (10.9, (), False),
        (11.1, (), True),
        (11.1, ("too_fast",), False),
    ],
)
def test_too_fast_is_less_than_a_fifth_of_the_standard(
    minute: float, flags: tuple[str, ...], right: bool
) -> None:
    """Ten pieces of 0.52 minutes: the mark must be there below 1.04 minutes and not above."""
    events = [
        event("session.opened", HERE, 1, 0.0),
        work(HERE, 2, 10.0, FIRST),
        work(HERE, 3, minute, FIRST, *flags, bundle="B000002"),
    ]
    assert (not found(events)) is right


def test_a_skipped_operation_must_be_marked() -> None:
    """Work on a bundle that skipped the first operation is marked, where the line looks at it."""
    skips = work(THERE, 1, 5.0, SECOND)
    assert found([skips])
    assert not found([skips], order=False)
    assert not found([skips | {"flags": ["missing_previous"]}])


def test_a_skipped_operation_may_not_be_paid_where_it_is_refused() -> None:
    """At the table that refuses it such work is wrong, as it bears no mark; in turn it is right."""
    line = with_tables(LINE, ("order",))
    assert line.tables[0].operation.code == SECOND
    skips = work(THERE, 1, 5.0, SECOND) | {"station": "tb01"}
    before = work(HERE, 1, 4.0, FIRST)
    for order in (True, False):
        assert wrongly_marked(line, 1.0, [skips], order=order, calm=True)
        assert not wrongly_marked(line, 1.0, [before, skips], order=order, calm=True)
    at_a_desk = work(THERE, 1, 5.0, SECOND)
    assert not wrongly_marked(line, 1.0, [at_a_desk], order=False, calm=True)


@pytest.mark.parametrize(("age_s", "calm"), [(1, True), (60, False)])
def test_fresh_work_of_a_neighbour_may_be_known_or_not(age_s: int, calm: bool) -> None:
    """While news is fresh, or where links fail, both are right; later the mark is wrong."""
    before, after = work(HERE, 1, 5.0, FIRST), work(THERE, 1, 5.0 + age_s / 60, SECOND)
    for flags in ([], ["missing_previous"]):
        assert not found([before, after | {"flags": flags}], calm=calm)
    late = work(THERE, 1, 6.0, SECOND, "missing_previous")
    assert found([before, late])


def test_a_badge_in_use_elsewhere_must_be_marked() -> None:
    """A sign-in is marked while the same operator is signed in at another station, not after."""
    there = event("session.opened", THERE, 1, 0.0)
    assert found([there, event("session.opened", HERE, 1, 5.0)])
    assert not found([there, event("session.opened", HERE, 1, 5.0, "badge_in_use")])
    closed = event("session.closed", THERE, 2, 2.0)
    assert not found([there, closed, event("session.opened", HERE, 1, 5.0)])
    assert found([there, closed, event("session.opened", HERE, 1, 5.0, "badge_in_use")])


def test_a_clerks_entry_is_no_badge_in_use() -> None:
    """Whoever brings coupons to the office may be signed in at a station, and the other way round;
    neither is marked, and no session is closed for the other."""
    entry = event("session.opened", THERE, 1, 0.0, by="E903")
    assert not found([entry, event("session.opened", HERE, 1, 5.0)])
    assert found([entry, event("session.opened", HERE, 1, 5.0, "badge_in_use")])
    there = event("session.opened", HERE, 1, 0.0)
    assert not found([there, entry | {"mono_ms": 5 * MINUTE_MS}])
    assert found([there, entry | {"mono_ms": 5 * MINUTE_MS, "flags": ["badge_in_use"]}])


def test_work_ends_time_off_standard() -> None:
    """Pieces that are credited while time off standard goes on would be paid twice."""
    start = event("offstandard.started", HERE, 1, 0.0)
    end = event("offstandard.ended", HERE, 2, 5.0)
    sewn = work(HERE, 3, 5.0, FIRST) | {"source": "scan"}
    assert not paid_twice([start, end, sewn])
    assert paid_twice([start, sewn])


CLOSING = plan_line(seed=1, stations=3, minutes=10.0, varied=True)
"""One of its stations closes the session of whoever signs in elsewhere."""


def session(type_: str, log: str, seq: int, minute: float, reason: str = "") -> dict[str, Any]:
    more = {"reason": reason} if reason else {}
    return event(f"session.{type_}", log, seq, minute, **more)


@pytest.mark.parametrize(
    ("end_minute", "reason", "right"),
    [
        (5.1, "elsewhere", True),
        (6.0, "signed_out", False),
        (5.1, "signed_out", True),
        (4.0, "elsewhere", False),
    ],
)
def test_a_newer_session_elsewhere_closes_the_older(
    end_minute: float, reason: str, right: bool
) -> None:
    """At a station that is set so the older session ends within ten seconds of the newer, and for
    no other cause."""
    closing = next(it for it in CLOSING.stations if it.rules.badge_elsewhere == "close")
    older = session("opened", HERE, 1, 0.0) | {"station": closing.code}
    newer = session("opened", THERE, 1, 5.0) | {"station": "st99"}
    end = session("closed", HERE, 2, end_minute, reason)
    later = session("opened", THERE, 2, 9.0) | {"station": "st99", "operator": "E2"}
    assert (not wrongly_closed(CLOSING, [older, newer, end, later], calm=True)) is right


@pytest.mark.parametrize(("lasted_s", "right"), [(0.5, True), (11.0, False)])
def test_a_newer_session_that_ends_at_once_need_not_close_anything(
    lasted_s: float, right: bool
) -> None:
    """The line hears who is signed in by and by, so what ends at once may stay untold."""
    closing = next(it for it in CLOSING.stations if it.rules.badge_elsewhere == "close")
    older = session("opened", HERE, 1, 0.0) | {"station": closing.code}
    newer = session("opened", THERE, 1, 5.0) | {"station": "st99"}
    gone = session("closed", THERE, 2, 5.0 + lasted_s / 60, "signed_out") | {"station": "st99"}
    later = session("opened", THERE, 3, 9.0) | {"station": "st99", "operator": "E2"}
    assert (not wrongly_closed(CLOSING, [older, newer, gone, later], calm=True)) is right


@pytest.mark.parametrize("entered", ["older", "newer"])
def test_a_clerks_entry_closes_nothing_and_is_not_closed(entered: str) -> None:
    """Where sessions elsewhere are closed, a clerk's entry is none of them."""
    closing = next(it for it in CLOSING.stations if it.rules.badge_elsewhere == "close")
    older = session("opened", HERE, 1, 0.0) | {"station": closing.code}
    newer = session("opened", THERE, 1, 5.0) | {"station": "st99"}
    (older if entered == "older" else newer)["by"] = "E903"
    later = session("opened", THERE, 2, 9.0) | {"station": "st99", "operator": "E2"}
    assert not wrongly_closed(CLOSING, [older, newer, later], calm=True)
    end = session("closed", HERE, 2, 5.1, "elsewhere")
    assert wrongly_closed(CLOSING, [older, newer, end, later], calm=True)


def test_a_session_that_only_marks_is_not_closed() -> None:
    """Where a second sign-in is marked, the first session ends by itself only."""
    older, newer = session("opened", HERE, 1, 0.0), session("opened", THERE, 1, 5.0)
    assert not wrongly_closed(LINE, [older, newer], calm=True)
    end = session("closed", HERE, 2, 5.1, "elsewhere")
    assert wrongly_closed(LINE, [older, newer, end], calm=True)


@pytest.mark.parametrize(("took_ms", "right"), [(2 * MINUTE_MS, True), (MINUTE_MS, False)])
def test_work_that_was_begun_tells_how_long_it_took(took_ms: int, right: bool) -> None:
    """From its start to its credit; work that nobody began tells nothing."""
    start = work(HERE, 1, 3.0, FIRST) | {"type": "work.started"}
    done = work(HERE, 2, 5.0, FIRST) | {"worked_ms": took_ms}
    assert (not wrongly_timed([start, done])) is right
    assert wrongly_timed([done])


@pytest.mark.parametrize("entered", [False, True])
def test_a_clerks_entry_books_no_attendance(entered: bool) -> None:
    """Attended time stands in the end of a session of one's own and in no other."""
    opened = session("opened", HERE, 1, 0.0) | ({"by": "E903"} if entered else {})
    closed = session("closed", HERE, 2, 5.0, "signed_out")
    attended = closed | {"attended_ms": 5 * MINUTE_MS}
    assert bool(wrongly_timed([opened, closed])) is not entered
    assert bool(wrongly_timed([opened, attended])) is entered


MARKING = next(it for it in CLOSING.stations if it.rules.assignment == "flag")
REFUSING = next(it for it in CLOSING.stations if it.rules.assignment == "refuse")


@pytest.mark.parametrize("source", ["scan", "correction"])
@pytest.mark.parametrize("station", [MARKING, REFUSING])
def test_work_that_was_not_learnt_is_marked_where_that_counts(
    station: Station, source: str
) -> None:
    """At a station that only marks, and where a supervisor answers for it; partners count too."""
    foreign = next(it.code for it in CLOSING.route if it.code not in CLOSING.skills(station))
    own = station.sewer.code
    done = work(HERE, 1, 5.0, foreign) | {"station": station.code, "operator": own}
    done["source"] = source
    marked = done | {"flags": ["not_assigned"]}
    counts = station is MARKING or source == "correction"
    for event_, right in ((marked, counts), (done, not counts)):
        assert (not wrongly_marked(CLOSING, 1.0, [event_], order=False, calm=True)) is right
    shared = done | {"operator": "E901", "shares": [["E901", 1], [own, 1]]}
    assert bool(wrongly_marked(CLOSING, 1.0, [shared], order=False, calm=True)) is counts
    assert not wrongly_marked(CLOSING, 1.0, [done | {"operator": "E901"}], order=False, calm=True)


@pytest.mark.parametrize(("reason", "right"), [("replaced", False), ("elsewhere", True)])
def test_nobody_of_the_staff_takes_a_seat_from_who_works(reason: str, right: bool) -> None:
    """A supervisor's badge signs in where the seat is free, and never in somebody's place."""
    closed = session("closed", HERE, 1, 5.0, reason)
    opened = session("opened", HERE, 2, 5.0) | {"operator": LINE.staff["supervisor"].code}
    assert (not wrongly_replaced(LINE, [closed, opened])) is right
