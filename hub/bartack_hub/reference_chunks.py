"""Reference tables as the retained messages of each line. Pure.

Most tables go to every line as they are; bundles only to the line that sews them, and shifts are
those of the line where none are for all. A line is also told of bundles of others that were shown
to its stations. A table that shrinks leaves chunks behind at the broker, so those are cleared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bartack.retained import Wanted
from bartack.wire import (
    CHUNKS_MAX,
    STRAYS,
    ReferenceTable,
    Row,
    reference_hash,
    reference_topic,
    split_reference,
)

Chunks = Mapping[tuple[str, str], int]
"""How many chunks there are, by line and table."""

Shifts = Mapping[str, Sequence[Row]]
"""The shifts that the hub's settings file gives each line, as rows of the table ``shifts``."""

_OF_A_LINE: Final = frozenset({"bundles", "shifts"})
"""Tables that differ from line to line."""


def table_of_line(table: ReferenceTable, line: str, shifts: Shifts) -> ReferenceTable:
    """The part of a table that a line gets: a bundle without line goes to every line.

    Shifts that were imported hold for every line. Without any, those of the line hold, one version
    later, so that a station can tell them from the empty table of that version.
    """
    if table.name == "bundles":
        rows = tuple(row for row in table.rows if row["line"] in ("", line))
        return replace(table, rows=rows, sha256=reference_hash(rows))
    if table.name == "shifts" and not table.rows:
        rows = tuple(shifts.get(line, ()))
        return replace(table, version=table.version + 1, rows=rows, sha256=reference_hash(rows))
    return table


def strays_message(site: str, line: str, strays: ReferenceTable) -> Wanted:
    """The bundles of other lines that a line is told of: the first ones, in one message."""
    rows = split_reference(strays)[0].rows
    told = replace(strays, rows=rows, sha256=reference_hash(rows))
    return Wanted(reference_topic(site, line, STRAYS, 0), _payloads(told)[0])


def lines_too_large(table: ReferenceTable, lines: Iterable[str]) -> list[str]:
    """The lines for which a table has more chunks than stations take."""
    if table.name != "bundles":
        return sorted(lines) if len(split_reference(table)) > CHUNKS_MAX else []
    parts = {line: table_of_line(table, line, {}) for line in lines}
    return sorted(line for line, part in parts.items() if len(split_reference(part)) > CHUNKS_MAX)


def messages(
    site: str,
    lines: Iterable[str],
    tables: Iterable[ReferenceTable],
    published: Chunks,
    shifts: Shifts,
    strays: Mapping[str, ReferenceTable],
) -> tuple[list[Wanted], Chunks]:
    """What the broker should hold, and how many chunks that is.

    ``published`` says how many chunks may be there; those no longer used are cleared, also on
    lines that are no longer configured. ``shifts`` are those of the settings file, ``strays`` what
    a line is told of bundles of others.
    """
    wanted: list[Wanted] = []
    counts: dict[tuple[str, str], int] = {}
    lines = list(lines)
    for table in tables:
        shared = None if table.name in _OF_A_LINE else _payloads(table)
        for line in lines:
            payloads = shared or _payloads(table_of_line(table, line, shifts))
            counts[line, table.name] = len(payloads)
            for chunk, payload in enumerate(payloads):
                wanted.append(Wanted(reference_topic(site, line, table.name, chunk), payload))
    for line, table in strays.items():
        counts[line, STRAYS] = 1
        wanted.append(strays_message(site, line, table))
    for (line, name), most in published.items():
        for chunk in range(counts.get((line, name), 0), most):
            wanted.append(Wanted(reference_topic(site, line, name, chunk), b""))
    return wanted, counts


def _payloads(table: ReferenceTable) -> list[bytes]:
    return [chunk.payload() for chunk in split_reference(table)]
