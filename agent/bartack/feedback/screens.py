"""The rows of a character display for an answer. Pure.

The first row says the answer, by a sign and by what was counted or why not. The signs are those of
``bartack_drivers.codecs.hd44780.GLYPHS``; all else is ASCII or is made so by the display.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from bartack.events import Json
from bartack.feedback.patterns import Answer, answer_of
from bartack.feedback.reasons import named

SIGNS: Final[Mapping[Answer, str]] = MappingProxyType(
    {
        "counted": "✓",
        "flagged": "⚑",
        "info": "ⓘ",
        "asks": "▭",
        "held": "⧗",
        "refused": "✗",
        "ledger_unavailable": "⚿",
    }
)


def answer_rows(
    document: Mapping[str, Json], today_pieces: int, columns: int, rows: int
) -> tuple[str, ...]:
    """The screen for an answer, from its document as on the console."""
    return tuple(row[:columns] for row in _rows(document, today_pieces, columns, rows))


def _rows(
    document: Mapping[str, Json], today_pieces: int, columns: int, rows: int
) -> tuple[str, ...]:
    answer = answer_of(document)
    today = _ends("today", str(today_pieces), columns)
    bundle = _ends(_text(document, "bundle"), _pieces(document), columns)
    if answer in ("counted", "flagged"):
        head = _ends(f"✓ {_text(document, 'bundle')}", _pieces(document), columns)
        marked = f"{SIGNS['flagged']}{named(_flag(document))}" if answer == "flagged" else ""
        long = (head, marked or _text(document, "operation"), _text(document, "operator"), today)
        return long if rows > 2 else (head, marked or today)
    head = f"{SIGNS[answer]}{named(_text(document, 'reason'))}"
    details = _by(document) or _text(document, "operator")
    if rows > 2:
        return (head, bundle, details, today)
    if answer == "ledger_unavailable":
        return (head, "call for help")
    if answer == "info":
        return (head, today)
    return (head, _by(document) or bundle)


def idle_rows(station: str, today_pieces: int, columns: int, rows: int) -> tuple[str, ...]:
    """The screen before the first answer."""
    head, today = f"Bartack {station}", _ends("today", str(today_pieces), columns)
    return (head, "", "", today) if rows > 2 else (head, today)


def _ends(left: str, right: str, columns: int) -> str:
    """Both at the ends of a row; the right one is whole, whatever the left one's length."""
    if not right:
        return left[:columns]
    room = columns - len(right) - 1
    return f"{left[:room]:<{room}} {right}"


def _text(document: Mapping[str, Json], key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""


def _pieces(document: Mapping[str, Json]) -> str:
    pieces = document.get("pieces")
    return str(pieces) if isinstance(pieces, int) else ""


def _flag(document: Mapping[str, Json]) -> str:
    flags = document.get("flags")
    return str(flags[0]) if isinstance(flags, (list, tuple)) and flags else ""


def _by(document: Mapping[str, Json]) -> str:
    """Who did it already, where the answer says so."""
    details = document.get("details")
    done_by = details.get("done_by") if isinstance(details, Mapping) else None
    return f"by {done_by}" if isinstance(done_by, str) else ""
