"""A rate that is raised in the middle of the day holds for all work of it, and is told once."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from bartack_sim.line import plan_line
from bartack_sim.reckoning import earned_by_events
from bartack_sim.rerating import not_rerated, wrongly_rerated

LINE = plan_line(seed=1, stations=3, minutes=30.0, varied=True)
THIRD = LINE.route[2].code
OLD, NEW = "0.7425", "0.8168"
LOG = "9f" * 16


def event(type_: str, seq: int, **more: Any) -> dict[str, Any]:
    same = {"operator": "E1", "bundle": "B000001", "operation": THIRD, "pieces": 10}
    return {"type": type_, "log": LOG, "seq": seq, "station": "st03", "rate": OLD, **same, **more}


DONE = event("work.done", 1)
RERATED = event(
    "work.rerated",
    2,
    work=1,
    rate=NEW,
    rate_pieces=1,
    factor="1",
    rate_was=OLD,
    rate_pieces_was=1,
    factor_was="1",
)


def test_old_work_gets_the_new_rate_once() -> None:
    """It is due until it is told; new work needs nothing, and work that was voided neither."""
    assert not_rerated(LINE, [DONE], raised=True)
    assert not not_rerated(LINE, [DONE], raised=False)
    assert not not_rerated(LINE, [DONE, RERATED], raised=True)
    assert not not_rerated(LINE, [DONE | {"rate": NEW}], raised=True)
    assert not not_rerated(LINE, [DONE, event("work.voided", 2, voids=1)], raised=True)
    assert not wrongly_rerated(LINE, [DONE, RERATED], raised=True)
    assert earned_by_events([DONE, RERATED]) == {"E1": 10 * Fraction(NEW)}


@pytest.mark.parametrize(
    "changed",
    [
        {"rate": "0.9"},
        {"rate_was": NEW},
        {"pieces": 9},
        {"operator": "E2"},
        {"operation": LINE.route[0].code},
        {"factor": "1.15"},
        {"rate_pieces": 12},
        {"work": 7},
    ],
)
def test_another_rate_than_the_raised_one_is_found(changed: dict[str, Any]) -> None:
    """Another rate, another work, or other terms beside it: wrong."""
    assert wrongly_rerated(LINE, [DONE, RERATED | changed], raised=True)


def test_a_rate_that_nobody_has_raised_is_found() -> None:
    """Before the office has spoken, and a second time for the same work, it is wrong."""
    assert wrongly_rerated(LINE, [DONE, RERATED], raised=False)
    assert wrongly_rerated(LINE, [DONE, RERATED, RERATED | {"seq": 3}], raised=True)
