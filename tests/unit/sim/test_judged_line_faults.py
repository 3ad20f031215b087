"""The judge of faults between two desks: what they take off and bring, and what may not lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from bartack_sim.explained import Event, Explained
from bartack_sim.line import plan_line, with_tables
from bartack_sim.line_faults import earned_down_the_line, wrongly_told
from bartack_sim.station_rules import Table
from bartack_sim.terms import piece_rate
from bartack_sim.truth import Intent

LINE = plan_line(seed=1, stations=2, minutes=10.0)
HOME, NEXT = LINE.stations
OWNER, FINDER = HOME.sewer.code, NEXT.sewer.code
BUNDLE, OPERATION = LINE.bundles[0].code, HOME.operation.code
HERE, THERE = "aa" * 16, "bb" * 16
WORTH = 2 * piece_rate(LINE, OPERATION, BUNDLE, OWNER)
FAULT = {"of_log": THERE, "defect": 3}


def intent(station: str, operator: str, kind: str, code: str = "") -> Intent:
    return Intent(
        station, operator, kind, "", BUNDLE, OPERATION, 2, code=code, act="found_down_the_line"  # type: ignore[arg-type]  # as each test names it
    )  # fmt: skip


def event(type_: str, log: str, seq: int, second: float, **more: Any) -> Event:
    return {"type": type_, "log": log, "seq": seq, "mono_ms": int(second * 1000), **more}


def sewn() -> tuple[Event, Intent]:
    return event("work.done", HERE, 2, 0), intent(HOME.code, OWNER, "work")


def found() -> tuple[Event, Intent]:
    it = event("defect.found", THERE, 3, 20, deducted=False)
    return it, intent(NEXT.code, FINDER, "defect", "operator")


def reported(second: float = 40, operator: str = OWNER) -> tuple[Event, Intent]:
    it = event("repair.reported", HERE, 5, second, **FAULT)
    return it, intent(HOME.code, operator, "repair", "reported")


CHARGED = event("defect.charged", HERE, 4, 21, **FAULT)
CONFIRMED = event("work.repaired", THERE, 4, 41, defect=3, report_log=HERE, report=5)
RETURNED = event("defect.closed", HERE, 6, 42, **FAULT, returned=True)
STAYS_OFF = event("defect.closed", HERE, 6, 42, **FAULT, returned=False)
END = event("agent.stopped", HERE, 9, 100)


@pytest.mark.parametrize(
    ("told", "mender", "owner_gets", "mender_gets"),
    [
        ((), OWNER, Fraction(0), Fraction(0)),
        ((CHARGED,), OWNER, -WORTH, Fraction(0)),
        ((CHARGED, CONFIRMED), OWNER, -WORTH, Fraction(0)),
        ((CHARGED, CONFIRMED, RETURNED), OWNER, Fraction(0), Fraction(0)),
        ((CHARGED, CONFIRMED, STAYS_OFF), FINDER, -WORTH, Fraction(0)),
        ((CHARGED, CONFIRMED, STAYS_OFF), "E9", -WORTH, WORTH),
        ((CHARGED,), "E9", -WORTH, Fraction(0)),
    ],
)
def test_what_a_fault_down_the_line_is_worth(
    told: tuple[Event, ...], mender: str, owner_gets: Fraction, mender_gets: Fraction
) -> None:
    """Taken off when it is charged, back when its owner has repaired it; a third is paid for it
    once that is confirmed, and who has found it is not."""
    explained = Explained((sewn(), found(), reported(operator=mender)), told=told)
    earned = earned_down_the_line(LINE, explained)
    assert earned.get(OWNER, Fraction(0)) == owner_gets
    if mender != OWNER:
        assert earned.get(mender, Fraction(0)) == mender_gets


@pytest.mark.parametrize(
    ("seq", "told", "owner_gets"),
    [
        (5, (CHARGED,), Fraction(0)),
        (5, (CHARGED, CONFIRMED), Fraction(0)),
        (7, (CHARGED, CONFIRMED, STAYS_OFF), Fraction(0)),
        (7, (CHARGED, CONFIRMED, RETURNED), Fraction(0)),
        (3, (CHARGED,), -WORTH),
    ],
)
def test_a_correction_gives_back_what_was_charged(
    seq: int, told: tuple[Event, ...], owner_gets: Fraction
) -> None:
    """Once, whether somebody has repaired it or not; what is charged later stays off, and so does
    what is of pieces that are counted still."""
    meant = intent(HOME.code, OWNER, "correct")
    void = event("work.voided", HERE, seq, 60), replace(meant, pieces=0)
    explained = Explained((sewn(), found(), void), told=told)
    assert earned_down_the_line(LINE, explained).get(OWNER, Fraction(0)) == owner_gets
    counted = Explained((sewn(), found(), (void[0], replace(meant, pieces=9))), told=told)
    nothing_back = Explained((sewn(), found()), told=told)
    assert earned_down_the_line(LINE, counted) == earned_down_the_line(LINE, nothing_back)
    undone = Explained((sewn(), found(), (void[0], replace(void[1], bundle="B9"))), told=told)
    kept = Fraction(0) if RETURNED in told else -WORTH
    assert earned_down_the_line(LINE, undone).get(OWNER, Fraction(0)) == kept


@pytest.mark.parametrize(
    ("kind", "mender", "pays"),
    [("paid", "E9", True), ("paid", FINDER, True), ("unpaid", "E9", False)],
)
def test_a_repair_elsewhere_pays_by_the_rule_where_it_was_found(
    kind: Table, mender: str, pays: bool
) -> None:
    """A table that pays every repair pays its own finder's, one that pays none pays nobody's."""
    line = with_tables(LINE, (kind,))
    it, meant = found()
    at_table = (it, replace(meant, station=line.tables[0].code))
    explained = Explained((sewn(), at_table, reported(operator=mender)), told=(CONFIRMED,))
    earned = earned_down_the_line(line, explained)
    assert {who: amount for who, amount in earned.items() if amount} == (
        {mender: WORTH} if pays else {}
    )


@pytest.mark.parametrize("kind", ["paid", "unpaid"])
def test_nothing_may_be_charged_for_a_table_that_takes_nothing_off(kind: Table) -> None:
    """So a charge that a station makes all the same is missing in the truth, and sums differ."""
    line = with_tables(LINE, (kind,))
    it, meant = found()
    at_table = (it, replace(meant, station=line.tables[0].code))
    explained = Explained((sewn(), at_table), told=(CHARGED,))
    assert not earned_down_the_line(line, explained)


def without(*gone: Event) -> Explained:
    """A whole history but for some steps."""
    told = tuple(it for it in (CHARGED, CONFIRMED, RETURNED) if it not in gone)
    return Explained((sewn(), found(), reported()), told=told)


@pytest.mark.parametrize(
    "explained",
    [
        lambda: without(),
        lambda: Explained((sewn(), found()), told=(CHARGED,)),
        lambda: Explained((sewn(), found(), reported(95)), told=(CHARGED,)),
    ],
)
def test_a_history_that_had_its_time_is_right(explained: Callable[[], Explained]) -> None:
    """Everything that was due is there, and what is fresh may be on its way."""
    history = explained()
    events = [*(it for it, _ in history.pairs), *history.told, END]
    assert wrongly_told(history, events, calm=True) == []


@pytest.mark.parametrize("gone", [CHARGED, CONFIRMED, RETURNED])
def test_a_step_that_is_missing_is_found_when_all_is_well(gone: Event) -> None:
    """After ten seconds each station must have done its part; while things fail it may be late."""
    history = without(gone)
    events = [*(it for it, _ in history.pairs), *history.told, END]
    assert wrongly_told(history, events, calm=True)
    assert not wrongly_told(history, events, calm=False)


@pytest.mark.parametrize("twice", [CHARGED, CONFIRMED, RETURNED])
def test_no_step_happens_twice_whatever_fails(twice: Event) -> None:
    """One fault is charged, confirmed and closed once."""
    history = Explained((sewn(), found(), reported()), told=(CHARGED, CONFIRMED, RETURNED, twice))
    assert wrongly_told(history, [END], calm=False)
