"""A card reader Gwiot 7941E or a desktop relative: 9600 8N1, it talks only.

When a card comes into its field it sends 02, the length of the whole frame, the kind of card, its
number, the XOR of everything from the length on, 03. (Source: sellers' descriptions.)
"""

from __future__ import annotations

import functools
import operator
import random

from bartack_sim.devices.once import Once
from bartack_sim.faults import other_byte

EXAMPLES = ("2E00B6D7B5", "6B3D12D6", "04A1B2C3D4E5F6")

_USUAL_KINDS = {4: 0x01, 5: 0x02, 7: 0x03, 10: 0x50}
"""The kind of card by the bytes of its number, where the kind is not given."""


def frame(kind: int, number: bytes) -> bytes:
    """The bytes that the reader sends for a card."""
    body = bytes([len(number) + 5, kind]) + number
    return b"\x02" + body + bytes([functools.reduce(operator.xor, body)]) + b"\x03"


class StxLen(Once):
    """The reader. A card is its number in hex, with its kind and a colon before where that is
    not the usual one: ``30:E004015012345678``."""

    def frame(self, value: str) -> bytes:
        kind, _, digits = value.rpartition(":")
        try:
            number = bytes.fromhex(digits)
            return frame(int(kind, 16) if kind else _USUAL_KINDS[len(number)], number)
        except (ValueError, KeyError) as error:
            raise ValueError(
                f"card {value!r}: 4, 5, 7 or 10 bytes in hex are needed, such as 2E00B6D7B5"
            ) from error

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return other_byte(frame, -2, rng)


device = StxLen
