"""Time off standard by its events: the terms of the reason, and as long as it was."""

from __future__ import annotations

from typing import Any

import pytest

from bartack_sim.off_standard import wrongly_off

MINUTE_MS = 60_000
TERMS = {"pay": "time", "rate_per_hour": "60.00", "cap_ms": 30 * MINUTE_MS, "needs_approval": True}


def event(type_: str, seq: int, minute: float, **more: Any) -> dict[str, Any]:
    common = {"type": type_, "log": "9f", "seq": seq, "station": "st01", "boot": "b1"}
    return {**common, "mono_ms": round(minute * MINUTE_MS), "code": "MB", **more}


START = event("offstandard.started", 1, 5.0, **TERMS)


def end(minute: float, off_min: float, **more: Any) -> dict[str, Any]:
    length = {"start": 1, "off_ms": round(off_min * MINUTE_MS)}
    return event("offstandard.ended", 2, minute, **length | more)


@pytest.mark.parametrize(
    "events",
    [
        [START, end(15.0, 10.0)],
        [START, end(35.0, 30.0, reason="cap")],
        [START, end(35.05, 30.0, reason="cap")],  # the station looks now and then
        [START, end(15.0, 0.0, boot="b2")],
        [START, end(15.0, 10.0), event("session.closed", 3, 15.0)],
        [START],
    ],
)
def test_time_by_its_reason_is_clean(events: list[dict[str, Any]]) -> None:
    """As long as it was, at most the cap, nothing over a restart, and over before the session."""
    assert not wrongly_off(events, calm=True)


@pytest.mark.parametrize(
    "events",
    [
        [START | {"rate_per_hour": "61.00"}],
        [START | {"needs_approval": False}],
        [START | {"cap_ms": 0}],
        [START | {"code": "ZZ"}],
        [START, end(15.0, 9.9)],
        [START, end(45.0, 40.0)],
        [START, end(15.0, 10.0, boot="b2")],
        [START, end(15.0, 10.0, start=7)],
        [START, START | {"seq": 2}],
        [START, event("session.closed", 2, 15.0)],
        [end(15.0, 10.0)],
    ],
)
def test_time_that_is_written_down_wrongly_is_found(events: list[dict[str, Any]]) -> None:
    """Other terms, another length, two at once, one that goes on after the session: wrong."""
    assert wrongly_off(events, calm=True)


CAPPED = end(35.0, 30.0, reason="cap")


@pytest.mark.parametrize(
    "events",
    [
        [START, CAPPED | {"mono_ms": 45 * MINUTE_MS}],
        [START, CAPPED | {"reason": "scan"}],
        [START, event("agent.stopped", 2, 45.0)],
    ],
)
def test_time_beyond_its_cap_is_found_while_all_is_well(events: list[dict[str, Any]]) -> None:
    """The cap ends it, at once; only a station that was killed may be late or say another cause."""
    assert wrongly_off(events, calm=True)
    assert not wrongly_off(events, calm=False)


def test_a_cap_that_was_not_reached_ends_nothing() -> None:
    """Ten minutes of thirty are not over by the cap, nor is time that has none."""
    assert wrongly_off([START, end(15.0, 10.0, reason="cap")], calm=False)
    unlimited = START | {
        "code": "MT",
        "rate_per_hour": "30.00",
        "cap_ms": 0,
        "needs_approval": False,
    }
    assert wrongly_off([unlimited, end(15.0, 10.0, reason="cap", code="MT")], calm=False)
