"""The ledger's disk is full, locked by another program, or can only be read any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faults.mounts import Image, small_memory
from faults.oracle import (
    check_books,
    insist,
    label,
    running,
    scan_until_counted,
    wait_confirmed,
)
from faults.station_file import ledger_at, scan_again_at_once
from faults.traced import Agent, untraced
from rig import Rig
from running import wait_until

LEDGER_FAILED = 6
LOG_LINES_MAX = 20


def fill(folder: Path) -> Path:
    """Use up every byte of a small file system."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filler


@pytest.fixture
def small_disk(rig: Rig, as_root: None) -> Iterator[Path]:
    """The ledger on a file system of 6 MB; everything else stays where it was."""
    scan_again_at_once(rig)
    ledger_at(rig, "disk/ledger.db")
    with small_memory(rig.folder / "disk", size_kb=6144) as folder:
        yield folder
        rig.agent.kill()


@pytest.mark.require("mosquitto")
def test_a_full_disk_refuses_in_red_and_is_green_again_by_itself(
    rig: Rig, small_disk: Path
) -> None:
    """Full: red, an alarm, nothing lost. Room: green, no alarm, the same process. Three times."""
    rig.start_all()
    rig.tap()
    pid, number = rig.agent.pid, 0
    for _ in range(3):
        number += 1
        scan_until_counted(rig, label(number))
        filler = fill(small_disk)
        number += 1
        refused: list[dict[str, Any]] = []
        while not refused:  # what the WAL has room for is still saved
            light = insist(rig, label(number))
            if light["outcome"] == "ok":
                number += 1
            else:
                refused.append(light)
        assert (refused[0]["reason"], refused[0]["seq"]) == ("ledger_unavailable", None)
        assert "ledger_unavailable" in running(rig)["alarms"]
        filler.unlink()
        scan_until_counted(rig, label(number))
        assert "ledger_unavailable" not in running(rig)["alarms"]
    assert running(rig)["pid"] == pid
    wait_confirmed(rig)
    check_books(rig, [label(n) for n in range(1, number + 1)])


@pytest.mark.require("mosquitto")
def test_the_alarm_of_a_full_disk_stays_until_something_was_saved(
    rig: Rig, small_disk: Path
) -> None:
    """A tap that needs no new event does not clear the alarm while the disk is still full."""
    rig.start_all()
    rig.tap()
    fill(small_disk)
    number = 1
    while insist(rig, label(number))["outcome"] == "ok":
        number += 1
    assert "ledger_unavailable" in running(rig)["alarms"]
    light = rig.tap()
    assert light["reason"] == "already_signed_in"
    assert "ledger_unavailable" in running(rig)["alarms"]


@pytest.mark.require("mosquitto")
def test_an_agent_that_starts_on_a_full_disk_says_so(rig: Rig, small_disk: Path) -> None:
    """It either refuses in red, or ends with code 6 and the way out; with room it works."""
    rig.start_all()
    rig.tap()
    scan_until_counted(rig, label(1))
    rig.agent.kill()
    filler = fill(small_disk)
    rig.agent = agent = untraced(rig)
    agent.log.write_text("")
    agent.start()

    def listens() -> bool:
        return rig.badge.port.listened and rig.scanner.port.listened

    wait_until(lambda: agent.ended or listens(), "ready, or ended")
    if agent.ended:
        assert agent.wait() == LEDGER_FAILED
        assert "make room" in agent.log.read_text()
        filler.unlink()
        agent.start()
        rig.wait_ready()
    else:
        filler.unlink()
    scan_until_counted(rig, label(2))
    wait_confirmed(rig)
    check_books(rig, [label(1), label(2)])


@pytest.mark.require("mosquitto", "mkfs.ext4")
def test_a_disk_that_goes_read_only_loses_nothing(rig: Rig, ext4_disk: Image) -> None:
    """After an error the kernel allows no write: no green light from then on, every old one kept.

    The agent ends with the ledger's code, because a failed write leaves the disk in doubt. Once
    the disk is repaired it goes on.
    """
    rig.start_all()
    rig.agent.kill()
    rig.agent = agent = untraced(rig)
    agent.start()
    rig.wait_ready()
    rig.tap()
    labels = [label(number) for number in range(1, 8)]
    for text in labels[:5]:
        scan_until_counted(rig, text)
    ext4_disk.fail()
    seen = len(rig.lights())
    end_by_scanning(rig, agent, labels[5])
    assert agent.wait() == LEDGER_FAILED, agent.log.read_text()
    assert [light for light in rig.lights()[seen:] if light["outcome"] == "ok"] == []
    agent.start()
    assert agent.wait() == LEDGER_FAILED, agent.log.read_text()
    assert "Read-only file system" in agent.log.read_text()
    ext4_disk.unmount()
    ext4_disk.repair()
    ext4_disk.mount()
    agent.start()
    rig.wait_ready()
    for text in labels:
        scan_until_counted(rig, text)
    wait_confirmed(rig)
    check_books(rig, labels)


def end_by_scanning(rig: Rig, agent: Agent, text: str) -> None:
    def ended() -> bool:
        rig.scanner.scan(text)
        return agent.ended

    wait_until(ended, "the agent ends")


@pytest.mark.require("mosquitto")
def test_another_program_that_holds_the_ledger_is_survived(rig: Rig) -> None:
    """While a second process holds the write lock scans are red; then green. Few words are made."""
    scan_again_at_once(rig)
    rig.start_all()
    rig.tap()
    scan_until_counted(rig, label(1))
    pid = rig.agent.pid
    before = len(rig.agent.log.read_text().splitlines())
    other = sqlite3.connect(rig.folder / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    lights = [insist(rig, label(number), timeout_s=10) for number in (2, 3)]
    assert {light["reason"] for light in lights} == {"ledger_unavailable"}
    assert "ledger_unavailable" in running(rig)["alarms"]
    other.execute("ROLLBACK")
    other.close()
    for number in (2, 3):
        scan_until_counted(rig, label(number))
    assert "ledger_unavailable" not in running(rig)["alarms"]
    assert running(rig)["pid"] == pid
    assert len(rig.agent.log.read_text().splitlines()) - before < LOG_LINES_MAX
    wait_confirmed(rig)
    check_books(rig, [label(number) for number in range(1, 4)])
