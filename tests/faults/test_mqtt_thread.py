"""The MQTT client fails from within: a callback raises, or its thread is gone.

What paho does then is to keep the connection open, take every message and send none, and say
"connected" for ever.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from faults.oracle import check_books, label, running, status, wait_confirmed
from faults.sabotaged import CALLBACKS
from faults.traced import Agent
from rig import Rig
from running import Process, wait_until

NOTICED_S = 10.0
PROGRAM = Path(__file__).with_name("sabotaged.py")

pytestmark = pytest.mark.require("mosquitto")


def sabotaged(rig: Rig, part: str, program: str, process: Process) -> Agent:
    """A program whose MQTT client fails at ``part`` when ``rig.folder / "now"`` is made."""
    file = rig.station_file if program == "bartack" else rig.hub_file
    own = [sys.executable, str(PROGRAM), part, str(rig.folder / "now"), program]
    return Agent([*own, "run", "--config", str(file)], process.log)


def provoke(rig: Rig, part: str, text: str) -> None:
    """Do what calls the callback."""
    match part:
        case "connect" | "disconnect":
            rig.broker.kill()
            rig.broker.start()
        case "connect_fail":
            rig.broker.kill()
        case "publish" | "message":
            assert rig.scan(text)["outcome"] == "ok"


def failed(rig: Rig) -> bool:
    return not (rig.folder / "now").exists()


def parts() -> list[object]:
    """Every part that can fail; one of them is tried on every run of the quick tests."""
    return ["thread", *(pytest.param(part, marks=pytest.mark.slow) for part in CALLBACKS)]


@pytest.mark.parametrize("part", parts())
def test_a_failure_inside_the_mqtt_client_ends_the_agent(rig: Rig, part: str) -> None:
    """Within ten seconds the agent is through with it, or has ended to be started anew; all the
    while its status is never better than the truth, and later everything arrives."""
    rig.agent = agent = sabotaged(rig, part, "bartack", rig.agent)
    rig.start_all(10)
    rig.tap()
    assert rig.scan(label(1))["outcome"] == "ok"
    wait_confirmed(rig)
    confirmed = running(rig)["acked"]
    (rig.folder / "now").touch()
    provoke(rig, part, label(2))
    wait_until(lambda: failed(rig), "it failed")

    def settled() -> bool:
        told = status(rig) or {"broker": {"connected": False}, "acked": 0}
        confirms = told["acked"] > confirmed
        assert not (confirms and len(rig.committed()) < told["acked"]), "it claims too much"
        return agent.ended or not told["broker"]["connected"]

    wait_until(settled, "the agent ends, or knows that it is not connected", NOTICED_S)
    if part == "connect_fail":  # paho itself goes on after this one
        rig.broker.start()
    else:
        assert agent.wait(NOTICED_S) == 1
        agent.start()
        rig.wait_ready()
    assert rig.scan(label(3))["outcome"] == "ok"
    wait_confirmed(rig)
    check_books(rig, [label(number) for number in (1, 2, 3)])
    assert all(json.loads(line) for line in agent.log.read_text().splitlines())


@pytest.mark.parametrize("part", parts())
def test_a_failure_inside_the_mqtt_client_ends_the_hub(rig: Rig, part: str) -> None:
    """Within ten seconds the hub too is through with it, or has ended; started anew it has all."""
    rig.hub = hub = sabotaged(rig, part, "bartack-hub", rig.hub)
    rig.start_all(10)
    rig.tap()
    wait_confirmed(rig)
    (rig.folder / "now").touch()
    provoke(rig, part, label(1))
    wait_until(lambda: failed(rig), "it failed")
    if part == "connect_fail":
        rig.broker.start()
    else:
        assert hub.wait(NOTICED_S) == 1
        hub.start()
    assert rig.scan(label(2))["outcome"] == "ok"
    wait_confirmed(rig)
    check_books(rig, [label(1), label(2)])
