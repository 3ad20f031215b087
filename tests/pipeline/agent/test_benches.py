"""Bundles that rest on UHF benches: two real agents, a real broker, simulated readers."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pytest

from bartack.events import Event
from bartack.ledger import LedgerReader
from bartack_sim.devices.pty import Port
from bartack_sim.devices.rdm6300 import BadgeReader
from bartack_sim.devices.wire import Wire, make_device
from rig import BADGE, OTHER_BADGE, Rig
from running import COMMANDS, Process, wait_until

TAGS = ["3074257BF7194E4000001A85", "3074257BF7194E4000001A86"]
DEPART_S = 2.0

_FILE = """\
site = "dhk1"
line = "l03"
station = "{name}"
timezone = "Asia/Dhaka"

[work]
operation = "OP310"

[broker]
host = "127.0.0.1"
port = {port}
insecure = true
reconnect_spread_s = 1

[ledger]
path = "ledger.db"

[status]
socket = "agent.sock"

[[reader]]
name = "badge"
driver = "rdm6300"
port = "{folder}/badge"
role = "badge"

[[reader]]
name = "bench"
driver = "r200"
port = "{folder}/bench"
role = "bundle"

[reader.presence]
depart_s = {depart_s}

[[feedback]]
driver = "console"
path = "lights.jsonl"
"""


class Bench:
    """One more station: a badge reader, a UHF reader under the bench, an agent."""

    def __init__(self, folder: Path, name: str, broker_port: int) -> None:
        folder.mkdir()
        self.file = folder / "station.toml"
        self.file.write_text(
            _FILE.format(name=name, port=broker_port, folder=folder, depart_s=DEPART_S)
        )
        command = [str(COMMANDS / "bartack"), "run", "--config", str(self.file)]
        self.agent = Process(command, folder / "agent.log")
        self._badge_port = Port(folder / "badge")
        self._bench_port = Port(folder / "bench")
        self.badge = BadgeReader(self._badge_port)
        self.bench = Wire(self._bench_port, make_device("r200"))

    def __enter__(self) -> Self:
        self.bench.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self.agent.kill()
        self.bench.__exit__()
        self._badge_port.unplug()
        self._bench_port.unplug()

    def start(self) -> None:
        self.agent.start()
        wait_until(
            lambda: self._badge_port.listened and self._bench_port.listened, "the agent listens"
        )
        wait_until(
            lambda: self.agent.log.read_text().count('"reference data"') >= 3,
            "reference data at the station",
        )

    def ledger(self) -> list[Event]:
        with LedgerReader(self.file.with_name("ledger.db")) as reader:
            return reader.tail(10_000)

    def count(self, type_: str) -> int:
        return sum(event.type == type_ for event in self.ledger())

    def wait_for(self, type_: str, count: int = 1) -> None:
        wait_until(lambda: self.count(type_) == count, f"{count} {type_} at {self.file}")

    def wait_for_log(self, text: str) -> None:
        wait_until(lambda: text in self.agent.log.read_text(), f"{text} in {self.agent.log}")


@pytest.fixture
def line(rig: Rig) -> Iterator[tuple[Rig, Bench, Bench]]:
    """A hub with tagged bundles, and two benches beside each other."""
    rig.import_reference()
    reference = rig.folder / "reference"
    rows = "".join(f"B00000{n},4711,S1,M,red,12,l03,{tag}\n" for n, tag in enumerate(TAGS, 1))
    (reference / "bundles.csv").write_text(
        "bundle,order,style,size,colour,pieces,line,tag\n" + rows
    )
    rig.run("bartack-hub", "import", "--config", str(rig.hub_file), str(reference))
    rig.broker.start()
    rig.hub.start()
    with ExitStack() as stack:
        benches = [
            stack.enter_context(Bench(rig.folder / name, name, rig.port))
            for name in ("st08", "st09")
        ]
        for bench in benches:
            bench.start()
        yield rig, benches[0], benches[1]


def attention(rig: Rig, station: str) -> list[str]:
    """What the dashboard marks a station for."""
    address = f"http://127.0.0.1:{rig.web_port}/api/snapshot"
    with urllib.request.urlopen(address, timeout=5) as answer:
        snapshot: dict[str, Any] = json.load(answer)
    known = snapshot["stations"].get(f"l03/{station}", {"attention": []})
    return [code for _, code, _ in known["attention"]]


def test_a_bundle_on_a_bench_counts_once_and_leaves_once(line: tuple[Rig, Bench, Bench]) -> None:
    """It arrives, is paid as a scan would be, survives a restart of the agent, and departs."""
    _, bench, _ = line
    bench.badge.tap(BADGE, 0.3)
    bench.wait_for("session.opened")
    bench.bench.place(TAGS[0])
    bench.wait_for("work.done")
    assert bench.agent.terminate() == 0
    bench.start()
    bench.bench.place(TAGS[1])
    bench.wait_for("work.done", 2)
    for tag in TAGS:
        bench.bench.remove(tag)
    bench.wait_for("bundle.departed", 2)
    sources = {event.source for event in bench.ledger() if event.type == "work.done"}
    assert sources == {"presence"}
    assert bench.count("bundle.arrived") == 2
    assert bench.count("scan.refused") == 0


def test_of_two_benches_that_see_a_bundle_the_one_in_use_takes_it(
    line: tuple[Rig, Bench, Bench],
) -> None:
    """Nobody is signed in at the first bench, so the second takes the bundle, and only it."""
    _, empty, used = line
    used.badge.tap(OTHER_BADGE, 0.3)
    used.wait_for("session.opened")
    for bench in (empty, used):
        bench.bench.place(TAGS[0])
    used.wait_for("work.done")
    used.bench.place(TAGS[1])
    used.wait_for("work.done", 2)
    assert empty.count("bundle.arrived") == 0
    used.bench.remove(TAGS[0])
    empty.wait_for("bundle.arrived")


def test_benches_that_cannot_talk_decide_alone_and_the_hub_shows_it(
    line: tuple[Rig, Bench, Bench],
) -> None:
    """Without a broker both take the bundle; when it is back the dashboard marks both."""
    rig, first, second = line
    rig.broker.kill()
    for bench in (first, second):
        bench.wait_for_log("not connected")
        bench.bench.place(TAGS[0])
    for bench in (first, second):
        bench.wait_for("bundle.arrived")
    rig.broker.start()
    wait_until(lambda: "bundle_twice" in attention(rig, "st08"), "the first is marked", 40)
    wait_until(lambda: "bundle_twice" in attention(rig, "st09"), "the second is marked", 40)
