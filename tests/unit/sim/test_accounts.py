"""The stations' sums of the day are those of the truth, and attendance that of the sessions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from bartack_sim.accounts import present_ms, wrongly_summed
from bartack_sim.reckoning import Earned

SESSION = {"log": "9f", "operator": "E1"}
EVENTS: list[dict[str, Any]] = [
    {**SESSION, "type": "session.opened", "seq": 1, "mono_ms": 1_000},
    {**SESSION, "type": "session.closed", "seq": 2, "mono_ms": 61_000},
    {**SESSION, "type": "session.opened", "seq": 3, "mono_ms": 70_000, "by": "E903"},
    {**SESSION, "type": "session.closed", "seq": 4, "mono_ms": 80_000},
    {**SESSION, "type": "session.opened", "seq": 5, "mono_ms": 90_000},
]
TRUTH = Earned({"E1": Fraction(1, 3)}, {"E1": Fraction(20)})
ACCOUNT = {"operator": "E1", "earned": "0.333333", "off_earned": "20", "attended_ms": 60_000}


def found(**changed: Any) -> list[str]:
    return wrongly_summed({"st01": {"accounts": [ACCOUNT | changed]}}, TRUTH, EVENTS)


def test_sums_by_the_truth_are_clean() -> None:
    """A third is told with six places; a clerk's entry and a session that lasts attend nothing."""
    assert found() == []
    assert present_ms(EVENTS) == {"E1": 60_000}


@pytest.mark.parametrize(
    "changed",
    [{"earned": "0.333334"}, {"off_earned": "19.99"}, {"attended_ms": 60_001}, {"operator": "E2"}],
)
def test_a_sum_that_is_another_one_is_found(changed: dict[str, Any]) -> None:
    """A millionth, a hundredth, a millisecond, another operator: wrong."""
    assert found(**changed)
