"""A loop of the agent stands still though its thread lives: no light, no message, no error."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from faults.oracle import check_books, insist, label, wait_confirmed
from faults.station_file import scan_again_at_once
from faults.traced import Agent
from rig import Rig
from running import wait_until

NOTICED_S = 10.0
ENDED_S = 6.0
"""An orderly end of the parts that are well takes as long as saying goodbye to the broker."""

pytestmark = pytest.mark.require("mosquitto")


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["core", "publisher", "reader scanner"])
def test_a_loop_that_stands_still_is_noticed_and_costs_nothing(rig: Rig, loop: str) -> None:
    """In under ten seconds somebody hears of it, the agent ends to be started anew, and every
    green scan before and after is counted once."""
    scan_again_at_once(rig)
    program = str(Path(__file__).with_name("stuck.py"))
    now = rig.folder / "now"
    own = [sys.executable, program, loop, str(now), "run", "--config", str(rig.station_file)]
    rig.agent = agent = Agent(own, rig.agent.log)
    rig.start_all(10)
    rig.tap()
    assert rig.scan(label(1))["outcome"] == "ok"
    now.touch()
    wait_until(lambda: not now.exists(), "it stands still")
    rig.scanner.scan(label(2))
    wait_until(lambda: f"'{loop}'" in str(stuck_of(agent)), "it is told", NOTICED_S)
    assert agent.wait(ENDED_S) == 1
    agent.start()
    rig.wait_ready()
    if not any(light["bundle"] == label(2) for light in rig.lights()):
        insist(rig, label(2))
    assert rig.scan(label(3))["outcome"] == "ok"
    wait_confirmed(rig)
    check_books(rig, [label(number) for number in (1, 2, 3)])


def stuck_of(agent: Agent) -> list[str]:
    """What the agent's log says of parts that stopped working."""
    lines = agent.log.read_text(encoding="utf-8").splitlines()
    return [line.replace('"', "'") for line in lines if "a part stopped working" in line]
