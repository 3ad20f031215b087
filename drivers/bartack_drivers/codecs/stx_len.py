"""Wire protocol of card readers that say length and kind: Gwiot 7941E and its desktop relatives.

The reader only talks, at 9600 8N1, in binary::

    02 | length of the whole frame | kind of card | its number, most significant byte first |
    XOR of everything from the length on | 03

02 and 03 occur inside as well, so the length decides where a frame ends.

Source: sellers' descriptions of the 7941D and 7941E, which agree on two example frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bartack_drivers.codecs.checksums import xor_of
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

STX: Final = 0x02
ETX: Final = 0x03
FRAME_MIN_BYTES: Final = 9
"""Shortest frame: no card's number has fewer than four bytes."""
FRAME_MAX_BYTES: Final = 21
"""Longest frame: one with a block of sixteen bytes."""

EM4100_KINDS: Final = frozenset({0x02, 0x11})
"""EM4100, and T5567 cards, which are written to be one."""
ISO14443_KINDS: Final = frozenset({0x01, 0x03, 0x20, 0x21, 0x50})
"""MIFARE 1K and 4K, second-generation identity card, ISO 14443 B, processor card."""

KIND_NAMES: Final = MappingProxyType(
    {
        0x01: "MIFARE 1K",
        0x02: "EM4100",
        0x03: "MIFARE 4K",
        0x10: "HID",
        0x11: "T5567",
        0x20: "second-generation identity card",
        0x21: "ISO 14443 B",
        0x22: "FeliCa",
        0x30: "ISO 15693",
        0x50: "processor card",
    }
)


@dataclass(frozen=True, slots=True)
class CardFrame:
    """One good frame: the reader's code for the ``kind`` of card, and the card's number."""

    kind: int
    number: bytes

    @property
    def id(self) -> str:
        """The number in upper-case hex digits."""
        return self.number.hex().upper()


class StxLenCodec(FrameCodec[CardFrame]):
    """Bytes in, frames out."""

    def __init__(self) -> None:
        super().__init__(_cut, bytes([STX]))


def _cut(data: bytes, at: int) -> Found[CardFrame] | NoFrame | None:
    if len(data) < at + 2:
        return None
    length = data[at + 1]
    if not FRAME_MIN_BYTES <= length <= FRAME_MAX_BYTES:
        return NO_FRAME
    frame = data[at : at + length]
    if len(frame) < length:
        return None
    if frame[-1] != ETX:
        return NO_FRAME
    if xor_of(frame[1:-2]) != frame[-2]:
        return BAD_CHECKSUM
    number = frame[3:-2]
    # Zeros are what a coil without a card reads.
    return Found(CardFrame(frame[2], number), length) if any(number) else NO_FRAME
