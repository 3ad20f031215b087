"""Cells and rows of reference tables: what each kind of text may look like.

Whatever comes over the wire is hostile. A number is short ASCII digits with at most one point, so
that no exponent, sign, NaN or foreign digit becomes money.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date, time
from decimal import Decimal
from typing import Final, TypeVar

from bartack.events import ID
from bartack.wire import ReferenceTable, Row

TEXT_MAX_CHARS: Final = 400

_COUNT: Final = re.compile(r"[0-9]{1,6}")
_MONEY: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_FACTOR: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,4})?")
_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_ODD: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, half surrogates and line separators."""

_T = TypeVar("_T")


class InvalidReferenceError(ValueError):
    """A reference table that does not hold; the text names table, row and column."""


def each(table: ReferenceTable, read: Callable[[Row], _T]) -> Iterator[_T]:
    """Every row as a value. Raises ``InvalidReferenceError`` with the number of the row."""
    for number, row in enumerate(table.rows, start=1):
        try:
            yield read(row)
        except InvalidReferenceError as error:
            raise InvalidReferenceError(f"{table.name} row {number}: {error}") from error
        except KeyError as error:
            column = error.args[0]
            raise InvalidReferenceError(f"{table.name} row {number}: {column}: missing") from error


_Key = TypeVar("_Key", bound=Hashable)


def once(table: ReferenceTable, columns: str, keyed: Iterable[tuple[_Key, _T]]) -> dict[_Key, _T]:
    """Values by a key that stands in one row only; ``columns`` names it in the error."""
    values: dict[_Key, _T] = {}
    for number, (key, value) in enumerate(keyed, start=1):
        if values.setdefault(key, value) is not value:
            raise InvalidReferenceError(f"{table.name} row {number}: {columns}: stands twice")
    return values


def text_of(row: Row, column: str) -> str:
    """Text to show, of any script; empty when the column is missing."""
    text = row.get(column, "")
    if text.isascii() and text.isprintable() and len(text) <= TEXT_MAX_CHARS:
        return text
    if len(text) > TEXT_MAX_CHARS or any(unicodedata.category(char) in _ODD for char in text):
        raise _wrong(column, text, "is too long or holds a control character")
    return text


def id_of(row: Row, column: str) -> str:
    text = row[column]
    if not ID.fullmatch(text):
        raise _wrong(column, text, "is not an id")
    return text


def id_or_empty_of(row: Row, column: str) -> str:
    return id_of(row, column) if row.get(column) else ""


def choice_of(row: Row, column: str, choices: tuple[_T, ...], default: _T | None = None) -> _T:
    """One of the choices; the default when the column is missing or empty and there is one."""
    text = row.get(column, "") if default is not None else row[column]
    if not text and default is not None:
        return default
    for choice in choices:
        if text == choice:
            return choice
    raise _wrong(column, text, "is not " + " or ".join(map(str, choices)))


def count_of(row: Row, column: str) -> int:
    """A whole number from 1 to 999999."""
    text = row[column]
    if not _COUNT.fullmatch(text) or int(text) == 0:
        raise _wrong(column, text, "is not a whole number from 1 to 999999")
    return int(text)


def count_or_none_of(row: Row, column: str) -> int | None:
    return count_of(row, column) if row.get(column) else None


def money_of(row: Row, column: str) -> Decimal:
    """Money or minutes: a decimal of nine digits before the point and six behind it at most."""
    return money(column, row[column])


def money(column: str, text: str) -> Decimal:
    if not _MONEY.fullmatch(text):
        raise _wrong(column, text, "is not a plain decimal from 0")
    return Decimal(text)


def factor_of(row: Row, column: str) -> Decimal:
    """A decimal from 1 to 999.9999."""
    text = row[column]
    if not _FACTOR.fullmatch(text) or Decimal(text) < 1:
        raise _wrong(column, text, "is not a plain decimal from 1 to 999.9999")
    return Decimal(text)


def percent_or_none_of(row: Row, column: str) -> Decimal | None:
    text = row.get(column, "")
    if text and not _PERCENT.fullmatch(text):
        raise _wrong(column, text, "is not a plain decimal from 0 to 999.99")
    return Decimal(text) if text else None


def day_of(row: Row, column: str) -> date:
    text = row[column]
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # such as the 30th of February: refused below like any other text
    raise _wrong(column, text, "is not a date such as 2026-01-31")


def day_or_none_of(row: Row, column: str) -> date | None:
    return day_of(row, column) if row.get(column) else None


def clock_of(row: Row, column: str) -> time:
    return _clock(column, row[column])


def clocks_of(row: Row, column: str) -> tuple[time, ...]:
    """Times of day with ``;`` between them; none when the column is missing or empty."""
    texts = row.get(column, "")
    return tuple(_clock(column, text) for text in texts.split(";")) if texts else ()


def _clock(column: str, text: str) -> time:
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise _wrong(column, text, "is not a time of day such as 08:00")
    return time(int(found[1]), int(found[2]))


def _wrong(column: str, text: str, what: str) -> InvalidReferenceError:
    return InvalidReferenceError(f"{column}: {text[:40]!r} {what}")
