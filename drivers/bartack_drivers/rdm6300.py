"""Driver of 125 kHz EM4100 badge readers of the RDM6300 family.

The checksum is weak and the coil picks up noise, so an id counts only after the same frame came
twice in succession. From then on every further frame is a read; how long a badge lies on the
reader is for others to judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from bartack_drivers.base import Counters, Read
from bartack_drivers.codecs.rdm6300 import Rdm6300Codec
from bartack_drivers.links import SerialLink, SerialSource

SUCCESSION_MAX_S: Final = 2.0
"""Frames further apart than this do not confirm one another. Readers repeat within 1 s."""


class Rdm6300Decoder:
    """Frames that confirm one another, as reads."""

    def __init__(self, confirm: int = 2) -> None:
        """``confirm``: how many identical frames in succession make an id count, at least 1."""
        self._codec = Rdm6300Codec()
        self._confirm = confirm
        self._id: str | None = None
        self._seen = 0
        self._seen_s = 0.0

    @property
    def counters(self) -> Counters:
        return self._codec.counters

    def feed(self, data: bytes, now_s: float) -> list[Read]:
        reads = []
        for frame in self._codec.feed(data):
            follows = frame.id == self._id and now_s - self._seen_s <= SUCCESSION_MAX_S
            self._seen = self._seen + 1 if follows else 1
            self._id, self._seen_s = frame.id, now_s
            if self._seen >= self._confirm:
                reads.append(Read("em4100", frame.id, now_s))
        return reads

    def idle(self, now_s: float) -> list[Read]:
        return []


def open_reader(
    port: str, options: Mapping[str, object], clock: Callable[[], float]
) -> SerialSource:
    """Open the reader at a serial port. ``options`` are complete and checked."""
    decoder = Rdm6300Decoder(confirm=cast(int, options["confirm"]))
    return SerialSource(SerialLink(port, cast(int, options["baudrate"])), decoder, clock)
