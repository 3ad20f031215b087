"""How the codes are put together from bars: the symbols of each symbology, and their order. Pure.

Bars are texts of modules, 1 dark and 0 light. Sources: ISO/IEC 15417 (Code 128), ISO/IEC 15420
(EAN and UPC).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Final

Alphabet = tuple[str, ...]

_EAN_RIGHT: Final[Alphabet] = (
    "1110010",
    "1100110",
    "1101100",
    "1000010",
    "1011100",
    "1001110",
    "1010000",
    "1000100",
    "1001000",
    "1110100",
)
_EAN_LEFT: Final[Alphabet] = tuple(bars.translate(str.maketrans("01", "10")) for bars in _EAN_RIGHT)
_EAN_EVEN: Final[Alphabet] = tuple(bars[::-1] for bars in _EAN_RIGHT)

_CODE128_WIDTHS: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 "
    "122132 122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 "
    "321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 112313 132113 132311 "
    "211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 "
    "213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 "
    "121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 "
    "241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 "
    "412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 "
    "211214 211232"
)
"""Widths of bar, space, bar, space, bar, space of the values 0 to 105; 103 to 105 begin a code."""

CODE128_SYMBOLS_MOST: Final = 30


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a code and what may stand there.

    ``before`` and ``after`` are modules that stand beside it: of the neighbour whose first and last
    modules are known, or of the paper.
    """

    alphabet: Alphabet
    before: str
    after: str

    @property
    def modules(self) -> int:
        return len(self.alphabet[0])


@dataclass(frozen=True, slots=True)
class Row:
    """Places of one kind side by side, the first of which begins at the module ``begin``."""

    slot: Slot
    count: int
    begin: int


@dataclass(frozen=True)
class Layout:
    """How a code is put together from its first bar to its last."""

    symbology: str
    parts: tuple[tuple[Slot, int], ...]
    """Slots, and how many of each stand side by side."""

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        rows, begin = [], 0
        for slot, count in self.parts:
            rows.append(Row(slot, count, begin))
            begin += slot.modules * count
        return tuple(rows)

    @cached_property
    def modules(self) -> int:
        return sum(slot.modules * count for slot, count in self.parts)

    @cached_property
    def edges(self) -> int:
        """How often light and dark change from the first bar to the last, at the most."""
        bars = "".join(slot.alphabet[0] * count for slot, count in self.parts)
        return sum(before != after for before, after in pairwise(bars)) + 2


@cache
def layouts(symbology: str) -> tuple[Layout, ...]:
    """Every layout that a code of this symbology may have; none for those that are not fitted.

    An EAN-8 is so short that parts of other codes look like one.
    """
    if symbology in ("ean13", "upca"):
        return (_ean13(),)
    if symbology == "code128":
        return tuple(_code128(count) for count in range(2, CODE128_SYMBOLS_MOST))
    return ()


def _ean13() -> Layout:
    return Layout(
        "ean13",
        (
            (Slot(("101",), "0000", "0011"), 1),
            (Slot(_EAN_LEFT + _EAN_EVEN, "0011", "0011"), 6),
            (Slot(("01010",), "0011", "1100"), 1),
            (Slot(_EAN_RIGHT, "1100", "1100"), 6),
            (Slot(("101",), "1100", "0000"), 1),
        ),
    )


def _code128(count: int) -> Layout:
    """With ``count`` symbols between start and stop, the check symbol being one of them."""
    symbols = tuple(
        "".join("10"[place % 2] * int(width) for place, width in enumerate(widths))
        for widths in _CODE128_WIDTHS.split()
    )
    return Layout(
        "code128",
        (
            (Slot(symbols[103:], "0000", "1100"), 1),
            (Slot(symbols[:103], "1100", "1100"), count),
            (Slot(("1100011101011",), "1100", "0000"), 1),
        ),
    )
