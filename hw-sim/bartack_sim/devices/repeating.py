"""What is the same in badge readers that repeat a card's frame while it lies in the field."""

from __future__ import annotations

from bartack_sim.devices.device import Talker


class Repeating(Talker):
    """A reader that never says that a card went away. ``turn_s`` is how often it repeats."""

    def __init__(self) -> None:
        self._frames: dict[str, bytes] = {}

    def frame(self, value: str) -> bytes:
        """The bytes that the reader sends for a card. Raises ``ValueError`` for what is none."""
        raise NotImplementedError

    def place(self, value: str) -> None:
        self._frames[value] = self.frame(value)

    def remove(self, value: str) -> None:
        del self._frames[value]

    def turn(self, now_s: float) -> list[bytes]:
        return list(self._frames.values())
