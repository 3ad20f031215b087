"""HD44780 character displays behind a PCF8574: rows of text in, bytes of the I2C bus out. Pure.

From Hitachi's data sheet ADE-207-272 (instructions, 4-bit initialisation in figure 24, execution
times in table 6, character set A00) and NXP's of the PCF8574. The expander's eight outputs are
wired as on every common backpack: P0 RS, P1 R/W, P2 E, P3 backlight, P4 to P7 data lines 4 to 7.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

RS: Final = 0x01
ENABLE: Final = 0x04
BACKLIGHT: Final = 0x08

BYTE_S: Final = 90e-6
"""Shortest time of a byte on the bus: nine clocks at the expander's highest rate of 100 kHz.

It is longer than the 37 µs of an ordinary instruction (41 µs of a character), so that only the slow
instructions need a pause."""

CLEAR: Final = 0x01
HOME: Final = 0x02
LEFT_TO_RIGHT: Final = 0x06
DISPLAY_ON: Final = 0x0C
FOUR_BITS_TWO_LINES: Final = 0x28
GLYPH_ADDRESS: Final = 0x40
ROW_ADDRESS: Final = 0x80

POWER_UP_S: Final = 0.05
"""The data sheet asks for more than 40 ms after the supply has reached 2.7 V."""
SLOW_S: Final = 0.002
"""Clearing and going home take 1.52 ms at the usual 270 kHz; the clock may be slower."""


@dataclass(frozen=True, slots=True)
class Size:
    """The rows and columns of a display, and the address at which each row begins."""

    columns: int
    row_addresses: tuple[int, ...]

    @property
    def rows(self) -> int:
        return len(self.row_addresses)


SIZES: Final = MappingProxyType(
    {
        "16x2": Size(16, (0x00, 0x40)),
        "20x4": Size(20, (0x00, 0x40, 0x14, 0x54)),
    }
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """Bytes to write to the expander in one go, and how long to wait afterwards, in seconds."""

    data: bytes
    pause_s: float = 0.0


GLYPHS: Final = MappingProxyType(
    {
        "✓": (0x00, 0x01, 0x03, 0x16, 0x1C, 0x08, 0x00, 0x00),
        "✗": (0x00, 0x1B, 0x0E, 0x04, 0x0E, 0x1B, 0x00, 0x00),
        "⧗": (0x1F, 0x11, 0x0A, 0x04, 0x0A, 0x1F, 0x1F, 0x00),
        "⚿": (0x0E, 0x11, 0x11, 0x1F, 0x1B, 0x1B, 0x1F, 0x00),
        "⚑": (0x10, 0x1C, 0x1F, 0x1C, 0x10, 0x10, 0x10, 0x00),
        "▭": (0x00, 0x1F, 0x11, 0x15, 0x11, 0x1F, 0x00, 0x00),
        "ⓘ": (0x04, 0x00, 0x0C, 0x04, 0x04, 0x0E, 0x00, 0x00),
    }
)
"""Signs that the display's own set lacks, as eight rows of five dots: counted, refused, held,
nothing saved, marked, a card is asked for, told. The display holds eight at most."""

_CODES: Final = MappingProxyType({glyph: code for code, glyph in enumerate(GLYPHS)})
_PLAIN: Final = MappingProxyType(
    {"\\": "/", "~": "-", "đ": "d", "Đ": "D", "ı": "i", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
)
"""The set A00 has a yen sign and an arrow in the places of the first two; the letters are those
that Unicode does not take apart."""
UNKNOWN: Final = ord("?")


def encoded(words: str) -> bytes:
    """A text in the display's characters: ASCII and the glyphs, letters without their accents.

    What it cannot show is a question mark.
    """
    codes = bytearray()
    for char in words:
        if char in _CODES:
            codes.append(_CODES[char])
            continue
        plain = unicodedata.normalize("NFKD", _PLAIN.get(char, char))
        kept = [ord(part) for part in plain if not unicodedata.combining(part)]
        codes += bytes(code if 0x20 <= code < 0x7E and code != 0x5C else UNKNOWN for code in kept)
    return bytes(codes)


def power_up() -> tuple[Transfer, ...]:
    """What a display needs after its supply came: the wait, the set-up, an empty screen."""
    first = Transfer(bytes([BACKLIGHT]), POWER_UP_S)
    return (first, *_set_up(), Transfer(_instruction(CLEAR), SLOW_S))


def screen(rows: Sequence[str], size: Size) -> tuple[Transfer, ...]:
    """Everything that makes the display show ``rows``, whatever it was brought into before.

    The set-up and the glyphs are sent each time: near motors a display may lose half a byte, or
    all it knew, and shows the next screen right all the same.
    """
    glyphs = _instruction(GLYPH_ADDRESS)
    glyphs += b"".join(_character(dots) for glyph in GLYPHS.values() for dots in glyph)
    return (*_set_up(), Transfer(glyphs + text(rows, size).data))


def text(rows: Sequence[str], size: Size) -> Transfer:
    """The characters alone, for a display that is set up: unlike the set-up it does not flicker."""
    data = b""
    for index, address in enumerate(size.row_addresses):
        row = encoded(rows[index] if index < len(rows) else "")
        data += _instruction(ROW_ADDRESS | address)
        data += b"".join(map(_character, row[: size.columns].ljust(size.columns)))
    return Transfer(data)


def _set_up() -> tuple[Transfer, ...]:
    """Into 4-bit mode from any mode, also from the middle of a byte (figure 24)."""
    return (
        Transfer(_nibble(0x3, 0), 0.0045),
        Transfer(_nibble(0x3, 0), 0.00015),
        Transfer(_nibble(0x3, 0), 0.00015),
        Transfer(
            _nibble(0x2, 0)
            + _instruction(FOUR_BITS_TWO_LINES)
            + _instruction(DISPLAY_ON)
            + _instruction(LEFT_TO_RIGHT)
            + _instruction(HOME),  # a shifted display stands right again
            SLOW_S,
        ),
    )


def _instruction(code: int) -> bytes:
    return _nibble(code >> 4, 0) + _nibble(code & 0x0F, 0)


def _character(code: int) -> bytes:
    return _nibble(code >> 4, RS) + _nibble(code & 0x0F, RS)


def _nibble(value: int, select: int) -> bytes:
    """Half a byte: the data and RS stand before E rises, and E falls while they still stand."""
    lines = value << 4 | select | BACKLIGHT
    return bytes([lines, lines | ENABLE, lines])
