"""Reference data as a station needs it: who owns a badge, what a bundle is, what work pays.

The hub sends three tables of text; here they become values. A table that does not hold is refused
whole and the old one stays, because half a table would refuse honest work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from immutables import Map

from bartack.badges import Badges, Operator, badges_of
from bartack.events import ID
from bartack.wire import ReferenceTable, Row


class InvalidReferenceError(ValueError):
    """A reference table that does not hold; the text names table, row and column."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a style's route. ``sam`` in minutes, ``rate`` in money per piece."""

    style: str
    operation: str
    seq: int
    sam: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle of cut pieces that belong to one style; ``line`` is empty when any line may sew."""

    bundle: str
    style: str
    pieces: int
    line: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What the station knows from the hub. ``versions`` names the version of each table."""

    badges: Badges = field(default_factory=Badges)
    operations: Mapping[tuple[str, str], Operation] = field(default_factory=Map)
    """By style and operation."""
    bundles: Mapping[str, Bundle] = field(default_factory=Map)
    tags: Mapping[str, Bundle] = field(default_factory=Map)
    """Bundles by the tag that goes with them, in upper-case hex."""
    versions: Mapping[str, tuple[int, str]] = field(default_factory=Map)
    """Version and SHA-256 by table."""

    def version(self, table: str) -> int:
        return self.versions.get(table, (0, ""))[0]

    def has(self, table: ReferenceTable) -> bool:
        return self.versions.get(table.name) == (table.version, table.sha256)


def with_table(reference: Reference, table: ReferenceTable) -> Reference:
    """The reference with one table exchanged as a whole. Raises ``InvalidReferenceError``."""
    versions = Map({**reference.versions, table.name: (table.version, table.sha256)})
    match table.name:
        case "operators":
            return replace(reference, badges=_badges(table), versions=versions)
        case "operations":
            operations = {(item.style, item.operation): item for item in _rows(table, _operation)}
            return replace(reference, operations=Map(operations), versions=versions)
        case "bundles":
            bundles = Map({item.bundle: item for item in _rows(table, _bundle)})
            tags = _tags(table, bundles)
            return replace(reference, bundles=bundles, tags=tags, versions=versions)
        case name:
            raise InvalidReferenceError(f"{name}: no such table")


_T = TypeVar("_T")


def _rows(table: ReferenceTable, read: Callable[[Row], _T]) -> Iterable[_T]:
    for number, row in enumerate(table.rows, start=1):
        try:
            yield read(row)
        except (InvalidReferenceError, KeyError) as error:
            raise InvalidReferenceError(f"{table.name} row {number}: {error}") from error


def _badges(table: ReferenceTable) -> Badges:
    owners: dict[str, Operator] = {}

    def read(row: Row) -> None:
        operator = Operator(_id(row, "operator"), row["name"], row.get("language", "en"))
        for badge in filter(None, row["badges"].split(";")):
            if owners.setdefault(badge.upper(), operator) != operator:
                raise InvalidReferenceError(f"badge {badge} belongs to two operators")

    for _ in _rows(table, read):
        pass
    return badges_of(owners.items())


def _tags(table: ReferenceTable, bundles: Mapping[str, Bundle]) -> Map[str, Bundle]:
    """Bundles by their tag, from the optional column ``tag``."""
    tags: dict[str, Bundle] = {}
    for row in table.rows:
        tag = row.get("tag", "").upper()
        bundle = bundles[row["bundle"]]
        if tag and tags.setdefault(tag, bundle) != bundle:
            raise InvalidReferenceError(f"tag {tag[:64]} goes with two bundles")
    return Map(tags)


def _operation(row: Row) -> Operation:
    return Operation(
        style=_id(row, "style"),
        operation=_id(row, "operation"),
        seq=_count(row, "seq"),
        sam=_decimal(row, "sam"),
        rate=_decimal(row, "rate"),
    )


def _bundle(row: Row) -> Bundle:
    return Bundle(_id(row, "bundle"), _id(row, "style"), _count(row, "pieces"), row["line"])


def _id(row: Row, column: str) -> str:
    if not ID.fullmatch(row[column]):
        raise InvalidReferenceError(f"{column}: {row[column][:40]!r} is not an id")
    return row[column]


def _count(row: Row, column: str) -> int:
    text = row[column]
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise InvalidReferenceError(f"{column}: {text[:40]!r} is not a whole number from 1")
    return int(text)


def _decimal(row: Row, column: str) -> Decimal:
    try:
        value = Decimal(row[column])
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0 or len(row[column]) > 20:
        raise InvalidReferenceError(f"{column}: {row[column][:40]!r} is not a decimal from 0")
    return value
