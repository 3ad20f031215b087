"""The judge of sessions that end by themselves: when they must, where they may, and not before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from bartack_sim.explained import Explained
from bartack_sim.habits import LONG
from bartack_sim.line import plan_line, with_tables
from bartack_sim.timed_out import wrongly_left, wrongly_timed_out
from bartack_sim.truth import Intent

BEGIN = datetime.fromisoformat("2026-11-28T12:00:00+00:00")
IDLE, SHIFT, SEAT = "tb01", "tb02", "st01"
LINE = with_tables(
    plan_line(seed=1, stations=2, minutes=10.0),
    ("idle", "shift_end"),
    [BEGIN + timedelta(minutes=2)],
)
Events = list[dict[str, Any]]


def event(type_: str, seq: int, second: float, station: str, **more: Any) -> dict[str, Any]:
    return {
        "type": type_,
        "log": station,
        "seq": seq,
        "station": station,
        "operator": "E1",
        "source": "scan",
        "boot": "b1",
        "mono_ms": round(second * 1000),
        "at": (BEGIN + timedelta(seconds=second)).isoformat(),
        **more,
    }


def session(
    station: str, *acts_s: float, until_s: float, reason: str, source: str = "station"
) -> Events:
    """Somebody signs in with the first act and goes on with the others."""
    types = ["session.opened", *("scan.refused" for _ in acts_s[1:])]
    events = [
        event(type_, seq, second, station)
        for seq, (type_, second) in enumerate(zip(types, acts_s, strict=True), start=1)
    ]
    end = event("session.closed", 9, until_s, station, reason=reason, source=source)
    return [*events, end]


def found(events: Events, *, calm: bool = True) -> list[str]:
    return wrongly_timed_out(LINE, events, calm=calm)


@pytest.mark.parametrize(
    "events",
    [
        session(IDLE, 0, until_s=60, reason="idle"),
        session(IDLE, 0, 40, until_s=100.5, reason="idle"),
        session(IDLE, 0, until_s=30, reason="signed_out", source="scan"),
        session(SHIFT, 30, 100, until_s=120.4, reason="shift_end"),
        session(SHIFT, 121, until_s=300, reason="signed_out", source="scan"),
        session(SEAT, 0, until_s=300, reason="signed_out", source="scan"),
        [event("session.opened", 1, 0, IDLE), event("agent.stopped", 2, 3, SEAT)],
    ],
)
def test_a_session_may_end_when_it_is_due_or_sooner_by_hand(events: Events) -> None:
    """A minute after the last act, with the shift in which it began, or because somebody leaves."""
    assert not found(events)
    assert not found(events, calm=False)


@pytest.mark.parametrize(
    "events",
    [
        session(IDLE, 0, until_s=59.9, reason="idle"),
        session(IDLE, 0, 40, until_s=60, reason="idle"),
        session(SEAT, 0, until_s=60, reason="idle"),
        session(SHIFT, 0, until_s=60, reason="idle"),
        session(SHIFT, 30, until_s=119.9, reason="shift_end"),
        session(SHIFT, 121, until_s=180, reason="shift_end"),
        session(IDLE, 100, until_s=121, reason="shift_end"),
    ],
)
def test_a_session_that_ends_by_itself_too_early_is_found_always(events: Events) -> None:
    """Before its time, after an act that the station should count, or where no such rule holds."""
    assert found(events)
    assert found(events, calm=False)


@pytest.mark.parametrize(
    "events",
    [
        session(IDLE, 0, until_s=70, reason="idle"),
        session(IDLE, 0, 70, until_s=80, reason="signed_out", source="scan"),
        session(SHIFT, 30, until_s=130, reason="shift_end"),
        session(SHIFT, 30, 130, until_s=131, reason="signed_out", source="scan"),
        [event("session.opened", 1, 0, IDLE), event("agent.stopped", 2, 70, SEAT)],
        [event("session.opened", 1, 30, SHIFT), event("agent.stopped", 2, 130, SEAT)],
    ],
)
def test_a_session_that_goes_on_is_found_while_all_is_well(events: Events) -> None:
    """Five seconds after it was due nothing may happen in it any more; a killed agent is late."""
    assert found(events)
    assert not found(events, calm=False)


@pytest.mark.parametrize(
    ("station", "reason", "right"),
    [
        (IDLE, "idle", True),
        (IDLE, "shift_end", False),
        (IDLE, "signed_out", False),
        (SHIFT, "shift_end", True),
        (SHIFT, "replaced", False),
        (SEAT, "signed_out", True),
    ],
)
def test_who_went_away_is_signed_out_for_the_tables_reason(
    station: str, reason: str, right: bool
) -> None:
    """A session that was left open ends by the table's own rule; at the own desk by any."""
    events = session(station, 0, until_s=60, reason=reason)
    for act in LONG:
        meant = Intent(station, "E1", "badge", "", act=act)
        explained = Explained(((events[0], meant),))
        assert (not wrongly_left(LINE, explained, events)) is right
    others = Explained(((events[0], Intent(station, "E1", "badge", "", act="pause")),))
    assert not wrongly_left(LINE, others, events)
    assert not wrongly_left(LINE, explained, events[:1])


def test_over_a_restart_of_the_machine_nobody_knows_how_long_it_was() -> None:
    """Another boot's clock says nothing of the time without an act."""
    events = session(IDLE, 0, until_s=600, reason="signed_out", source="scan")
    assert found(events)
    assert not found([events[0], replace_boot(events[1])])


def replace_boot(event: dict[str, Any]) -> dict[str, Any]:
    return event | {"boot": "b2"}


def test_a_line_without_ends_of_shifts_ends_none() -> None:
    """The table alone says nothing: the times are the line's."""
    ended = session(SHIFT, 30, until_s=120.4, reason="shift_end")
    assert wrongly_timed_out(replace(LINE, shift_ends=()), ended, calm=False)
