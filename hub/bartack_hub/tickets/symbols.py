"""The bars and squares of a label's text, as numbers of modules.

Sources: ISO/IEC 15417 (Code 128) and ISO/IEC 18004 (QR Code), by reportlab and segno.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import segno
from reportlab.graphics.barcode.code128 import Code128

CODE128_QUIET: Final = 10
"""Modules of white on each side of a Code 128."""
QR_QUIET: Final = 4
"""Modules of white on each side of a QR code."""
QR_ERROR: Final = "m"
"""15 % of a QR code may be dirty; more where it needs no larger code."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A run of black modules: where it begins, and how long it is."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Linear:
    """A Code 128 without its quiet zones."""

    width: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Square:
    """A QR code without its quiet zones: of each row, from the top, its black runs."""

    width: int
    rows: tuple[tuple[Bar, ...], ...]


def code128(text: str) -> Linear:
    """The Code 128 of printable ASCII. Raises ``ValueError`` for anything else."""
    if not text or not all(" " <= character <= "~" for character in text):
        raise ValueError("only printable ASCII can be printed as Code 128")
    code: Any = Code128(text, quiet=0)  # its methods are not typed
    code.validate()
    code.encode()
    bars, at = [], 0
    for element in code.decompose():
        # Capitals are bars, small letters spaces; A and a are one module wide, D and d four.
        length = ord(element.lower()) - ord("a") + 1
        if element.isupper():
            bars.append(Bar(at, length))
        at += length
    return Linear(at, tuple(bars))


def qr(text: str) -> Square:
    """The QR code of ``text``."""
    matrix = segno.make_qr(text, error=QR_ERROR).matrix
    return Square(len(matrix), tuple(_runs(bytes(row)) for row in matrix))


@lru_cache(maxsize=4096)
def _runs(row: bytes) -> tuple[Bar, ...]:
    found, at = [], 0
    while (start := row.find(1, at)) >= 0:
        end = row.find(0, start)
        at = len(row) if end < 0 else end
        found.append(Bar(start, at - start))
    return tuple(found)
