"""Reference files read together: the columns they must have, and what must fit across them.

Pure: bytes in; rows of normalised text or mistakes with file, line and column out. Amounts stay
text, because a SAM or a rate is a decimal and never a float.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Final

from bartack.settings import Mistake
from bartack.wire import ReferenceTable, Row
from bartack_hub.reference.files import Findings, Line, Source, lines_of
from bartack_hub.reference.floor import (
    check_faults,
    check_guarantees,
    check_reasons,
    check_shifts,
)
from bartack_hub.reference.people import check_operators, check_skills
from bartack_hub.reference.work import (
    check_bundles,
    check_curves,
    check_operations,
    check_rates,
)
from bartack_hub.reference_chunks import lines_too_large

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "operators": ("operator", "name", "badges", "language"),
    "operations": ("style", "seq", "operation", "name", "sam", "rate"),
    "bundles": ("bundle", "order", "style", "size", "colour", "pieces", "line"),
}
"""The tables that every import has, and the columns that each must have."""

OPTIONAL_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "rates": ("style", "operation", "from", "rate"),
    "skills": ("operator", "operation"),
    "reasons": ("code", "name", "pay", "rate_per_hour", "cap_min", "approval"),
    "faults": ("code", "name"),
    "curves": ("curve", "week", "factor"),
    "guarantees": ("from", "period", "per_hour"),
    "shifts": ("start", "end"),
}
"""The tables that an import may leave out, and the columns that each must have."""

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "operators": ("operator",),
    "operations": ("style", "seq", "operation"),
    "bundles": ("bundle",),
    "rates": ("style", "operation", "from"),
    "skills": ("operator", "operation"),
    "reasons": ("code",),
    "faults": ("code",),
    "curves": ("curve", "week"),
    "guarantees": ("from",),
    "shifts": ("start",),
}
"""The columns that rows are sorted by, so that their order in the file makes no new version."""

_NUMBERS: Final = frozenset({"seq", "week"})

Tables = Mapping[str, tuple[Row, ...]]
_Parsed = Mapping[str, list[Line]]


def read_tables(
    sources: Mapping[str, Source], lines: Collection[str]
) -> tuple[Tables, list[Mistake]]:
    """The rows of every table, sorted by key, and all mistakes; use no row when there are any.

    ``sources`` holds a file for each table of ``COLUMNS`` and those of ``OPTIONAL_COLUMNS`` that
    there are; of the latter an empty file is an empty table. ``lines`` are the lines that exist.
    """
    findings = {table: Findings(source.file) for table, source in sources.items()}
    parsed = {table: _parsed(table, sources[table], findings[table]) for table in sources}
    _check(parsed, findings, lines)
    tables = {table: _sorted(table, rows) for table, rows in parsed.items()}
    if not any(item.mistakes for item in findings.values()):
        _check_size(tables, lines, findings)
    mistakes = [mistake for found in findings.values() for mistake in found.mistakes]
    return tables, sorted(mistakes, key=lambda item: (str(item.file), item.line or 0))


def _parsed(table: str, source: Source, findings: Findings) -> list[Line]:
    optional = OPTIONAL_COLUMNS.get(table)
    if optional is not None and source.is_blank:
        return []
    return list(lines_of(source.data, optional or COLUMNS[table], findings))


def _check(parsed: _Parsed, findings: Mapping[str, Findings], site_lines: Collection[str]) -> None:
    """Every rule of every table, in the order of the tables."""
    routes: dict[str, set[str]] = {}
    for item in parsed["operations"]:
        routes.setdefault(item.row["style"], set()).add(item.row["operation"])
    operators = {item.row["operator"] for item in parsed["operators"]}
    operations = set().union(*routes.values())
    curves = {item.row["curve"] for item in parsed.get("curves", ())}
    rules: Mapping[str, Callable[[list[Line], Findings], None]] = {
        "operators": lambda rows, found: check_operators(rows, found, curves),
        "operations": check_operations,
        "bundles": lambda rows, found: check_bundles(rows, found, routes, site_lines),
        "rates": lambda rows, found: check_rates(rows, found, routes),
        "skills": lambda rows, found: check_skills(rows, found, operators, operations),
        "reasons": check_reasons,
        "faults": check_faults,
        "curves": check_curves,
        "guarantees": check_guarantees,
        "shifts": check_shifts,
    }
    for table, rows in parsed.items():
        rules[table](rows, findings[table])
    for table in ("operators", "operations"):
        if not parsed[table] and not findings[table].mistakes:
            what = "no rows; importing it would leave every station without any"
            findings[table].add(None, "", what)


def _check_size(tables: Tables, lines: Collection[str], findings: Mapping[str, Findings]) -> None:
    for name, rows in tables.items():
        for line in lines_too_large(ReferenceTable(name, 0, "", rows), lines):
            findings[name].add(
                None, "", f"too much for the stations of line {line}; leave out what is finished"
            )


def _sorted(table: str, lines: list[Line]) -> tuple[Row, ...]:
    def key(row: Row) -> tuple[str, ...]:
        return tuple(
            row[column].zfill(6) if column in _NUMBERS else row[column] for column in KEYS[table]
        )

    return tuple(sorted((item.row for item in lines), key=key))
