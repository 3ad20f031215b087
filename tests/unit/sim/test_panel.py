"""The simulated lamps and display, by hand-made bytes and questions."""

from __future__ import annotations

import errno
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_sim.panel.display import POWER_UP_S, Display
from bartack_sim.panel.drawing import display_drawn, lamps_drawn
from bartack_sim.panel.lamps import LAMPS, LampBoard
from bartack_sim.panel.lcd import BusPanel

WIRING = {"green": 17, "amber": 27, "red": 22, "buzzer": 23}
E, RS, LIT = 0x04, 0x01, 0x08


class Hand:
    """Clocks nibbles into a display by hand, each a millisecond after the one before."""

    def __init__(self, columns: int = 16, rows: int = 2) -> None:
        self.display = Display(columns, rows, powered_s=0.0)
        self.now_s = 1.0

    def nibble(self, value: int, select: int = 0, wait_s: float = 0.005) -> None:
        lines = value << 4 | select | LIT
        self.display.receive(bytes([lines, lines | E, lines]), self.now_s)
        self.now_s += wait_s

    def byte(self, value: int, select: int = 0) -> None:
        self.nibble(value >> 4, select)
        self.nibble(value & 0xF, select)

    def set_up(self) -> None:
        for nibble in (3, 3, 3, 2):
            self.nibble(nibble)
        for instruction in (0x28, 0x0C, 0x06, 0x01):
            self.byte(instruction)

    def write(self, text: str) -> None:
        for char in text:
            self.byte(ord(char), RS)


def test_a_display_wakes_up_empty_and_off() -> None:
    """Characters that are sent before any set-up are not seen."""
    hand = Hand()
    hand.write("lost")
    assert hand.display.rows() == (" " * 16, " " * 16)


def test_rows_begin_where_the_data_sheet_says() -> None:
    """Addresses 0x00, 0x40, 0x14 and 0x54 are the rows of four; they run on in pairs."""
    hand = Hand(20, 4)
    hand.set_up()
    for address, char in ((0x00, "a"), (0x40, "b"), (0x14, "c"), (0x54, "d")):
        hand.byte(0x80 | address)
        hand.write(char)
    assert [row[0] for row in hand.display.rows()] == ["a", "b", "c", "d"]
    hand.byte(0x80 | 0x13)
    hand.write("XY")
    assert hand.display.rows()[0][-1] == "X"
    assert hand.display.rows()[2][0] == "Y"


def test_a_missed_nibble_turns_everything_into_other_characters() -> None:
    """What the set-up in every screen is there for: half a byte lost, and all after it is wrong."""
    hand = Hand()
    hand.set_up()
    hand.nibble(0x4, RS)
    hand.write("1234")
    assert "1234" not in hand.display.rows()[0]


def test_what_comes_too_early_is_lost() -> None:
    """While it clears, and before it is awake, a display takes nothing, and that is noted."""
    hand = Hand()
    hand.set_up()
    hand.nibble(0x0)
    hand.nibble(0x1, wait_s=0.001)
    hand.nibble(0x4, RS)
    assert len(hand.display.violations) == 1
    asleep = Display(16, 2, powered_s=0.0)
    asleep.receive(bytes([0x38, 0x3C, 0x38]), POWER_UP_S / 2)
    assert "too early" in asleep.violations[0]


def test_lines_that_change_with_the_strobe_are_noted() -> None:
    """RS must stand before E rises, and data until E has fallen."""
    hand = Hand()
    hand.display.receive(bytes([0x08, 0x08 | RS | E, 0x08 | RS]), 1.0)
    hand.display.receive(bytes([0x38, 0x3C, 0x48]), 1.1)
    assert [it.split()[0] for it in hand.display.violations] == ["RS", "data"]


@given(st.binary(max_size=300))
def test_no_bytes_confuse_the_display_itself(data: bytes) -> None:
    """Whatever comes, a display has its rows of its columns."""
    display = Display(20, 4, powered_s=-1.0)
    display.receive(data, 0.0)
    assert [len(row) for row in display.rows()] == [20] * 4


def test_nobody_answers_at_another_address() -> None:
    """As on the bus, a wrong address is an error, and the display sees nothing of it."""
    panel = BusPanel(Display(16, 2, powered_s=0.0), 0x27, pause=lambda _: None)
    assert panel.receive(bytes([0x3F << 1, 0x08]), 1.0) == errno.ENXIO
    assert panel.receive(b"", 1.0) == errno.ENXIO
    assert panel.receive(bytes([0x27 << 1, 0x00]), 1.0) == 0
    assert not panel.display.backlight


def asked(board: LampBoard, question: object) -> int:
    return board.receive(json.dumps(question).encode(), 1.0)


def lit_of(board: LampBoard) -> list[str]:
    return list(board.lit)


@pytest.mark.parametrize("wired_low", [False, True])
@pytest.mark.parametrize("active_low", [False, True])
def test_a_lamp_is_lit_by_the_level_of_its_line(wired_low: bool, active_low: bool) -> None:
    """Set up for the wrong level, lamps are lit when they should be dark: a test run shows it."""
    board = LampBoard(WIRING, wired_low)
    assert lit_of(board) == []
    assert asked(board, {"request": [17, 22], "active_low": active_low}) == 0
    right = wired_low == active_low
    assert lit_of(board) == ([] if right else ["green", "red"])
    assert asked(board, {"values": {"17": True, "22": False}}) == 0
    assert lit_of(board) == (["green"] if right else ["red"])
    board.release()
    assert lit_of(board) == []


@pytest.mark.parametrize(
    "question",
    [
        {"request": [], "active_low": False},
        {"request": [54], "active_low": False},
        {"request": [-1], "active_low": False},
        {"request": [17, 17], "active_low": False},
        {"request": ["17"], "active_low": False},
        {"request": [17]},
        {"values": {"17": True}},
        {"values": {"x": True}},
        [],
        "17",
    ],
)
def test_a_question_that_makes_no_sense_is_refused(question: object) -> None:
    """Lines that the chip has not, or that were not asked for, are an error as from the kernel."""
    assert asked(LampBoard(WIRING), question) == errno.EINVAL
    assert LampBoard(WIRING).receive(b"\xff", 1.0) == errno.EINVAL


def test_lamps_are_drawn_with_words() -> None:
    """Each lamp that is lit is named; colour is added only where it is wanted."""
    plain = lamps_drawn(("green", "buzzer"), coloured=False)
    assert "GREEN" in plain
    assert "BEEP" in plain
    assert "RED" not in plain
    assert "\x1b" not in plain
    assert "\x1b[30;42m" in lamps_drawn(("green",), coloured=True)
    assert [lamps_drawn((lamp,), coloured=False) for lamp in LAMPS] == [
        lamps_drawn((lamp,), coloured=False) for lamp in WIRING
    ]


def test_the_display_is_drawn_in_its_frame_with_its_glyphs() -> None:
    """What the rows hold is seen, and beneath them the dots of the glyphs in them."""
    hand = Hand()
    hand.set_up()
    hand.byte(0x40)
    for dots in (0x1F, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1F, 0x00):
        hand.byte(dots, RS)
    hand.byte(0x80)
    hand.byte(0x00, RS)
    hand.write(" ok")
    drawn = display_drawn(hand.display, coloured=False)
    assert "|❶ ok            |" in drawn
    assert "#####" in drawn
    assert "\x1b" not in drawn
