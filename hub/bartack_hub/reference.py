"""Reference data from CSV: operators, operations and bundles, every mistake reported at once.

Pure: bytes in; rows of normalised text or mistakes with file, line and column out. Amounts stay
text, because a SAM or a rate is a decimal and never a float. Columns beyond the required ones are
kept as they are.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bartack.events import ID
from bartack.settings import Mistake
from bartack.wire import ReferenceTable, Row
from bartack_drivers.em4100 import FORMS
from bartack_hub.reference_chunks import lines_too_large

ROWS_MAX: Final = 1_000_000
CELL_MAX_CHARS: Final = 200
COLUMNS_MAX: Final = 64
FILE_MAX_BYTES: Final = 256 * 1024 * 1024

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "operators": ("operator", "name", "badges", "language"),
    "operations": ("style", "seq", "operation", "name", "sam", "rate"),
    "bundles": ("bundle", "order", "style", "size", "colour", "pieces", "line"),
}
"""The columns that each table must have."""

_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,31}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_COUNT = re.compile(r"[0-9]{1,6}")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_EM4100 = re.compile(r"[0-9A-Fa-f]{10}")
_EPC = re.compile(r"(?:[0-9A-Fa-f]{4}){4,31}")
_LABEL = re.compile(r"[!-:<-~]{1,64}")  # printable ASCII without blank and without ;
_TAG = re.compile(r"(?:[0-9A-F]{2}){2,62}")
_SPREADSHEET_NUMBER = re.compile(r"[0-9][.,][0-9]+[Ee]\+[0-9]+")


@dataclass(frozen=True, slots=True)
class Source:
    """One CSV file as it was read."""

    file: Path
    data: bytes


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a CSV file and the line that it starts on."""

    number: int
    row: Row


@dataclass(slots=True)
class Findings:
    """The mistakes of one file, collected while it is read."""

    file: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def add(self, line: int | None, column: str, what: str) -> None:
        self.mistakes.append(Mistake(self.file, line, column, what))


Tables = Mapping[str, tuple[Row, ...]]


def read_tables(
    sources: Mapping[str, Source], lines: Collection[str]
) -> tuple[Tables, list[Mistake]]:
    """The rows of every table, sorted by key, and all mistakes; use no row when there are any.

    ``sources`` holds a file for each table of ``COLUMNS``; ``lines`` are the lines that exist.
    """
    findings = {table: Findings(sources[table].file) for table in COLUMNS}
    parsed = {
        table: list(_lines(sources[table].data, COLUMNS[table], findings[table]))
        for table in COLUMNS
    }
    _check_operators(parsed["operators"], findings["operators"])
    _check_operations(parsed["operations"], findings["operations"])
    styles = {item.row["style"] for item in parsed["operations"]}
    _check_bundles(parsed["bundles"], findings["bundles"], styles, lines)
    tables = {
        "operators": _sorted(parsed["operators"], lambda row: (row["operator"],)),
        "operations": _sorted(
            parsed["operations"], lambda row: (row["style"], row["seq"].zfill(6), row["operation"])
        ),
        "bundles": _sorted(parsed["bundles"], lambda row: (row["bundle"],)),
    }
    if not any(item.mistakes for item in findings.values()):
        _check_size(tables, lines, findings)
    mistakes = [mistake for table in COLUMNS for mistake in findings[table].mistakes]
    return tables, sorted(mistakes, key=lambda item: (str(item.file), item.line or 0))


def _check_size(tables: Tables, lines: Collection[str], findings: Mapping[str, Findings]) -> None:
    for name, rows in tables.items():
        for line in lines_too_large(ReferenceTable(name, 0, "", rows), lines):
            findings[name].add(
                None, "", f"too much for the stations of line {line}; leave out what is finished"
            )


def _sorted(lines: list[Line], key: Callable[[Row], tuple[str, ...]]) -> tuple[Row, ...]:
    return tuple(sorted((item.row for item in lines), key=key))


# --- rows of text -------------------------------------------------------------------------------


def _lines(data: bytes, required: tuple[str, ...], findings: Findings) -> Iterator[Line]:
    """Rows with as many cells as the header, their text normalised and without odd characters."""
    text = _text(data, findings)
    rows = _numbered(text, findings)
    header_line, cells = next(rows, (1, []))
    columns = _header(header_line, cells, required, findings) if text is not None else None
    if columns is None:
        return
    for count, (number, cells) in enumerate(rows, start=1):
        if count > ROWS_MAX:
            findings.add(number, "", f"more than {ROWS_MAX} rows; leave out what is finished")
            return
        if len(cells) != len(columns):
            findings.add(
                number,
                "",
                f"{len(cells)} cells where the header has {len(columns)}; "
                'a comma inside a text needs "quotes" round the text',
            )
            continue
        row = {column: _plain(cell) for column, cell in zip(columns, cells, strict=True)}
        for column, cell in row.items():
            _check_text(number, column, cell, findings)
        yield Line(number, row)


def _text(data: bytes, findings: Findings) -> str | None:
    if len(data) > FILE_MAX_BYTES:
        findings.add(None, "", f"larger than {FILE_MAX_BYTES} bytes; leave out what is finished")
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        findings.add(line, "", "not UTF-8; in a spreadsheet save it as CSV UTF-8")
        return None


def _numbered(text: str | None, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with the number of its first line."""
    reader = csv.reader(io.StringIO(text or "", newline=""), strict=True)
    number = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        findings.add(number, "", f'not CSV: {error}; a text with " in it needs the " doubled')


def _header(
    number: int, cells: list[str], required: tuple[str, ...], findings: Findings
) -> list[str] | None:
    columns = [_plain(cell).lower() for cell in cells]
    shown = ",".join(required)
    if len(columns) == 1 and required[0] in re.split(r"[;\t|]", columns[0]):
        findings.add(number, "", f"the columns must be separated by commas: {shown}")
        return None
    missing = [column for column in required if column not in columns]
    if missing:
        findings.add(number, "", f"no column {', '.join(missing)}; the first line must be {shown}")
    for column in sorted({column for column in columns if columns.count(column) > 1}):
        findings.add(number, column[:32], "this column stands twice")
    for column in columns:
        if not _COLUMN.fullmatch(column):
            findings.add(
                number, "", f"{column[:32]!r}: name columns in small letters, digits and _"
            )
    if len(columns) > COLUMNS_MAX:
        findings.add(number, "", f"more than {COLUMNS_MAX} columns")
    return columns if not findings.mistakes else None


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFC", cell.strip())


def _check_text(number: int, column: str, cell: str, findings: Findings) -> None:
    if len(cell) > CELL_MAX_CHARS:
        findings.add(number, column, f"longer than {CELL_MAX_CHARS} characters")
    odd = next((char for char in cell if not char.isprintable() and _is_odd(char)), None)
    if odd is not None:
        name = "a line break" if odd in "\r\n" else f"the character U+{ord(odd):04X}"
        findings.add(number, column, f"{name} is not allowed; type the text anew")


def _is_odd(char: str) -> bool:
    """Control characters, line separators, noncharacters. Marks of writing direction may stay."""
    category = unicodedata.category(char)
    return category in {"Cc", "Zl", "Zp", "Cs"} or (ord(char) & 0xFFFE) == 0xFFFE


# --- tables -------------------------------------------------------------------------------------


def _check_operators(lines: list[Line], findings: Findings) -> None:
    owners: dict[str, Line] = {}
    keys: dict[tuple[str, ...], int] = {}
    for item in lines:
        row = item.row
        _check_id(item, "operator", findings)
        _check_key(item, ("operator",), keys, findings)
        if not row["name"]:
            findings.add(item.number, "name", "empty; the dashboard shows it")
        row["language"] = row["language"].lower()
        if not _LANGUAGE.fullmatch(row["language"]):
            findings.add(
                item.number, "language", f"{_shown(row['language'])}: two letters, such as bn or en"
            )
        written = [badge for badge in map(str.strip, row["badges"].split(";")) if badge]
        badges = [_known_number(item, badge, findings) for badge in written]
        for badge in badges:
            _check_badge(item, badge, owners, findings)
        row["badges"] = ";".join(map(_normal_badge, badges))
    _check_not_empty(lines, findings)


def _known_number(item: Line, badge: str, findings: Findings) -> str:
    """A badge written as ``8H10D:0040856634`` as the hex digits that are known of it."""
    name, colon, number = badge.partition(":")
    if not colon or name not in FORMS:
        return badge
    known = FORMS[name].parse(number.strip())
    if known is None:
        findings.add(
            item.number, "badges", f"{_shown(badge)}: {_shown(number)} is no number of form {name}"
        )
    return known or badge


def _check_badge(item: Line, badge: str, owners: dict[str, Line], findings: Findings) -> None:
    if _SPREADSHEET_NUMBER.fullmatch(badge):
        findings.add(
            item.number,
            "badges",
            f"{_shown(badge)}: a spreadsheet made a number of it; format the column as text",
        )
        return
    if not _LABEL.fullmatch(badge):
        findings.add(
            item.number,
            "badges",
            f"{_shown(badge)}: write 10 hex digits, the EPC in hex, the label's text without "
            "blanks, or a form and its number such as 8H10D:0040856634; put ; between badges",
        )
        return
    # Stations compare badges without regard to case.
    owner = owners.setdefault(badge.upper(), item)
    if owner is not item:
        findings.add(
            item.number,
            "badges",
            f"{badge} belongs to operator {_shown(owner.row['operator'])} "
            f"in line {owner.number} already",
        )


def _normal_badge(badge: str) -> str:
    is_hex = _EM4100.fullmatch(badge) or _EPC.fullmatch(badge)
    return badge.upper() if is_hex else badge


def _check_operations(lines: list[Line], findings: Findings) -> None:
    operations: dict[tuple[str, ...], int] = {}
    steps: dict[tuple[str, ...], int] = {}
    for item in lines:
        _check_id(item, "style", findings)
        _check_id(item, "operation", findings)
        _check_count(item, "seq", findings)
        _check_key(item, ("style", "operation"), operations, findings)
        _check_key(item, ("style", "seq"), steps, findings)
        if not item.row["name"]:
            findings.add(item.number, "name", "empty; the dashboard shows it")
        for column, example in (("sam", "0.45"), ("rate", "1.20")):
            if not _DECIMAL.fullmatch(item.row[column]):
                findings.add(
                    item.number,
                    column,
                    f"{_shown(item.row[column])}: write a plain decimal with a point, "
                    f"such as {example}",
                )
    _check_not_empty(lines, findings)


def _check_bundles(
    lines: list[Line], findings: Findings, styles: Collection[str], site_lines: Collection[str]
) -> None:
    keys: dict[tuple[str, ...], int] = {}
    tags: dict[str, Line] = {}
    for item in lines:
        row = item.row
        _check_id(item, "bundle", findings)
        _check_key(item, ("bundle",), keys, findings)
        _check_count(item, "pieces", findings)
        if row["style"] not in styles:
            findings.add(
                item.number,
                "style",
                f"{_shown(row['style'])} has no operations; add it to operations.csv",
            )
        if row["line"] and row["line"] not in site_lines:
            findings.add(
                item.number,
                "line",
                f"{_shown(row['line'])} is not a line of the hub's settings file "
                f"({', '.join(sorted(site_lines))}); leave it empty for every line",
            )
        _check_tag(item, tags, findings)


def _check_tag(item: Line, tags: dict[str, Line], findings: Findings) -> None:
    """The optional column ``tag``: the tag that goes with the bundle, and with no other."""
    tag = item.row.get("tag", "").upper()
    if not tag:
        return
    item.row["tag"] = tag
    if not _TAG.fullmatch(tag):
        findings.add(
            item.number, "tag", f"{_shown(tag)}: write the EPC or UID as hex digits, two for a byte"
        )
    elif (other := tags.setdefault(tag, item)) is not item:
        findings.add(
            item.number,
            "tag",
            f"{tag} goes with bundle {_shown(other.row['bundle'])} in line {other.number} already",
        )


def _check_id(item: Line, column: str, findings: Findings) -> None:
    if not ID.fullmatch(item.row[column]):
        findings.add(
            item.number,
            column,
            f"{_shown(item.row[column])}: 1 to 32 letters, digits, - and _ (A-Z, a-z, 0-9)",
        )


def _check_count(item: Line, column: str, findings: Findings) -> None:
    text = item.row[column]
    if not _COUNT.fullmatch(text) or int(text) == 0:
        findings.add(item.number, column, f"{_shown(text)}: a whole number from 1 to 999999")
    else:
        item.row[column] = str(int(text))


def _check_key(
    item: Line, columns: tuple[str, ...], seen: dict[tuple[str, ...], int], findings: Findings
) -> None:
    key = tuple(item.row[column] for column in columns)
    first = seen.setdefault(key, item.number)
    if first != item.number:
        shown = ", ".join(f"{name} {_shown(item.row[name])}" for name in columns)
        findings.add(item.number, columns[-1], f"{shown} stands in line {first} already")


def _check_not_empty(lines: list[Line], findings: Findings) -> None:
    if not lines and not findings.mistakes:
        findings.add(None, "", "no rows; importing it would leave every station without any")


def _shown(text: str) -> str:
    return repr(text[:40])
