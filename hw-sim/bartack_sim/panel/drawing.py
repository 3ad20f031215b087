"""Lamps and display drawn with letters, for a terminal. Colour is never the only sign."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from bartack_sim.panel.display import GLYPH_SIGN, Display
from bartack_sim.panel.lamps import LAMPS

_COLOURS: Final = MappingProxyType(
    {"green": "30;42", "amber": "30;43", "red": "97;41", "buzzer": "30;47"}
)
_WORDS: Final = MappingProxyType(
    {"green": "GREEN", "amber": "AMBER", "red": "RED", "buzzer": "BEEP"}
)


def lamps_drawn(lit: Sequence[str], *, coloured: bool) -> str:
    """One row: a block with its word for each lamp that is lit, dots for the others."""
    blocks = []
    for lamp in LAMPS:
        word = _WORDS[lamp].center(7)
        if lamp not in lit:
            blocks.append(f"[{'.'.center(7)}]")
        else:
            blocks.append(f"[\x1b[{_COLOURS[lamp]}m{word}\x1b[0m]" if coloured else f"[{word}]")
    return " ".join(blocks)


def display_drawn(display: Display, *, coloured: bool) -> str:
    """The rows in a frame, and beneath it the dots of the glyphs that are in them."""
    rows = display.rows()
    edge = f"+{'-' * display.columns}+"
    paint = "\x1b[30;102m{}\x1b[0m" if coloured and display.backlight else "{}"
    lines = [edge, *(f"|{paint.format(row)}|" for row in rows), edge]
    used = sorted({ord(sign) - GLYPH_SIGN for row in rows for sign in row if _is_glyph(sign)})
    if used:
        pictures = [display.glyph(number) for number in used]
        lines.append(" ".join(chr(GLYPH_SIGN + number).ljust(6) for number in used))
        lines += [" ".join(f"{row} " for row in dots) for dots in zip(*pictures, strict=True)]
    return "\n".join(lines)


def _is_glyph(sign: str) -> bool:
    return 0 <= ord(sign) - GLYPH_SIGN < 8
