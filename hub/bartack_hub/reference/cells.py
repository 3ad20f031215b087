"""What one cell of a reference file may hold; each check says what is wrong and the way out.

The same texts hold at a station (``bartack.reference``), which refuses a whole table for one bad
cell, so that nothing is taken here that is refused there.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Final

from bartack.events import ID
from bartack_hub.reference.files import Findings, Line

_COUNT: Final = re.compile(r"[0-9]{1,6}")
_DECIMAL: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_FACTOR: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")

Keys = dict[tuple[str, ...], int]
"""The lines on which keys stand first."""


def check_id(item: Line, column: str, findings: Findings) -> None:
    if not ID.fullmatch(item.row[column]):
        findings.add(
            item.number,
            column,
            f"{shown(item.row[column])}: 1 to 32 letters, digits, - and _ (A-Z, a-z, 0-9)",
        )


def check_count(item: Line, column: str, findings: Findings) -> None:
    text = item.row[column]
    if not is_count(text):
        findings.add(item.number, column, f"{shown(text)}: a whole number from 1 to 999999")
    else:
        item.row[column] = str(int(text))


def is_count(text: str) -> bool:
    """Whether it is a whole number from 1 to 999999."""
    return _COUNT.fullmatch(text) is not None and int(text) > 0


def check_key(item: Line, columns: tuple[str, ...], seen: Keys, findings: Findings) -> None:
    key = tuple(item.row[column] for column in columns)
    first = seen.setdefault(key, item.number)
    if first != item.number:
        names = ", ".join(f"{name} {shown(item.row[name])}" for name in columns)
        findings.add(item.number, columns[-1], f"{names} stands in line {first} already")


def check_not_empty(lines: list[Line], findings: Findings) -> None:
    if not lines and not findings.mistakes:
        findings.add(None, "", "no rows; importing it would leave every station without any")


def check_optional_id(item: Line, column: str, findings: Findings) -> None:
    if item.row.get(column):
        check_id(item, column, findings)


def check_named(item: Line, findings: Findings) -> None:
    if not item.row["name"]:
        findings.add(item.number, "name", "empty; people are shown it")


def check_choice(
    item: Line, column: str, choices: Collection[str], findings: Findings, *, optional: bool
) -> None:
    """One of the choices, written in capitals or not; an optional column may be empty."""
    text = item.row.get(column, "").lower()
    if column in item.row:
        item.row[column] = text
    if text not in choices and (text or not optional):
        findings.add(item.number, column, f"{shown(text)}: one of {', '.join(choices)}")


def check_decimal(item: Line, column: str, example: str, findings: Findings) -> None:
    if not is_decimal(item.row[column]):
        findings.add(
            item.number,
            column,
            f"{shown(item.row[column])}: write a plain decimal with a point, such as {example}",
        )


def is_decimal(text: str) -> bool:
    """Whether it is a plain decimal that may be money or minutes."""
    return _DECIMAL.fullmatch(text) is not None


def check_factor(item: Line, column: str, findings: Findings) -> None:
    text = item.row[column]
    if not _FACTOR.fullmatch(text) or Decimal(text) < 1:
        findings.add(
            item.number, column, f"{shown(text)}: a plain decimal from 1 to 999.9999, such as 1.25"
        )


def check_percent(item: Line, column: str, findings: Findings) -> None:
    text = item.row.get(column, "")
    if text and not _PERCENT.fullmatch(text):
        findings.add(
            item.number, column, f"{shown(text)}: a plain decimal from 0 to 999.99, such as 85"
        )


def check_day(item: Line, column: str, findings: Findings) -> None:
    text = item.row[column]
    if not is_day(text):
        findings.add(item.number, column, f"{shown(text)}: a date such as 2026-01-31")


def is_day(text: str) -> bool:
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def clock_minutes(item: Line, column: str, text: str, findings: Findings) -> int | None:
    """Minutes since midnight of a time of day such as 08:00 or 8:00; None when it is none."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        findings.add(item.number, column, f"{shown(text)}: a time of day such as 08:00")
        return None
    return int(found[1]) * 60 + int(found[2])


def shown(text: str) -> str:
    return repr(text[:40])
