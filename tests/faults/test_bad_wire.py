"""The wire between station and hub loses packets, is narrow, and goes down and up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.networks import HUB_ADDRESS, Network, two_networks
from faults.oracle import check_books, label, running, wait_confirmed
from faults.station_file import change
from faults.traced import Agent, agent_command
from installed import Require
from rig import PLAIN, Rig
from running import COMMANDS, Process

LOSS_PERCENT = 30
KBIT_S = 64
THROUGH_S = 300

pytestmark = [pytest.mark.require("mosquitto", "ip", "nft", "tc"), pytest.mark.slow]


@pytest.fixture
def wire(rig: Rig, as_root: None, require: Require) -> Iterator[tuple[Network, Network]]:
    """The rig's station in one network, its broker and hub in the other."""
    conf: Path = rig.folder / "broker.conf"
    conf.write_text(conf.read_text(encoding="utf-8").replace("127.0.0.1", HUB_ADDRESS))
    rig.write_files(HUB_ADDRESS, rig.port, PLAIN)
    change(rig, (PLAIN, f"{PLAIN}\nkeepalive_s = 10"))
    with two_networks() as (station, hub):
        mosquitto = [str(require("mosquitto")), "-c", str(conf)]
        rig.broker = Process(hub.inside(mosquitto), rig.broker.log)
        collect = [str(COMMANDS / "bartack-hub"), "run", "--config", str(rig.hub_file)]
        rig.hub = Process(hub.inside(collect), rig.hub.log)
        rig.agent = Agent(station.inside(agent_command(rig)), rig.agent.log)
        yield station, hub
        for process in (rig.agent, rig.hub, rig.broker):
            process.kill()


def scan_each(rig: Rig, first: int, last: int) -> list[str]:
    texts = [label(number) for number in range(first, last + 1)]
    for text in texts:
        light = rig.scan(text)
        assert (light["outcome"], light["bundle"]) == ("ok", text)
    return texts


@pytest.mark.timeout(400)
def test_a_wire_that_loses_a_third_and_is_narrow_keeps_order_and_all(
    rig: Rig, wire: tuple[Network, Network]
) -> None:
    """30 % of the packets are lost each way and 64 kbit/s are left: every scan is green at once and
    arrives, each once and in order."""
    rig.start_all(100)
    rig.tap()
    wait_confirmed(rig)
    for end in wire:
        end.lose(LOSS_PERCENT)
        end.narrow(KBIT_S)
    scanned = scan_each(rig, 1, 40)
    wait_confirmed(rig, THROUGH_S)
    assert all(end.lost_packets() > 0 for end in wire)
    check_books(rig, scanned)
    done = [event.text("bundle") for event in rig.committed() if event.type == "work.done"]
    assert done == scanned


@pytest.mark.timeout(400)
def test_a_wire_that_goes_down_every_second_keeps_order_and_all(
    rig: Rig, wire: tuple[Network, Network]
) -> None:
    """Down for half of every second for half a minute: the same, and the station still says truly
    what is unsent."""
    rig.start_all(100)
    rig.tap()
    wait_confirmed(rig)
    acked, pause = running(rig)["acked"], threading.Event()
    scanned: list[str] = []
    for number in range(1, 31):
        wire[0].do("ip", "link", "set", wire[0].wire, "down")
        scanned += scan_each(rig, number, number)
        told = running(rig)
        assert told["backlog"] == told["head"] - told["acked"]
        pause.wait(0.5)
        wire[0].do("ip", "link", "set", wire[0].wire, "up")
        pause.wait(0.5)
    assert running(rig)["acked"] >= acked
    wait_confirmed(rig, THROUGH_S)
    check_books(rig, scanned)
