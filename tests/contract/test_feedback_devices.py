"""Lamps and display drivers against the simulated ones, over real sockets."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bartack.feedback.patterns import PATTERNS
from bartack.feedback.samples import sample
from bartack.feedback.showing import DisplayPlayer, LampPlayer
from bartack_drivers.base import DeviceBusy, DeviceError, DeviceLost, DeviceMissing
from bartack_drivers.feedback.lamp_names import Lamp
from bartack_drivers.feedback.lamps import open_lamps
from bartack_drivers.feedback.lcd import open_lcd
from bartack_drivers.feedback.simulated import SimulatedLink
from bartack_sim.devices.pty import PortError
from bartack_sim.panel.display import GLYPH_SIGN, Display
from bartack_sim.panel.lamps import LampBoard
from bartack_sim.panel.lcd import BusPanel
from bartack_sim.panel.socket_port import Panel, SocketPort
from running import wait_until

AT = "2026-11-28T08:00:00.000Z"
WIRING: dict[Lamp, int] = {"green": 17, "amber": 27, "red": 22, "buzzer": 23}


class Board:
    """Lamps on a socket, and all that was seen of them."""

    def __init__(self, *, wired_low: bool = False) -> None:
        self.seen: list[frozenset[str]] = []
        lines = {str(lamp): line for lamp, line in WIRING.items()}
        self.panel = LampBoard(lines, wired_low, lambda _: self.seen.append(self.lit))

    @property
    def lit(self) -> frozenset[str]:
        return frozenset(self.panel.lit)


@contextlib.contextmanager
def plugged(folder: Path, panel: Panel) -> Iterator[SocketPort]:
    with SocketPort(folder / "panel", panel) as port:
        yield port


def no_rest(for_s: float) -> bool:
    return False


@pytest.mark.parametrize("low", [False, True], ids=["active high", "active low"])
def test_each_pattern_is_seen_step_by_step(tmp_path: Path, low: bool) -> None:
    """Lit are, one after the other, the very lamps of the pattern, and in the end none."""
    board = Board(wired_low=low)
    with plugged(tmp_path, board.panel):
        lamps = open_lamps(f"sim:{tmp_path}/panel", WIRING, active_low=low)
        with contextlib.closing(LampPlayer(lamps)) as player:
            for answer, steps in PATTERNS.items():
                board.seen.clear()
                player.play(sample(answer, AT), no_rest)
                assert board.seen == [*(step.lit for step in steps), frozenset()]
                assert board.lit == frozenset()


def test_a_lamp_that_is_not_wired_is_left_out(tmp_path: Path) -> None:
    """A station with two lamps and no buzzer is a station too."""
    board = Board()
    wired: dict[Lamp, int] = {"green": 17, "red": 22}
    with (
        plugged(tmp_path, board.panel),
        open_lamps(f"sim:{tmp_path}/panel", wired, active_low=False) as lamps,
    ):
        lamps.light(frozenset({"green", "amber", "buzzer"}))
        assert board.lit == {"green"}
        lamps.light(frozenset({"amber"}))
        assert board.lit == frozenset()


def test_lamps_are_dark_when_they_are_given_back(tmp_path: Path) -> None:
    """Closing in the middle of a pattern leaves nothing lit, and the lines are free again."""
    board = Board()
    with plugged(tmp_path, board.panel) as port:
        with open_lamps(f"sim:{tmp_path}/panel", WIRING, active_low=False) as lamps:
            lamps.light(frozenset({"red"}))
        assert board.lit == frozenset()
        open_lamps(f"sim:{tmp_path}/panel", WIRING, active_low=False).close()
        wait_until(lambda: not port.held, "given back")


def test_a_cut_pattern_is_dark_for_a_moment_before_the_next(tmp_path: Path) -> None:
    """Two equal answers in a row are seen as two."""
    board = Board()
    with plugged(tmp_path, board.panel):
        lamps = open_lamps(f"sim:{tmp_path}/panel", WIRING, active_low=False)
        with contextlib.closing(LampPlayer(lamps)) as player:
            player.play(sample("counted", AT), lambda for_s: True)
            player.play(sample("counted", AT), no_rest)
            green, beep = frozenset({"green"}), frozenset({"green", "buzzer"})
            assert board.seen == [beep, frozenset(), beep, green, frozenset()]


def test_who_comes_second_is_told_who_is_first(tmp_path: Path) -> None:
    """Lamps and display serve one program: a test beside the running agent is refused."""
    display = BusPanel(Display(16, 2, time.monotonic()), 0x27)
    port = f"sim:{tmp_path}/panel"
    busy = pytest.raises(DeviceBusy, match="another program has it")
    with plugged(tmp_path, Board().panel), open_lamps(port, WIRING, active_low=False), busy:
        open_lamps(port, WIRING, active_low=False)
    with plugged(tmp_path, display), open_lcd(port, 0x27, "16x2"), busy:
        open_lcd(port, 0x27, "16x2")


def test_lines_that_the_chip_has_not_are_named(tmp_path: Path) -> None:
    """A wrong number in the station file is told as chip and lines."""
    missing = pytest.raises(DeviceMissing, match="panel: lines 17, 99: Invalid argument")
    with plugged(tmp_path, Board().panel), missing:
        open_lamps(f"sim:{tmp_path}/panel", {"green": 17, "red": 99}, active_low=False)


def test_what_is_pulled_out_is_lost(tmp_path: Path) -> None:
    """Lamps and display that went away are an error at the next answer, and can be opened again."""
    port = f"sim:{tmp_path}/panel"
    board = Board()
    with plugged(tmp_path, board.panel) as outlet:
        with open_lamps(port, WIRING, active_low=False) as lamps:
            outlet.unplug()
            with pytest.raises(DeviceLost, match="does bartack-sim run"):
                lamps.light(frozenset({"red"}))
        with pytest.raises(DeviceMissing, match="start bartack-sim"):
            open_lamps(port, WIRING, active_low=False)
        outlet.plug()
        with open_lamps(port, WIRING, active_low=False) as lamps:
            lamps.light(frozenset({"red"}))
            assert board.lit == {"red"}


@pytest.mark.parametrize("size", ["16x2", "20x4"])
def test_a_display_shows_the_answer(tmp_path: Path, size: str) -> None:
    """Every kind of answer is on the display, with its sign, as soon as the bus has carried it."""
    columns, rows = (int(part) for part in size.split("x"))
    display = Display(columns, rows, time.monotonic())
    with plugged(tmp_path, BusPanel(display, 0x3F)):
        lcd = open_lcd(f"sim:{tmp_path}/panel", 0x3F, size)
        with contextlib.closing(DisplayPlayer(lcd, "st07", lambda: 480)) as player:
            assert display.rows()[0].rstrip() == "Bartack st07"
            assert display.rows()[-1].split() == ["today", "480"]
            signs = set()
            for answer in PATTERNS:
                player.play(sample(answer, AT), no_rest)
                shown = display.rows()
                signs.add(shown[0][0] if answer != "flagged" else shown[1][0])
                assert 0 <= ord(shown[0][0]) - GLYPH_SIGN < 8
            assert len(signs) == len(PATTERNS)
            player.refresh()
            assert display.rows() == shown
        assert display.rows() == shown, "the last answer stands"
    assert display.violations == []


def test_a_display_at_another_address_is_named(tmp_path: Path) -> None:
    """0x27 and 0x3F are both sold: the message names the one that was tried."""
    silent = pytest.raises(DeviceLost, match=r"address 0x27: no display answers .* i2cdetect")
    with plugged(tmp_path, BusPanel(Display(16, 2, time.monotonic()), 0x3F)), silent:
        open_lcd(f"sim:{tmp_path}/panel", 0x27, "16x2")


def test_a_display_that_lost_its_power_shows_the_next_answer(tmp_path: Path) -> None:
    """A loose plug is healed by the next scan, without a restart."""
    panel = BusPanel(Display(16, 2, time.monotonic()), 0x27)
    with plugged(tmp_path, panel):
        lcd = open_lcd(f"sim:{tmp_path}/panel", 0x27, "16x2")
        with contextlib.closing(DisplayPlayer(lcd, "st07", lambda: 0)) as player:
            panel.display = Display(16, 2, time.monotonic() - 1.0)
            player.play(sample("refused", AT), no_rest)
            assert panel.display.rows()[0][1:] == "10 already done"


@pytest.mark.parametrize("said", [b"nonsense", b"", None], ids=["nonsense", "hang-up", "silence"])
def test_a_stranger_at_the_path_is_no_device(
    tmp_path: Path, said: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else listens there, or does not answer, is an error and not a lamp."""
    monkeypatch.setattr("bartack_drivers.feedback.simulated.ANSWER_S", 0.2)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(tmp_path / "panel"))
        listener.listen()
        ending = threading.Event()

        def talk() -> None:
            with listener.accept()[0] as program:
                if said:
                    program.send(said)
                if said is None:
                    ending.wait(10.0)

        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(DeviceError, match="panel"):
            SimulatedLink(f"sim:{tmp_path}/panel")
        ending.set()
        thread.join()


def test_a_socket_left_behind_is_replaced_and_a_file_is_not(tmp_path: Path) -> None:
    """A killed simulator does not block its path; somebody's file is not destroyed."""
    left = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    left.bind(str(tmp_path / "panel"))
    left.close()
    taken = pytest.raises(PortError, match="choose another path")
    with plugged(tmp_path, Board().panel), taken:
        SocketPort(tmp_path / "panel", Board().panel)
    (tmp_path / "panel").write_text("mine")
    with pytest.raises(PortError, match="choose another path"):
        SocketPort(tmp_path / "panel", Board().panel)
    assert (tmp_path / "panel").read_text() == "mine"
