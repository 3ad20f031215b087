"""The wall clock is wrong and jumps: a Raspberry Pi has no battery clock, and NTP steps it.

libfaketime changes the time of day of the real agent and leaves its monotonic clocks alone, as a
step of the system clock does.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from faults.oracle import check_books, label, running, wait_confirmed
from faults.station_file import change
from faults.traced import Agent, agent_command
from rig import Rig

REPEAT_S = 0.4
SCANS = 3

pytestmark = pytest.mark.require("mosquitto", "faketime")


class WallClock:
    """The agent's time of day, as an offset from the true one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.step(timedelta())

    def step(self, offset: timedelta) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{offset.total_seconds():+.0f}s\n", encoding="ascii")
        fresh.replace(self._file)

    def environment(self) -> list[str]:
        libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        assert libraries, "Debian's faketime brings libfaketimeMT.so.1"
        return [
            "env",
            f"LD_PRELOAD={libraries[0]}",
            f"FAKETIME_TIMESTAMP_FILE={self._file}",
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
        ]


@pytest.fixture
def wall(rig: Rig) -> WallClock:
    clock = WallClock(rig.folder / "faketime")
    rig.agent = Agent([*clock.environment(), *agent_command(rig)], rig.agent.log)
    change(rig, ('name = "scanner"', f'name = "scanner"\nrepeat_s = {REPEAT_S}'))
    return clock


def test_a_clock_that_jumps_changes_no_order_and_no_total(rig: Rig, wall: WallClock) -> None:
    """Two weeks behind at the start, then set right, then hours, days and a year to and fro: the
    hub has every scan in the order in which it was made, each once."""
    wall.step(timedelta(weeks=-2))
    rig.start_all()
    rig.tap()
    scanned: list[str] = []
    offsets = [
        timedelta(weeks=-2),
        timedelta(),
        timedelta(hours=2),
        timedelta(),
        timedelta(days=-1),
        timedelta(days=365),
        timedelta(days=-365),
        timedelta(days=-3),
    ]
    for offset in offsets:
        wall.step(offset)
        for _ in range(SCANS):
            scanned.append(label(len(scanned) + 1))
            assert rig.scan(scanned[-1])["outcome"] == "ok"
    assert running(rig)["oldest_unsent_s"] >= 0
    wait_confirmed(rig)
    check_books(rig, scanned)
    done = [event for event in rig.committed() if event.type == "work.done"]
    assert [event.text("bundle") for event in done] == scanned
    assert [event.seq for event in done] == sorted(event.seq for event in done)
    monotonic = [event.mono_ms for event in done]
    assert monotonic == sorted(monotonic)
    starts = [datetime.fromisoformat(event.at) for event in done[::SCANS]]
    for offset, at in zip(offsets, starts, strict=True):
        assert abs(at - starts[1] - offset) < timedelta(minutes=5), "the clock did not jump"


def test_a_clock_that_jumps_wakes_no_timer(rig: Rig, wall: WallClock) -> None:
    """A label that rests on the scanner stays one scan though two hours seem to have passed, and
    counts as a new scan after the true pause though the clock went back."""
    rig.start_all()
    rig.tap()
    pause = threading.Event()
    assert rig.scan(label(1))["outcome"] == "ok"
    wall.step(timedelta(hours=2))
    rig.scanner.scan(label(1))
    assert rig.scan(label(2))["bundle"] == label(2)
    wall.step(timedelta(hours=-2))
    pause.wait(REPEAT_S * 1.5)
    assert rig.scan(label(1))["reason"] == "already_done"
    wait_confirmed(rig)
    check_books(rig, [label(1), label(2)])
