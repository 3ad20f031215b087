"""Wire protocol of the Parallax 28140 and 28340 125 kHz badge readers.

The reader only talks, at 2400 8N1, and repeats the frame while a badge is near::

    0A | 10 hex characters: the 40-bit id | 0D

There is no checksum: only frames that come again can be trusted.

Source: Parallax #28140 data sheet.
"""

from __future__ import annotations

from typing import Final

from bartack_drivers.codecs.framing import NO_FRAME, Found, FrameCodec, NoFrame
from bartack_drivers.codecs.rdm6300 import NO_BADGE, TagFrame

LF: Final = 0x0A
CR: Final = 0x0D
FRAME_BYTES: Final = 12

_HEX: Final = frozenset(b"0123456789ABCDEFabcdef")
_ID_END: Final = 11


class Parallax28140Codec(FrameCodec[TagFrame]):
    """Bytes in, frames out."""

    def __init__(self) -> None:
        super().__init__(_cut, bytes([LF]))


def _cut(data: bytes, at: int) -> Found[TagFrame] | NoFrame | None:
    if not _HEX.issuperset(data[at + 1 : at + _ID_END]):
        return NO_FRAME
    if len(data) < at + FRAME_BYTES:
        return None
    digits = data[at + 1 : at + _ID_END].decode("ascii").upper()
    if data[at + _ID_END] != CR or digits == NO_BADGE:
        return NO_FRAME
    return Found(TagFrame(digits), FRAME_BYTES)
