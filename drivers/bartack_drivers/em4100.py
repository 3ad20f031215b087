"""One 125 kHz badge, many numbers: the forms in which readers give an EM4100 id.

A badge has 40 bits: a version byte and 32 more. Readers send all of them, the lower 32 or the
lower 24, in hex or decimal; the same ten characters mean different badges in different forms, so
the form is set for each reader and never guessed. A read's value is what is known in upper-case
hex: 10, 8 or 6 digits.

Names of the forms: Proxmark3 ``cmdlfem410x.c`` and readers' documents.
"""

from __future__ import annotations

from typing import Final, Protocol

from bartack_drivers.base import Read
from bartack_drivers.options import Option

SUCCESSION_MAX_S: Final = 2.0
"""Frames further apart than this do not confirm one another. Readers repeat within 1 s."""


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
