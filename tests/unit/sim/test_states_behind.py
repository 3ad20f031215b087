"""States of stations are compared with events only once they tell of the same ledgers."""

from __future__ import annotations

import pytest

from bartack_sim.state_topics import behind


@pytest.mark.parametrize(
    ("as_of", "late"), [(3, []), (2, ["st01"]), (4, ["st01"])], ids=["same", "before", "after"]
)
def test_a_state_of_another_event_is_waited_for(as_of: int, late: list[str]) -> None:
    """Whether a station has not told yet, or has gone on since the events were read."""
    states = {"st01": {"log": "a", "as_of": as_of}, "st02": {"log": "b", "as_of": 1}}
    events = [{"log": "a", "seq": seq} for seq in (3, 1, 2)] + [{"log": "b", "seq": 1}]
    assert behind(states, events) == late
