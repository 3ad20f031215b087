"""Bytes for a character display, held against a display that was written from the data sheet."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.hd44780 import (
    BYTE_S,
    GLYPHS,
    SIZES,
    UNKNOWN,
    Transfer,
    encoded,
    power_up,
    screen,
    text,
)
from bartack_sim.panel.display import GLYPH_SIGN, Display

each_size = pytest.mark.parametrize("name", SIZES)
ascii_rows = st.lists(
    st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7D, exclude_characters="\\")),
    max_size=5,
)
any_bytes = st.binary(max_size=200)


class Wired:
    """A display that has just got power, and the bus at its full speed."""

    def __init__(self, name: str) -> None:
        self.size = SIZES[name]
        self.display = Display(self.size.columns, self.size.rows, powered_s=0.0)
        self.now_s = 0.0

    def move(self, transfers: Sequence[Transfer]) -> None:
        for transfer in transfers:
            self.display.receive(transfer.data, self.now_s)
            self.now_s += len(transfer.data) * BYTE_S + transfer.pause_s


def cut(rows: Sequence[str], wired: Wired) -> tuple[str, ...]:
    columns, count = wired.size.columns, wired.size.rows
    filled = [*rows, *[""] * count][:count]
    return tuple(row[:columns].ljust(columns) for row in filled)


@each_size
@given(rows=ascii_rows, again=ascii_rows)
def test_what_is_written_is_what_is_seen(name: str, rows: list[str], again: list[str]) -> None:
    """Every row stands where it belongs, at bus speed, and nothing breaks the data sheet."""
    wired = Wired(name)
    wired.move(power_up())
    assert wired.display.rows() == cut([], wired)
    for shown in (rows, again):
        wired.move(screen(shown, wired.size))
        assert wired.display.rows() == cut(shown, wired)
    wired.move([text(rows, wired.size)])
    assert wired.display.rows() == cut(rows, wired)
    assert wired.display.violations == []
    assert wired.display.backlight


@each_size
@given(noise=any_bytes, rows=ascii_rows)
def test_a_display_heals_from_noise(name: str, noise: bytes, rows: list[str]) -> None:
    """Half a byte, a shift, a switched-off or confused display: the next screen is right."""
    wired = Wired(name)
    wired.move(power_up())
    wired.move([Transfer(noise, 0.01)])
    wired.move(screen(rows, wired.size))
    assert wired.display.rows() == cut(rows, wired)


@each_size
def test_a_display_that_lost_its_power_comes_back(name: str) -> None:
    """A loose plug costs the screen until the next answer, glyphs included, not until a restart."""
    wired = Wired(name)
    wired.display = Display(wired.size.columns, wired.size.rows, powered_s=-1.0)
    wired.move(screen(["✓ B000123"], wired.size))
    assert wired.display.rows()[0] == f"{chr(GLYPH_SIGN)} B000123".ljust(wired.size.columns)
    assert "".join(wired.display.glyph(0)).count("#") > 5


def test_each_glyph_is_drawn_as_it_is_given() -> None:
    """The dots in the display are those of the table, in the order of their codes."""
    wired = Wired("20x4")
    wired.move(power_up())
    wired.move(screen(["".join(GLYPHS)], wired.size))
    assert [ord(sign) - GLYPH_SIGN for sign in wired.display.rows()[0].strip()] == list(
        range(len(GLYPHS))
    )
    for number, dots in enumerate(GLYPHS.values()):
        expected = tuple(f"{row:05b}".translate({48: ".", 49: "#"}) for row in dots)
        assert wired.display.glyph(number) == expected


def test_the_glyphs_fit_and_differ() -> None:
    """A display holds eight glyphs of eight rows of five dots."""
    assert len(GLYPHS) <= 8
    assert len(set(GLYPHS.values())) == len(GLYPHS)
    assert all(len(dots) == 8 and max(dots) < 32 for dots in GLYPHS.values())


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Nguyễn Đào", b"Nguyen Dao"),
        ("Işık", b"Isik"),
        ("C:\\x~y", b"C:/x-y"),
        ("আশা", b"???"),
        ("a\nb", b"a?b"),
        ("½", b"1?2"),
    ],
)
def test_letters_are_made_plain(words: str, shown: bytes) -> None:
    """Accents go, and what the display has no letter for is a question mark."""
    assert encoded(words) == shown


@given(st.text())
def test_any_text_is_encoded_to_what_the_display_has(words: str) -> None:
    """No text, however strange, leads to a code of another meaning."""
    codes = encoded(words)
    assert all(code < 8 or 0x20 <= code < 0x7E for code in codes)
    assert all(code != 0x5C for code in codes)
    assert all(code >= 0x20 for code in codes) or any(glyph in words for glyph in GLYPHS)


def test_a_screen_is_written_within_the_time_that_an_operator_notices() -> None:
    """A whole screen takes less than 100 ms of the bus, set-up and glyphs included."""
    for size in SIZES.values():
        transfers = screen(["x" * size.columns] * size.rows, size)
        took_s = sum(len(it.data) * BYTE_S + it.pause_s for it in transfers)
        assert took_s < 0.1
    assert ord("?") == UNKNOWN
