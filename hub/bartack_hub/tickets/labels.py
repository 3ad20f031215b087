"""What stands on a label: its text for the reader and its lines for the eye. Pure.

Rows are those of the reference tables (see ``bartack_hub.reference``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bartack.wire import Row, with_check_character

LabelKind = Literal["bundle", "badge", "command"]

_NUMBER = re.compile(r"(?:[0-9A-F]{2}){3,5}|[0-9A-F]{14}|(?:[0-9A-F]{4}){4,31}")
"""What stands for an RFID number: 24, 32 or 40 bits of a 125 kHz badge, a UID, an EPC."""

_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing for the eye. ``name`` is its column; ``caption`` is printed small before it."""

    name: str
    caption: str
    value: str


@dataclass(frozen=True, slots=True)
class Label:
    """One label. ``text`` is in the QR code and the bars; ``lines`` stand above, largest first."""

    kind: LabelKind
    name: str
    text: str
    lines: tuple[tuple[Field, ...], ...]


class NotFound(Exception):
    """What was asked for is not in the reference data; the text says what, and what to do."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which bundles. Empty means any; ``first`` and ``last`` belong to the range."""

    orders: tuple[str, ...] = ()
    first: str = ""
    last: str = ""


def chosen_bundles(bundles: Iterable[Row], choice: Choice) -> list[Row]:
    """The bundles of a choice, numbers in the order of numbers. Raises ``NotFound``."""
    rows = sorted(bundles, key=lambda row: _counted(row["bundle"]))
    known = {row["order"] for row in rows}
    if unknown := [order for order in choice.orders if order not in known]:
        raise NotFound(f"order {', '.join(unknown)}: no bundle of it was imported")
    found = [
        row
        for row in rows
        if (not choice.orders or row["order"] in choice.orders)
        and (not choice.first or _counted(row["bundle"]) >= _counted(choice.first))
        and (not choice.last or _counted(row["bundle"]) <= _counted(choice.last))
    ]
    if not found:
        shown = f"; there are {rows[0]['bundle']} to {rows[-1]['bundle']}" if rows else ""
        raise NotFound(f"no bundle fits the choice{shown}")
    return found


def bundle_labels(
    bundles: Iterable[Row], operations: Iterable[Row] | None = None
) -> Iterator[Label]:
    """Tickets of bundles: one each, or where ``operations`` are given one for each of the style."""
    routes = None if operations is None else routes_of(operations)
    for bundle in bundles:
        for step in [None] if routes is None else routes.get(bundle["style"], []):
            yield ticket(bundle, step)


def routes_of(operations: Iterable[Row]) -> dict[str, list[Row]]:
    """The operations of each style, in their order."""
    routes: dict[str, list[Row]] = {}
    for row in operations:
        routes.setdefault(row["style"], []).append(row)
    return routes


def ticket(bundle: Row, operation: Row | None = None) -> Label:
    """The ticket of a bundle, or of one operation on it."""
    lines = [
        (Field("bundle", "", bundle["bundle"]), Field("pieces", "Pieces", bundle["pieces"])),
        (Field("order", "Order", bundle["order"]), Field("style", "Style", bundle["style"])),
        (Field("size", "Size", bundle["size"]), Field("colour", "Colour", bundle["colour"])),
    ]
    if operation is not None:
        lines.append(
            (
                Field("operation", "", operation["operation"]),
                Field("operation name", "", operation["name"]),
            )
        )
    name = ticket_name(bundle, operation)
    return Label("bundle", name, with_check_character(name), tuple(lines))


def ticket_name(bundle: Row, operation: Row | None) -> str:
    """A ticket's text without its check character."""
    return f"{bundle['bundle']}-{operation['operation']}" if operation else bundle["bundle"]


def is_number(badge: str) -> bool:
    """Whether a badge of an operator is an RFID number, as far as its text tells."""
    return _NUMBER.fullmatch(badge) is not None


@dataclass(frozen=True, slots=True)
class BadgeLabels:
    """The badges to print, and the operators who have none that could be printed."""

    labels: tuple[Label, ...]
    unprintable: tuple[str, ...]


def badge_labels(operators: Iterable[Row], chosen: Sequence[str] = ()) -> BadgeLabels:
    """A label for every label text among the operators' badges. Raises ``NotFound``."""
    rows = {row["operator"]: row for row in operators}
    if unknown := [operator for operator in chosen if operator not in rows]:
        raise NotFound(f"operator {', '.join(unknown)}: not imported")
    labels: list[Label] = []
    unprintable = []
    for operator in dict.fromkeys(chosen or rows):
        row = rows[operator]
        texts = [it for it in row["badges"].split(";") if it and not is_number(it.upper())]
        labels += [_badge(row, text) for text in texts]
        if not texts:
            unprintable.append(operator)
    return BadgeLabels(tuple(labels), tuple(unprintable))


def _badge(operator: Row, text: str) -> Label:
    lines = (
        (Field("name", "", operator["name"]),),
        (Field("operator", "", operator["operator"]),),
    )
    return Label("badge", text, with_check_character(text), lines)


def _counted(text: str) -> list[tuple[int, str]]:
    """A sort key in which B9 comes before B10."""
    return [
        (int(part), "") if at % 2 else (-1, part) for at, part in enumerate(_DIGITS.split(text))
    ]
