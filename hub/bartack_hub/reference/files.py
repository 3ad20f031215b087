"""Rows of text from the bytes of a CSV file, every mistake with its line.

A spreadsheet wrote it, so it may be anything: text is normalised, cells with odd characters and
rows with too few cells are mistakes. Columns beyond the required ones are kept.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bartack.settings import Mistake
from bartack.wire import Row

ROWS_MAX: Final = 1_000_000
CELL_MAX_CHARS: Final = 200
COLUMNS_MAX: Final = 64
FILE_MAX_BYTES: Final = 256 * 1024 * 1024

_COLUMN = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, slots=True)
class Source:
    """One CSV file as it was read."""

    file: Path
    data: bytes

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it, not even a header."""
        return not self.data.removeprefix(b"\xef\xbb\xbf").strip()


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


def lines_of(data: bytes, required: tuple[str, ...], findings: Findings) -> Iterator[Line]:
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
