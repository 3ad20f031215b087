r"""How stations are to read the printed labels: tables ``[[code]]`` for the station file. Pure.

The pattern comes from the ids that exist: letters stay, digits become ``\d+``. It is tried on every
label that could be printed, so that no ticket is ever taken for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bartack.wire import Row, with_check_character
from bartack_hub.tickets.labels import Label, routes_of, ticket_name

CHECK: Final = "iso7064_mod37_36"
SHAPES_MAX: Final = 12
"""With more forms of ids than this letters are generalised as well."""

_ENDING: Final = "-[0-9A-Z]"
_DIGITS = re.compile(r"[0-9]+")
_LETTERS = re.compile(r"[A-Za-z]+")


class Ambiguous(Exception):
    """A label would be taken for another one; the text names it and says what to do."""


def bundle_code(bundles: Sequence[Row], operations: Sequence[Row]) -> str:
    """The table for every ticket that could be printed. Raises ``Ambiguous``."""
    bundle_ids = shape({row["bundle"] for row in bundles})
    operation_ids = shape({row["operation"] for row in operations})
    pattern = f"^(?P<bundle>{bundle_ids})"
    if operation_ids:
        pattern += f"(?:-(?P<operation>{operation_ids}))?"
    pattern += f"{_ENDING}$"
    compiled = re.compile(pattern)
    for name, meant in _tickets(bundles, operations):
        found = compiled.fullmatch(with_check_character(name))
        groups = found.groupdict() if found else {}
        read = (groups.get("bundle") or "", groups.get("operation") or "")
        if read != meant:
            raise Ambiguous(
                f"label {name}: would be read as bundle {read[0]!r}, operation {read[1]!r}; "
                "bundles and operations whose ids can be told apart are needed, "
                "such as B000123 and OP310"
            )
    return _table("bundle", pattern)


def _tickets(
    bundles: Iterable[Row], operations: Iterable[Row]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """The name of every ticket, with the bundle and the operation ("": none) that it means."""
    routes = routes_of(operations)
    for bundle in bundles:
        for step in (None, *routes.get(bundle["style"], ())):
            meant = (bundle["bundle"], step["operation"] if step else "")
            yield ticket_name(bundle, step), meant


def badge_code(labels: Iterable[Label]) -> str:
    """The table for badges. Raises ``Ambiguous``."""
    badges = {label.name: label.text for label in labels}
    pattern = f"^(?P<badge>{shape(set(badges))}){_ENDING}$"
    compiled = re.compile(pattern)
    for badge, text in badges.items():
        found = compiled.fullmatch(text)
        if found is None or found["badge"] != badge:
            raise Ambiguous(f"badge {badge}: cannot be told apart; give it a text such as E1044")
    return _table("badge", pattern)


def shape(ids: set[str]) -> str:
    """A regular expression that fits all of ``ids`` and their like; nothing for none."""
    shapes = {_digits_freed(re.escape(it)) for it in ids}
    if len(shapes) > SHAPES_MAX:
        shapes = {_digits_freed(_LETTERS.sub("[A-Za-z]+", re.escape(it))) for it in ids}
    if len(shapes) > SHAPES_MAX:
        return r"[!-~]+?"
    # The longest first: alternatives are tried in their order.
    return "|".join(sorted(shapes, key=lambda text: (-len(text), text)))


def _digits_freed(pattern: str) -> str:
    return _DIGITS.sub(r"\\d+", pattern).replace(r"\-", "-")


def _table(kind: str, pattern: str) -> str:
    # A quote cannot stand in the quotes of TOML that leave backslashes alone.
    quoted = pattern.replace("'", r"\x27")
    return f'[[code]]\nkind = "{kind}"\npattern = \'{quoted}\'\ncheck = "{CHECK}"\n'
