"""Keeps which bundles stations of a line were shown and did not know.

Runs inside the writer's transactions. What a line asked for may be known as another line's bundle,
now or after an import, and is then told to it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from bartack.events import Event

ASKED_KEPT: Final = 1000
"""So many of each line are kept, the newest: anybody can print labels that nobody knows."""


def take_asked(db: sqlite3.Connection, events: Iterable[Event], now: str) -> tuple[str, ...]:
    """Keep what these events did not know; the lines that asked for something."""
    asked = {(event.line, code): now for event in events if (code := _unknown(event))}
    rows = ((*key, at) for key, at in asked.items())
    db.executemany("INSERT OR REPLACE INTO asked VALUES (?, ?, ?)", rows)
    lines = sorted({line for line, _ in asked})
    for line in lines:
        db.execute(_FORGET, (line, line, ASKED_KEPT))
    return tuple(lines)


_FORGET: Final = """DELETE FROM asked WHERE line = ? AND code IN
    (SELECT code FROM asked WHERE line = ? ORDER BY at DESC, code LIMIT -1 OFFSET ?)"""


def _unknown(event: Event) -> str:
    """The code or tag of the bundle that a station did not know; empty for any other event."""
    match event.type, event.fields.get("reason"):
        case ("work.held", _) | ("scan.refused", "unknown_bundle"):
            code = event.fields.get("bundle")
        case "scan.refused", "unknown_tag":
            label = event.fields.get("label")
            code = label.upper() if isinstance(label, str) else None
        case _:
            code = None
    return code if isinstance(code, str) else ""
