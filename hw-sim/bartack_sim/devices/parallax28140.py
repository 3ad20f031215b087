"""A 125 kHz badge reader Parallax 28140: 2400 8N1, it talks only.

While a card lies in the field it repeats LF, ten upper-case hex digits, CR: 50 ms at this rate,
and a pause. There is no checksum. (Source: Parallax #28140 data sheet.)
"""

from __future__ import annotations

import random
import string

from bartack_sim.devices.repeating import Repeating

REPEAT_S = 0.1
EXAMPLES = ("0F0184F07A", "62E3086CED")
GHOST_BADGE = "0000000000"


def frame(badge: str) -> bytes:
    """The 12 bytes that the module sends for a badge of ten hex digits.

    Raises ``ValueError`` for anything else.
    """
    if len(badge) != 10 or not set(badge) <= set(string.hexdigits):
        raise ValueError(f"badge {badge!r}: ten hex digits are needed, such as 0F0184F07A")
    return f"\n{badge.upper()}\r".encode("ascii")


class Parallax28140(Repeating):
    """The module: repeats the frame of each card that lies in its field."""

    turn_s = REPEAT_S

    def frame(self, value: str) -> bytes:
        return frame(value)

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return frame

    def ghost(self, rng: random.Random) -> bytes:
        return frame(GHOST_BADGE)


device = Parallax28140
