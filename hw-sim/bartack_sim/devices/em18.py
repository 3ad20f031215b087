"""A 125 kHz badge reader EM-18: 9600 8N1, it talks only.

When a card comes into its field it sends twelve upper-case hex digits, the last two being the XOR
of the five bytes before. Nothing stands before or after them. (Source: sellers' descriptions.)
"""

from __future__ import annotations

import random

from bartack_sim.devices import rdm6300
from bartack_sim.devices.once import Once, other_digits

EXAMPLES = ("4500C5D1E9", "307E4DE5C2")


class Em18(Once):
    """The module."""

    def frame(self, value: str) -> bytes:
        return rdm6300.frame(value)[1:-1]

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return other_digits(frame, 10, rng)

    def ghost(self, rng: random.Random) -> bytes:
        return self.frame(rdm6300.GHOST_BADGE)


device = Em18
