"""A 125 kHz badge reader that speaks the RDM6300 protocol: 9600 8N1, it talks only.

While a card lies in the field the module repeats one 14-byte frame about every 65 ms: STX, ten
upper-case hex digits, two hex digits with the XOR of the five bytes, ETX. It never says that
the card went away. (Source: Seeed "125Khz RFID module - UART"; arduino12/rdm6300.)
"""

from __future__ import annotations

import functools
import operator
import random
import string
import time
from collections.abc import Callable

from bartack_sim.devices.pty import Port
from bartack_sim.faults import CLEAN, LineFaults, burst, power_up_garbage, strikes, wrong_checksum

STX = b"\x02"
ETX = b"\x03"
REPEAT_S = 0.065
GHOST_BADGE = "0000000000"
"""What coil noise reads as: its checksum is right, and no card has it."""


def frame(badge: str) -> bytes:
    """The 14 bytes that the module sends for a badge of ten hex digits.

    Raises ``ValueError`` for anything else.
    """
    if len(badge) != 10 or not set(badge) <= set(string.hexdigits):
        raise ValueError(f"badge {badge!r}: ten hex digits are needed, such as 62E3086CED")
    digits = badge.upper()
    checksum = functools.reduce(operator.xor, bytes.fromhex(digits))
    return STX + f"{digits}{checksum:02X}".encode("ascii") + ETX


class BadgeReader:
    """The module on its port. ``pause`` waits the given seconds between frames."""

    def __init__(
        self,
        port: Port,
        faults: LineFaults = CLEAN,
        rng: random.Random | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.port = port
        self._faults = faults
        self._rng = rng or random.Random()
        self._pause = pause

    def power_up(self) -> None:
        """What reaches the wire when the module gets power: nothing, or garbage."""
        if strikes(self._faults.power_up, self._rng):
            self.port.send(power_up_garbage(self._rng))

    def tap(self, badge: str, seconds: float = 0.5) -> None:
        """Hold ``badge`` to the reader for so long; at least one frame is sent."""
        clean = frame(badge)
        for _ in range(max(1, round(seconds / REPEAT_S))):
            self._send(clean)
            self._pause(REPEAT_S)

    def _send(self, clean: bytes) -> None:
        if strikes(self._faults.ghost, self._rng):
            self.port.send(frame(GHOST_BADGE))
        data = clean
        if strikes(self._faults.wrong_checksum, self._rng):
            data = wrong_checksum(clean, self._rng)
        for chunk in burst(data, self._faults, self._rng):
            self.port.send(chunk)
            self._pause(0.002)
