"""One 125 kHz badge, many numbers: the forms in which readers give an EM4100 id.

A badge has 40 bits: a version byte and 32 more. Readers send all of them, the lower 32 or the
lower 24, in hex or decimal; the same ten characters mean different badges in different forms, so
the form is set for each reader and never guessed. A read's value is what is known in upper-case
hex: 10, 8 or 6 digits.

The forms 3.5A and 3.5B are left out: they skip bits in the middle of the number, so that two
badges of one factory look the same.

Names and formulas of the forms: Proxmark3 ``cmdlfem410x.c`` and readers' documents.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, Protocol

from bartack_drivers.base import Read
from bartack_drivers.options import Option

SUCCESSION_MAX_S: Final = 3.0
"""Frames further apart than this do not confirm one another. Readers repeat within 1 s, and kernels
may hold half a frame back for 2 s."""


REVERSED: Final = "-reversed"
"""Ends the name of a form in which the bytes of the number come in the opposite order."""


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a badge's number.

    ``pattern``: the whole text, each part of the number a group of its own. ``base``: that of
    the digits. ``part_bits``: how many bits the last part stands for where there are two.
    ``known_bits``: how many of the badge's 40 bits the number holds, counted from the lowest.
    ``reversal``: what is turned round in the number.
    """

    pattern: re.Pattern[str]
    base: int
    known_bits: int
    part_bits: int = 0
    reversal: Literal["nothing", "bytes", "bits of each byte"] = "nothing"

    def parse(self, text: str) -> str | None:
        """What is known of the badge in upper-case hex; None where ``text`` is not of the form."""
        found = self.pattern.fullmatch(text)
        if found is None:
            return None
        *high, low = (int(part, self.base) for part in found.groups())
        if self.part_bits and low >= 1 << self.part_bits:
            return None
        number = low + sum(part << self.part_bits for part in high)
        if number >= 1 << self.known_bits:
            return None
        known = number.to_bytes(self.known_bits // 8, "big")
        if self.reversal == "bytes":
            known = known[::-1]
        elif self.reversal == "bits of each byte":
            known = bytes(int(f"{byte:08b}"[::-1], 2) for byte in known)
        return known.hex().upper()


def _hex(digits: int) -> Form:
    return Form(re.compile(f"([0-9A-Fa-f]{{{digits}}})"), 16, 4 * digits)


def _decimal(digits: str, known_bits: int) -> Form:
    return Form(re.compile(f"([0-9]{{{digits}}})"), 10, known_bits)


def _two_parts(digits: str, known_bits: int) -> Form:
    return Form(re.compile(rf"([0-9]{{{digits}}})[,.: -]([0-9]{{5}})"), 10, known_bits, 16)


_FORWARD: Final = MappingProxyType(
    {
        "10H": _hex(10),
        "8H": _hex(8),
        "6H": _hex(6),
        "8H10D": _decimal("10", 32),
        "10D-24": _decimal("10", 24),
        "DEZ8": _decimal("8", 24),
        "2H4H": _two_parts("3", 24),
        "4H4H": _two_parts("5", 32),
        "12D": _decimal("12,15", 40),
    }
)

FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        **_FORWARD,
        "IK3": replace(_decimal("15", 40), reversal="bits of each byte"),
        **{name + REVERSED: replace(form, reversal="bytes") for name, form in _FORWARD.items()},
    }
)
"""Every form by name: ``8H10D`` for ``0040856634``, ``2H4H`` for ``111,27706``."""


def parse_form(name: str, text: str) -> str | None:
    """What a text of the form ``name`` says of a badge: 10, 8 or 6 upper-case hex digits.

    None where it is not of that form. Raises ``KeyError`` for a form that there is not.
    """
    return FORMS[name].parse(text)


def badge_form_option() -> Option:
    """The option of readers that may send a badge's number as a line of text."""
    return Option(
        "badge_form",
        "text",
        "",
        "each line is a badge's number in this form; empty: each line is a label",
        choices=("", *FORMS),
    )


class TagFrame(Protocol):
    """A frame with a 40-bit id as ten upper-case hex digits."""

    @property
    def id(self) -> str: ...


class Confirmed:
    """The reads of frames that confirm one another.

    From the confirming frame on every further one is a read; how long a badge lies on the reader
    is for others to judge.
    """

    def __init__(self, confirm: int) -> None:
        """``confirm``: how many identical frames in succession make an id count, at least 1."""
        self._confirm = confirm
        self._id: str | None = None
        self._seen = 0
        self._seen_s = 0.0

    def __call__(self, frame: TagFrame, now_s: float) -> list[Read]:
        follows = frame.id == self._id and now_s - self._seen_s <= SUCCESSION_MAX_S
        self._seen = self._seen + 1 if follows else 1
        self._id, self._seen_s = frame.id, now_s
        return [Read("em4100", frame.id, now_s)] if self._seen >= self._confirm else []


def confirm_option(default: int) -> Option:
    """The option of readers whose checksum is weak."""
    return Option(
        "confirm",
        "integer",
        default,
        "identical frames in succession that make an id count; 1 for a reader that sends each "
        "badge once",
        least=1,
        most=10,
    )
