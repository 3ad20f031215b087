"""What the broker keeps for whoever comes later says how a station is, and where it stands."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.oracle import check_books, label, running, wait_confirmed
from faults.proxy import FaultProxy
from faults.station_file import change
from installed import Require
from pipeline.hub.hub_bench import Client
from rig import Rig
from running import wait_until

STATUS = "bartack/v1/dhk1/{line}/st07/status"
STATE = "bartack/v1/dhk1/{line}/st07/state"
ONLY = """\
topic readwrite bartack/v1/dhk1/{line}/#
topic read bartack/v1/#
topic write bartack/v1/dhk1/+/+/ack
topic write bartack/v1/dhk1/+/ref/#
"""

pytestmark = pytest.mark.require("mosquitto")


def retained(rig: Rig, topic: str) -> bytes | None:
    """What someone who comes now finds at a topic. A status at l03 or l04 tells that all came."""
    client = Client(rig.port, "bartack/v1/#")
    try:
        wait_until(lambda: re.search(r"st0\d/status", str(client.held)), "a status")
        return client.held.get(topic)
    finally:
        client.stop()


def is_online(rig: Rig, line: str = "l03") -> bool:
    payload = retained(rig, STATUS.format(line=line))
    return payload is not None and json.loads(payload)["online"]


def move(rig: Rig) -> None:
    """Write line l04 into the station's file, and make the hub know that line."""
    change(rig, ('line = "l03"', 'line = "l04"'))
    hub = rig.hub_file.read_text(encoding="utf-8")
    plan = hub[hub.index("[lines.l03]") :]
    rig.hub_file.write_text(hub + plan.replace("l03", "l04"), encoding="utf-8")


def test_a_will_never_outlasts_the_next_start(rig: Rig) -> None:
    """Killed and started at once, again and again, the station is online for whoever comes; the
    broker's last word about the dead one does not overtake the living one's first."""
    rig.start_all(5)
    for _ in range(4):
        rig.agent.kill()
        rig.agent.start()
        wait_until(lambda: is_online(rig), "online")
    assert running(rig)["broker"]["connected"]
    assert is_online(rig)


def test_a_half_open_link_of_the_dead_does_not_call_the_living_dead(rig: Rig) -> None:
    """The dead agent's connection stands at the broker until the new one takes its place: the Will
    comes in that moment, and the status still ends with online."""
    with FaultProxy(rig.port) as link:
        change(rig, (f"port = {rig.port}", f"port = {link.port}"))
        rig.start_all(5)
        wait_until(lambda: is_online(rig), "online")
        link.swallow("up", "down")
        rig.agent.kill()
        change(rig, (f"port = {link.port}", f"port = {rig.port}"))
        before = rig.broker.log.read_text().count("already connected, closing old")
        rig.agent.start()
        rig.wait_ready()
        wait_until(
            lambda: rig.broker.log.read_text().count("already connected, closing old") > before,
            "the new one takes the place of the dead one",
        )
        wait_until(lambda: is_online(rig), "online")
        link.heal()
        assert is_online(rig)


def test_a_station_that_was_moved_leaves_no_ghost(rig: Rig) -> None:
    """Nothing of it is retained at its old line, and the hub lists it at the new one only."""
    rig.start_all(5)
    rig.tap()
    assert rig.scan(label(1))["outcome"] == "ok"
    wait_confirmed(rig)
    wait_until(lambda: retained(rig, STATE.format(line="l03")), "the state")
    rig.agent.terminate()
    rig.hub.terminate()
    move(rig)
    rig.hub.start()
    rig.agent.start()
    rig.wait_ready()
    wait_until(lambda: is_online(rig, "l04"), "online at its new line")
    ghosts = [topic.format(line="l03") for topic in (STATUS, STATE)]
    wait_until(lambda: not any(retained(rig, ghost) for ghost in ghosts), "no ghost")

    def listed() -> list[str]:
        told = rig.run("bartack-hub", "status", "--json", "--config", str(rig.hub_file))
        stations = json.loads(told)["stations"]
        return [station["line"] for station in stations]

    wait_until(lambda: listed() == ["l04"], "the hub lists it once")
    wait_confirmed(rig)
    check_books(rig, [label(1)])


@pytest.fixture
def strict(tmp_path: Path, require: Require) -> Iterator[Rig]:
    """A broker that lets stations speak for line l03, until its file says otherwise."""
    (tmp_path / "acl").write_text(ONLY.format(line="l03"))
    access = f"allow_anonymous true\nacl_file {tmp_path / 'acl'}"
    with Rig(tmp_path, require("mosquitto"), access) as bench:
        yield bench


@pytest.mark.slow
def test_a_broker_that_keeps_the_ghost_harms_nothing(strict: Rig) -> None:
    """Where a station may not say how it is at its old line any more, it works at its new one all
    the same, with no alarm."""
    rig = strict
    rig.start_all(5)
    rig.tap()
    wait_confirmed(rig)
    rig.agent.terminate()
    wait_until(lambda: not is_online(rig), "offline")
    unsent = "topic write bartack/v1/dhk1/l03/st07/events\n"
    (rig.folder / "acl").write_text(ONLY.format(line="l04") + unsent)
    rig.broker.send(signal.SIGHUP)
    rig.hub.terminate()
    move(rig)
    rig.hub.start()
    rig.agent.start()
    rig.wait_ready()
    wait_until(lambda: is_online(rig, "l04"), "online at its new line")
    assert retained(rig, STATUS.format(line="l03"))
    wait_confirmed(rig)
    assert running(rig)["alarms"] == []
