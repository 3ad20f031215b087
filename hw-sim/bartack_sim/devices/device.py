"""What a simulated reader does, without its wire: the host's bytes in, its own bytes out.

Each module here that simulates a driver's device has a function ``device`` that makes one, and
``EXAMPLES``: values that it can be shown, written as the driver reports them.
"""

from __future__ import annotations

import random
from typing import Protocol


class Device(Protocol):
    """A reader with power. ``now_s`` is monotonic time in seconds.

    Everything it says is a list of frames, each as one ``bytes``, so that a fault can strike one.
    """

    turn_s: float
    """How often it does something of its own accord."""

    def power_up(self) -> list[bytes]:
        """Power comes: forget what power keeps, and say what the device says then."""

    def place(self, value: str) -> None:
        """A tag comes into the field, a label before the scanner.

        Raises ``ValueError`` for what this device cannot read.
        """

    def remove(self, value: str) -> None:
        """It is gone again."""

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        """The host sent ``data``, which may be a part of a command or several."""

    def turn(self, now_s: float) -> list[bytes]:
        """``turn_s`` went by."""

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        """The same frame with a checksum that is wrong; unchanged where it has none."""

    def ghost(self, rng: random.Random) -> bytes:
        """A frame that is right in all its bytes and reports what is not there; or nothing."""


class Talker:
    """What is the same in all readers that only talk. They hear nothing, and keep nothing."""

    def power_up(self) -> list[bytes]:
        return []

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        return []

    def ghost(self, rng: random.Random) -> bytes:
        return b""
