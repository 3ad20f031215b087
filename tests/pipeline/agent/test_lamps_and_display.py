"""A station with lamps and a display: what the operator sees, and when."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bartack.feedback.patterns import PATTERNS, Answer
from bartack.ledger import LedgerReader
from bartack.status import ask
from bartack_sim.panel.display import Display
from bartack_sim.panel.lamps import LampBoard
from bartack_sim.panel.lcd import BusPanel
from bartack_sim.panel.socket_port import SocketPort
from rig import Rig
from running import wait_until

TABLES = """
[[feedback]]
driver = "gpio"
port = "sim:{folder}/lamps"
green = 17
amber = 27
red = 22
buzzer = 23

[[feedback]]
driver = "lcd"
port = "sim:{folder}/lcd"
size = "20x4"
"""
WIRING = {"green": 17, "amber": 27, "red": 22, "buzzer": 23}


class HangingBoard(LampBoard):
    """Lamps that answer only while they work."""

    works = threading.Event()

    def receive(self, packet: bytes, at_s: float) -> int:
        self.works.wait(30.0)
        return super().receive(packet, at_s)


@dataclass
class Panel:
    """Simulated lamps and display, and for each change of the lamps how much was on disk then."""

    ledger: Path
    seen: list[tuple[frozenset[str], int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.works = threading.Event()
        self.works.set()
        self.board = HangingBoard(WIRING, on_change=self._changed)
        self.board.works = self.works
        self.display = Display(20, 4, time.monotonic())

    def _changed(self, at_s: float) -> None:
        with LedgerReader(self.ledger) as ledger:
            self.seen.append((frozenset(self.board.lit), ledger.head().seq))

    def shows(self, answer: Answer) -> bool:
        """Whether the lamps have done exactly what this answer is known by, and are dark again."""
        lit = [lamps for lamps, _ in self.seen]
        return lit == [*(step.lit for step in PATTERNS[answer]), frozenset()]

    @property
    def rows(self) -> tuple[str, ...]:
        return tuple(row.rstrip() for row in self.display.rows())


@pytest.fixture
def panel(rig: Rig) -> Panel:
    panel = Panel(rig.folder / "ledger.db")
    text = rig.station_file.read_text() + TABLES.format(folder=rig.folder)
    rig.station_file.write_text(text)
    return panel


@contextlib.contextmanager
def plugged(rig: Rig, panel: Panel) -> Iterator[None]:
    bus = BusPanel(panel.display, 0x27)
    with SocketPort(rig.folder / "lamps", panel.board), SocketPort(rig.folder / "lcd", bus):
        yield


def test_green_comes_after_the_event_and_red_for_the_second_scan(rig: Rig, panel: Panel) -> None:
    """A scan gives the green pattern once its event is on disk; the same scan again the red one."""
    with plugged(rig, panel):
        rig.start_all()
        wait_until(lambda: panel.rows[0] == "Bartack st07", "the display is set up")
        rig.tap()
        wait_until(lambda: panel.shows("info"), "signed in")
        panel.seen.clear()
        counted = rig.scan("B000001")
        assert counted["outcome"] == "ok"
        wait_until(lambda: panel.shows("counted"), "the green pattern")
        assert all(on_disk >= counted["seq"] for _, on_disk in panel.seen)
        wait_until(lambda: panel.rows[1:] == ("OP310", "E1", "today             12"), "the count")
        assert panel.rows[0].endswith(" B000001         12")
        panel.seen.clear()
        refused = rig.scan("B000001-OP310")
        assert (refused["outcome"], refused["reason"]) == ("refused", "already_done")
        wait_until(lambda: panel.shows("refused"), "the red pattern")
        wait_until(lambda: panel.rows[0][1:] == "10 already done", "why it is refused")
    assert panel.display.violations == []


def test_scans_are_counted_without_lamps_and_the_alarm_tells(rig: Rig, panel: Panel) -> None:
    """Missing lamps keep no station from work; they are named, and come back by themselves."""
    rig.start_all()
    rig.tap()
    assert rig.scan("B000001")["outcome"] == "ok"
    assert "feedback_failed" in alarms(rig)
    assert f"sim:{rig.folder}/lamps" in rig.agent.said()
    with plugged(rig, panel):
        wait_until(lambda: panel.rows[0] == "Bartack st07", "the display is found")
        wait_until(lambda: "feedback_failed" not in tried(rig), "an answer clears the alarm", 30.0)
        wait_until(lambda: panel.seen, "the lamps answer")
        panel.works.clear()
        began_s = time.monotonic()
        assert [rig.scan(f"B00010{number}")["outcome"] for number in range(5)] == ["ok"] * 5
        took_s = time.monotonic() - began_s
        wait_until(lambda: "feedback_failed" in tried(rig), "lamps that hang are told", 30.0)
        panel.works.set()
    assert took_s < 5.0, "lamps that hang keep no scan waiting"


def tried(rig: Rig) -> list[str]:
    rig.scan(f"B{len(rig.lights()):06d}")
    return alarms(rig)


def alarms(rig: Rig) -> list[str]:
    told: dict[str, Any] = dict(ask(rig.folder / "agent.sock"))
    raised: list[str] = told["alarms"]
    return raised
