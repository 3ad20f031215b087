"""A display on a bus: packets of a program in, each with the time that a real bus would take."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from typing import Final

from bartack_sim.panel.display import BIT_S, Display

SIZES: Final = {"16x2": (16, 2), "20x4": (20, 4)}
WRITE: Final = 0


class BusPanel:
    """Answers as the kernel does: after the bytes were on the wires, ENXIO where nobody listens."""

    def __init__(
        self,
        display: Display,
        address: int,
        on_change: Callable[[float], None] = lambda _: None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """``on_change`` is told the monotonic time at which the visible rows became others."""
        self.display = display
        self._first_byte = address << 1 | WRITE
        self._on_change = on_change
        self._pause = pause

    def receive(self, packet: bytes, at_s: float) -> int:
        self._pause(len(packet) * 9 * BIT_S)
        if not packet or packet[0] != self._first_byte:
            return errno.ENXIO
        before = self.display.rows()
        self.display.receive(packet[1:], at_s + 9 * BIT_S)
        if self.display.rows() != before:
            self._on_change(at_s + len(packet) * 9 * BIT_S)
        return 0

    def release(self) -> None:
        """A display goes on showing what it showed."""
