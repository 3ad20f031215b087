"""Command cards: what stations act on beside badges and tickets, by subject. Pure.

A card's text is ``CMD-<COMMAND>`` or ``CMD-<COMMAND>-<argument>``, and a check character. Stations
know the form without being told (``COMMAND_CARDS`` of ``bartack.identify``), so nothing of it
stands in a station file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bartack.events import ID
from bartack.wire import Row, with_check_character
from bartack_hub.tickets.labels import Field, Label

PIECES_MAX: Final = 9_999
"""The largest number of pieces that a station takes."""

Tables = Mapping[str, Sequence[Row]]
"""Reference tables by name; one that is absent has no rows."""


class Unprintable(Exception):
    """No card can say this; the text names what, why, and the way out."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card. ``command`` in capitals, as it is printed; ``then``: what is shown after it.

    ``argument`` is None where the command has none.
    """

    command: str
    argument: str | None
    title: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The numbers of pieces that are printed, from ``first`` to ``last``."""

    first: int = 1
    last: int = 24


def card_labels(subjects: Iterable[str], pieces: Pieces, tables: Tables) -> Iterator[Label]:
    """The cards of ``subjects`` (names of ``SUBJECTS``), in that order. Raises ``Unprintable``."""
    for subject in subjects:
        for card in SUBJECTS[subject](pieces, tables):
            yield _label(subject, card)


def _label(subject: str, card: Card) -> Label:
    name = f"CMD-{card.command}"
    if card.argument is not None:
        if not ID.fullmatch(card.argument):
            raise Unprintable(
                f"card {name}: {card.argument[:64]!r} cannot stand on a card: 1 to 32 letters, "
                "digits, - and _ can; change it in the reference data and import that again"
            )
        name += f"-{card.argument}"
    lines = (
        (Field("title", "", card.title),),
        (Field("then", "then", card.then),),
        (Field("subject", "sheet", subject),),
    )
    return Label("command", name, with_check_character(name), lines)


def _work(_: Pieces, __: Tables) -> Iterator[Card]:
    yield Card("UNDO", None, "Undo my last work")
    yield Card("SPLIT", None, "Split bundle", "pieces, ticket")
    yield Card("SHARED", None, "Shared work", "partner's badge, ticket")
    yield Card("DISPUTE", None, "I do not agree")
    yield Card("CANCEL", None, "Cancel")
    yield Card("SIGN-OUT", None, "Sign out")


def _pieces(pieces: Pieces, _: Tables) -> Iterator[Card]:
    for number in range(pieces.first, pieces.last + 1):
        yield Card("PIECES", str(number), f"{number} pieces" if number != 1 else "1 piece")


def _quality(_: Pieces, tables: Tables) -> Iterator[Card]:
    yield Card("DEFECT", None, "Defect", "ticket, fault, pieces, whose")
    yield Card("REPAIR", None, "Repaired", "ticket")
    for code, name in _named(tables.get("faults", ()), "code"):
        yield Card("FAULT", code, f"Fault {code}: {name}" if name else f"Fault {code}")
    for owner, title in OWNERS.items():
        yield Card("OWNER", owner, title)


def _off_standard(_: Pieces, tables: Tables) -> Iterator[Card]:
    yield Card("OFF-START", None, "Off standard", "reason")
    yield Card("OFF-END", None, "Back to work")
    for code, name in _named(tables.get("reasons", ()), "code"):
        yield Card("REASON", code, f"{code}: {name}" if name else code)


def _help(_: Pieces, __: Tables) -> Iterator[Card]:
    for kind in HELPERS:
        yield Card("HELP", kind, f"Call: {kind}")
    yield Card("HELP-ANSWER", None, "Help came")


def _operations(_: Pieces, tables: Tables) -> Iterator[Card]:
    for code, name in _named(tables.get("operations", ()), "operation"):
        yield Card("OPERATION", code, f"{code}: {name}" if name else code)


def _supervisor(_: Pieces, __: Tables) -> Iterator[Card]:
    yield Card("APPROVE", None, "Approve time", "supervisor's badge")
    yield Card("REJECT", None, "Reject time", "supervisor's badge")
    yield Card("CORRECT", None, "Correct work", "supervisor's badge, ticket, pieces, reason")
    yield Card("PIECES", "0", "0 pieces: not done at all")
    for reason, title in CORRECTIONS.items():
        yield Card("REASON", reason, title)


OWNERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "operator": "Fault of this operation",
        "previous": "Fault of an earlier operation",
        "cutting": "Fault of cutting",
        "machine": "Fault of the machine",
    }
)
"""Whose fault it was, as stations know it."""

HELPERS: Final = ("mechanic", "quality", "supervisor")
"""Who can be called."""

CORRECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "miscount": "Because: counted wrong",
        "wrong_bundle": "Because: wrong bundle",
        "wrong_operation": "Because: wrong operation",
        "not_scanned": "Because: was not scanned",
        "other": "Because: something else",
    }
)
"""Why work is corrected; a station takes any code, these are those of its screen."""

SUBJECTS: Final[Mapping[str, Callable[[Pieces, Tables], Iterator[Card]]]] = MappingProxyType(
    {
        "work": _work,
        "pieces": _pieces,
        "quality": _quality,
        "off-standard": _off_standard,
        "help": _help,
        "operations": _operations,
        "supervisor": _supervisor,
    }
)
"""What belongs together at a station, in the order in which it is printed."""

TABLES: Final[Mapping[str, str]] = MappingProxyType(
    {"quality": "faults", "off-standard": "reasons", "operations": "operations"}
)
"""The reference table that a subject takes cards from."""


def _named(rows: Iterable[Row], column: str) -> Iterator[tuple[str, str]]:
    """Each code once, with its name; without where styles name it differently."""
    names: dict[str, set[str]] = {}
    for row in rows:
        names.setdefault(row[column], set()).add(row["name"])
    for code, found in names.items():
        yield code, min(found) if len(found) == 1 else ""
