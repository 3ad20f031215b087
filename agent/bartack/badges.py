"""Who owns which badge, whatever number of it a reader shows. Pure.

A 125 kHz badge has 40 bits; some readers give all of them, some the lower 32, some the lower 24.
Two numbers are one badge when they agree in all the bits that both have. With only 24 of them
different badges may agree, so then the badge must be the only one; if it is not, nobody is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from immutables import Map

from bartack_drivers.base import Medium

_NUMBER: Final = re.compile(r"[0-9A-F]{6}|[0-9A-F]{8}|[0-9A-F]{10}")
_SHARED_BITS: Final = 24

Role = Literal["operator", "supervisor", "clerk", "mechanic"]
ROLES: Final[tuple[Role, ...]] = ("operator", "supervisor", "clerk", "mechanic")


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody with a badge; ``language`` is for what the station says to them.

    ``curve`` is the learning curve that they follow since ``started``; empty for none.
    """

    operator: str
    name: str
    language: str
    role: Role = "operator"
    curve: str = ""
    started: date | None = None


@dataclass(frozen=True, slots=True)
class AmbiguousBadge:
    """A number that belongs to badges of several operators."""

    operators: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Badges:
    """The badges of a factory."""

    by_text: Map[str, Operator] = field(default_factory=Map)
    """Upper case, as registered."""
    by_low_bits: Map[int, tuple[str, ...]] = field(default_factory=Map)
    """Registered 125 kHz numbers by their lowest 24 bits."""

    def owner(self, medium: Medium, value: str) -> Operator | AmbiguousBadge | None:
        """Whose badge this is, as a reader of ``medium`` gave it; None when nobody's."""
        value = value.upper()
        if medium != "em4100" or not _NUMBER.fullmatch(value):
            return self.by_text.get(value)
        same = self._same(value)
        owners = {self.by_text[number].operator: self.by_text[number] for number in same}
        if len(owners) > 1:
            return AmbiguousBadge(tuple(sorted(owners)))
        return next(iter(owners.values()), None)

    def _same(self, value: str) -> list[str]:
        """The registered numbers that may be this badge, by the best agreement there is."""
        near = self.by_low_bits.get(_low(value, _SHARED_BITS), ())
        agreeing: dict[int, list[str]] = {}
        for number in near:
            bits = 4 * min(len(number), len(value))
            if _low(number, bits) == _low(value, bits):
                agreeing.setdefault(bits, []).append(number)
        return agreeing[max(agreeing)] if agreeing else []


def badges_of(owned: Iterable[tuple[str, Operator]]) -> Badges:
    """The badges from pairs of a registered text and its owner."""
    by_text = {text.upper(): owner for text, owner in owned}
    by_low_bits: dict[int, tuple[str, ...]] = {}
    for text in by_text:
        if _NUMBER.fullmatch(text):
            low = _low(text, _SHARED_BITS)
            by_low_bits[low] = (*by_low_bits.get(low, ()), text)
    return Badges(Map(by_text), Map(by_low_bits))


def _low(number: str, bits: int) -> int:
    return int(number, 16) & ((1 << bits) - 1)
