"""Somebody changes things while a station holds a backlog: reference data, the broker's address."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bartack.wire import reference_topic
from faults.oracle import check_books, label, running, wait_confirmed
from faults.station_file import change
from installed import Require
from pipeline.hub.hub_bench import Client
from rig import Rig
from running import Process, free_port, wait_until

TIMES = 100
TABLES = ("operators", "operations", "faults", "bundles", "shifts", "strays")
REFERENCE = "bartack/v1/dhk1/l03/ref/#"

pytestmark = pytest.mark.require("mosquitto")


def work(rig: Rig, first: int, last: int) -> list[str]:
    texts = [label(number) for number in range(first, last + 1)]
    for text in texts:
        assert rig.scan(text)["outcome"] == "ok"
    return texts


@pytest.mark.slow
def test_the_same_reference_data_a_hundred_times_changes_nothing(rig: Rig) -> None:
    """Published over and over while the hub is away, it writes nothing to a ledger with a backlog
    and takes nothing from it."""
    rig.start_all(20)
    rig.tap()
    wait_confirmed(rig)
    scanned = work(rig, 1, 3)
    wait_confirmed(rig)
    publisher = Client(rig.port, REFERENCE)
    topics = {reference_topic("dhk1", "l03", name) for name in TABLES}
    wait_until(lambda: topics <= publisher.held.keys(), f"all of {TABLES}")
    rig.hub.kill()
    scanned += work(rig, 4, 8)
    before = running(rig)
    learned = rig.agent.log.read_text().count("reference data")
    with closing(sqlite3.connect(rig.folder / "ledger.db")) as other:
        version = "PRAGMA data_version"
        seen = other.execute(version).fetchone()
        for _ in range(TIMES):
            for topic, payload in list(publisher.held.items()):
                publisher.send(topic, payload, retain=True)
        assert other.execute(version).fetchone() == seen
    publisher.stop()
    after = running(rig)
    kept = ("log", "head", "acked", "backlog")
    assert {key: after[key] for key in kept} == {key: before[key] for key in kept}
    assert rig.agent.log.read_text().count("reference data") == learned
    rig.hub.start()
    wait_confirmed(rig)
    check_books(rig, scanned)


@pytest.fixture
def other_broker(rig: Rig, require: Require) -> Iterator[tuple[int, Process]]:
    """A second broker with a disk of its own, not started yet."""
    port, state = free_port(), rig.folder / "other-broker"
    state.mkdir()
    text = (rig.folder / "broker.conf").read_text(encoding="utf-8")
    text = text.replace(str(rig.port), str(port)).replace(str(rig.folder / "broker"), str(state))
    file: Path = rig.folder / "other-broker.conf"
    file.write_text(text, encoding="utf-8")
    process = Process([str(require("mosquitto")), "-c", str(file)], rig.folder / "other.log")
    yield port, process
    process.kill()


@pytest.mark.slow
def test_a_backlog_follows_the_brokers_address(rig: Rig, other_broker: tuple[int, Process]) -> None:
    """Scans that waited for a broker which never came back go to the one that the file names now,
    and each counts once though some had been with the old one."""
    port, other = other_broker
    rig.start_all(20)
    rig.tap()
    wait_confirmed(rig)
    scanned = work(rig, 1, 3)
    rig.hub.kill()
    scanned += work(rig, 4, 6)
    rig.broker.kill()
    scanned += work(rig, 7, 9)
    assert running(rig)["backlog"] >= 6
    rig.agent.terminate()
    change(rig, (f"port = {rig.port}", f"port = {port}"))
    hub = rig.hub_file.read_text(encoding="utf-8")
    rig.hub_file.write_text(hub.replace(f"port = {rig.port}", f"port = {port}"), encoding="utf-8")
    for process in (other, rig.hub, rig.agent):
        process.start()
    rig.wait_ready()
    wait_confirmed(rig)
    scanned += work(rig, 10, 11)
    wait_confirmed(rig)
    check_books(rig, scanned)
