"""An HD44780 display behind a PCF8574 expander: bytes of the I2C bus in, visible rows out. Pure.

From Hitachi's data sheet ADE-207-272: what an instruction does, how long it takes, in which state
the controller wakes up. An instruction that comes while it is busy is lost, as in the real one. The
expander's outputs P0 to P7 are RS, R/W, E, backlight and the data lines 4 to 7; lines 0 to 3 are
open and read as ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

POWER_UP_S: Final = 0.040
FIRST_FUNCTION_SET_S: Final = 0.0041
SECOND_FUNCTION_SET_S: Final = 0.0001
SLOW_S: Final = 0.00152
INSTRUCTION_S: Final = 37e-6
CHARACTER_S: Final = 41e-6
BIT_S: Final = 10e-6
"""Of a bus at 100 kHz; a byte takes nine."""

SPACE: Final = 0x20
LINE_BYTES: Final = 40
SECOND_LINE: Final = 0x40
GLYPH_SIGN: Final = 0x2776
"""Unicode's negative circled digit one: stands for glyph 0 where only text can be shown."""


def _ring(addresses: list[int]) -> tuple[dict[int, int], dict[int, int]]:
    """For each address the one after it and the one before it; the last leads to the first."""
    after = dict(zip(addresses, addresses[1:] + addresses[:1], strict=True))
    return after, {second: first for first, second in after.items()}


_NEXT: Final = (
    _ring(list(range(2 * LINE_BYTES))),
    _ring([*range(LINE_BYTES), *range(SECOND_LINE, SECOND_LINE + LINE_BYTES)]),
)
"""With one line, and with two."""


@dataclass(slots=True)
class _Lines:
    """Levels of the expander's outputs."""

    select: bool = True
    read: bool = True
    enable: bool = True
    data: int = 0xF


class Display:
    """Has power from the moment ``powered_s`` on; every output of the expander is high then."""

    def __init__(self, columns: int, rows: int, powered_s: float) -> None:
        self.columns = columns
        self.violations: list[str] = []
        """What no real controller promises to survive."""
        self.backlight = True
        self._rows = rows
        self._lines = _Lines()
        self._busy_until_s = powered_s + POWER_UP_S
        self._function_sets = 0
        self._eight_bits, self._two_lines, self._on = True, False, False
        self._high: int | None = None
        self._characters = dict.fromkeys(_NEXT[True][0], SPACE)
        self._dots = bytearray(64)
        self._address, self._to_glyphs = 0, False
        self._forwards, self._shift = True, 0

    # --- what is seen -------------------------------------------------------------------------

    def rows(self) -> tuple[str, ...]:
        """The visible rows. Glyphs are circled digits from 1, what is not ASCII is a box."""
        return tuple(
            "".join(_sign(self._at(row, column)) for column in range(self.columns))
            for row in range(self._rows)
        )

    def glyph(self, number: int) -> tuple[str, ...]:
        """The eight rows of five dots of a glyph, ``#`` for a dark dot."""
        dots = self._dots[8 * number : 8 * number + 8]
        return tuple("".join(".#"[row >> bit & 1] for bit in range(4, -1, -1)) for row in dots)

    def _at(self, row: int, column: int) -> int:
        line, part = row % 2, row // 2
        if not self._on or (line == 1 and not self._two_lines):
            return SPACE
        offset = (part * self.columns + column + self._shift) % LINE_BYTES
        return self._characters[line * SECOND_LINE + offset]

    # --- what comes ---------------------------------------------------------------------------

    def receive(self, data: bytes, at_s: float) -> None:
        """Bytes for the expander, the first of which begins to arrive at ``at_s``."""
        for index, byte in enumerate(data, start=1):
            self._outputs(byte, at_s + index * 9 * BIT_S)

    def _outputs(self, byte: int, at_s: float) -> None:
        before = self._lines
        now = _Lines(bool(byte & 1), bool(byte & 2), bool(byte & 4), byte >> 4)
        self.backlight = bool(byte & 8)
        if now.enable and (now.select, now.read) != (before.select, before.read):
            self.violations.append("RS or R/W changed while E was high or rose")
        if before.enable and not now.enable:
            if now.data != before.data and not before.read:
                self.violations.append("data changed while E fell")
            if not before.read:
                self._strobe(before.data, before.select, at_s)
        self._lines = now

    def _strobe(self, nibble: int, select: bool, at_s: float) -> None:
        if at_s < self._busy_until_s:
            self.violations.append(f"{nibble:X} came {self._busy_until_s - at_s:.6f} s too early")
            return
        if self._eight_bits:
            self._take(nibble << 4 | 0xF, select, at_s)
        elif self._high is None:
            self._high = nibble
        else:
            whole, self._high = self._high << 4 | nibble, None
            self._take(whole, select, at_s)

    def _take(self, code: int, select: bool, at_s: float) -> None:
        took_s = CHARACTER_S if select else INSTRUCTION_S
        if select:
            self._write(code)
        else:
            took_s = self._instruct(code)
        self._busy_until_s = at_s + took_s

    def _write(self, code: int) -> None:
        if self._to_glyphs:
            self._dots[self._address] = code & 0x1F
        elif self._address in self._characters:
            self._characters[self._address] = code
        self._move(self._forwards)

    def _move(self, forwards: bool) -> None:
        if self._to_glyphs:
            self._address = (self._address + (1 if forwards else -1)) % 64
            return
        after, before = _NEXT[self._two_lines]
        self._address = (after if forwards else before).get(self._address, 0)

    def _instruct(self, code: int) -> float:
        """Do what the highest set bit of an instruction says; the seconds it takes."""
        if code == 0:
            return INSTRUCTION_S
        does: tuple[Callable[[int], float], ...] = (
            self._clear,
            self._home,
            self._entry_mode,
            self._switch,
            self._shift_by_one,
            self._function_set,
            self._glyph_address,
            self._character_address,
        )
        return does[code.bit_length() - 1](code)

    def _clear(self, code: int) -> float:
        self._characters = dict.fromkeys(self._characters, SPACE)
        self._forwards = True
        return self._home(code)

    def _home(self, code: int) -> float:
        self._address, self._to_glyphs, self._shift = 0, False, 0
        return SLOW_S

    def _entry_mode(self, code: int) -> float:
        self._forwards = bool(code & 2)
        return INSTRUCTION_S

    def _switch(self, code: int) -> float:
        self._on = bool(code & 4)
        return INSTRUCTION_S

    def _shift_by_one(self, code: int) -> float:
        right = bool(code & 4)
        if code & 8:
            self._shift = (self._shift + (-1 if right else 1)) % LINE_BYTES
        else:
            self._move(right)
        return INSTRUCTION_S

    def _function_set(self, code: int) -> float:
        self._eight_bits, self._two_lines = bool(code & 16), bool(code & 8)
        self._high = None
        self._function_sets += 1
        first, second = self._function_sets == 1, self._function_sets == 2
        if first:
            return FIRST_FUNCTION_SET_S
        return SECOND_FUNCTION_SET_S if second else INSTRUCTION_S

    def _glyph_address(self, code: int) -> float:
        self._address, self._to_glyphs = code & 0x3F, True
        return INSTRUCTION_S

    def _character_address(self, code: int) -> float:
        self._address, self._to_glyphs = code & 0x7F, False
        return INSTRUCTION_S


def _sign(code: int) -> str:
    """A code of character set A00 as Unicode."""
    if code < 0x10:
        return chr(GLYPH_SIGN + code % 8)
    if 0x20 <= code < 0x80:
        return {0x5C: "¥", 0x7E: "→", 0x7F: "←"}.get(code, chr(code))
    return "□"
