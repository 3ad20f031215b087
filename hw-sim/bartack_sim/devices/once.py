"""What is the same in badge readers that send a card once, when it comes into the field."""

from __future__ import annotations

import random

from bartack_sim.devices.device import Talker


class Once(Talker):
    """A reader that says nothing more of a card that stays."""

    turn_s = 0.02

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def frame(self, value: str) -> bytes:
        """The bytes that the reader sends for a card. Raises ``ValueError`` for what is none."""
        raise NotImplementedError

    def power_up(self) -> list[bytes]:
        self._waiting.clear()
        return []

    def place(self, value: str) -> None:
        self._waiting.append(self.frame(value))

    def remove(self, value: str) -> None:
        """It was sent when it was placed."""

    def turn(self, now_s: float) -> list[bytes]:
        waiting, self._waiting = self._waiting, []
        return waiting


def other_digits(frame: bytes, at: int, rng: random.Random) -> bytes:
    """``frame`` with two other hex digits at ``at``."""
    right = int(frame[at : at + 2], 16)
    return frame[:at] + b"%02X" % (right ^ rng.randint(1, 255)) + frame[at + 2 :]
