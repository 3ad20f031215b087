"""A 125 kHz badge reader that speaks the RDM6300 protocol: 9600 8N1, it talks only.

While a card lies in the field the module repeats one 14-byte frame about every 65 ms: STX, ten
upper-case hex digits, two hex digits with the XOR of the five bytes, ETX. It never says that
the card went away. (Source: Seeed "125Khz RFID module - UART"; arduino12/rdm6300.)
"""

from __future__ import annotations

import functools
import itertools
import operator
import random
import string
import time
from collections.abc import Callable, Sequence

from bartack_sim.devices.pty import Port
from bartack_sim.devices.repeating import Repeating
from bartack_sim.devices.wire import transmit
from bartack_sim.faults import CLEAN, LineFaults, power_up_garbage, strikes

STX = b"\x02"
ETX = b"\x03"
REPEAT_S = 0.065
EXAMPLES = ("62E3086CED", "01026F6C3A")
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


class Rdm6300(Repeating):
    """The module: repeats the frame of each card that lies in its field."""

    turn_s = REPEAT_S

    def frame(self, value: str) -> bytes:
        return frame(value)

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        """The two checksum digits say another value."""
        right = frame[11:13]
        wrong = right
        while wrong == right:
            wrong = b"%02X" % rng.randrange(256)
        return frame[:11] + wrong + frame[13:]

    def ghost(self, rng: random.Random) -> bytes:
        return frame(GHOST_BADGE)


device = Rdm6300


class BadgeReader:
    """The module on its port, played by the caller. ``pause`` waits seconds between frames."""

    def __init__(
        self,
        port: Port,
        faults: LineFaults = CLEAN,
        rng: random.Random | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.port = port
        self._device = Rdm6300()
        self._faults = faults
        self._rng = rng or random.Random()
        self._pause = pause

    def power_up(self) -> None:
        """What reaches the wire when the module gets power: nothing, or garbage."""
        if strikes(self._faults.power_up, self._rng):
            self.port.send(power_up_garbage(self._rng))

    def tap(self, badge: str, seconds: float = 0.5) -> None:
        """Hold ``badge`` to the reader for so long; at least one frame is sent."""
        self.tap_together((badge,), seconds)

    def tap_together(self, badges: Sequence[str], seconds: float) -> None:
        """Hold several badges to the reader at once, which reads them by turns."""
        turns = itertools.cycle([frame(badge) for badge in badges])
        for _, clean in zip(range(max(1, round(seconds / REPEAT_S))), turns, strict=False):
            transmit(self.port, self._device, clean, self._faults, self._rng, self._pause)
            self._pause(REPEAT_S)
