"""A 125 kHz badge reader ID-12LA in ASCII mode: 9600 8N1, it talks only.

When a card comes into its field it sends one 16-byte frame: that of the RDM6300, with CR LF
before ETX. (Source: Innovations ID-12LA/20LA data sheet.)
"""

from __future__ import annotations

import random

from bartack_sim.devices import rdm6300
from bartack_sim.devices.once import Once, other_digits

EXAMPLES = ("01026F6C3A", "62E3086CED")


class Id12La(Once):
    """The module."""

    def frame(self, value: str) -> bytes:
        return rdm6300.frame(value)[:-1] + b"\r\n" + rdm6300.ETX

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return other_digits(frame, 11, rng)

    def ghost(self, rng: random.Random) -> bytes:
        return self.frame(rdm6300.GHOST_BADGE)


device = Id12La
