"""Wire protocol of the RDM6300 and ID-12/20LA 125 kHz badge readers.

The reader only talks, at 9600 8N1, and repeats the frame while a badge lies on it::

    02 | 10 hex characters: the 40-bit id | 2 hex characters: XOR of its five bytes | 03

Two relatives are read as well: CR LF before the closing 03 (ID-12/20LA), and the checksum as one
raw byte in place of two characters. That raw byte may itself be 02 or 03, so the kind of frame is
decided by position, never by searching for 03.

Source: Seeed "125Khz RFID module - UART", Innovations ID-12LA/20LA data sheet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bartack_drivers.codecs.checksums import xor_of
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

STX: Final = 0x02
ETX: Final = 0x03
FRAME_MAX_BYTES: Final = 16
"""Longest frame: the one with CR LF."""

_HEX: Final = frozenset(b"0123456789ABCDEFabcdef")
_ID_END: Final = 11
_RAW_BYTES: Final = 13
"""Length of the frame whose checksum is one raw byte."""

NO_BADGE: Final = "0000000000"


@dataclass(frozen=True, slots=True)
class TagFrame:
    """One good frame: ``id`` is the 40-bit badge number as ten upper-case hex digits."""

    id: str


class Rdm6300Codec(FrameCodec[TagFrame]):
    """Bytes in, frames out."""

    def __init__(self) -> None:
        super().__init__(_cut, bytes([STX]))


def _cut(data: bytes, at: int) -> Found[TagFrame] | NoFrame | None:
    if not _HEX.issuperset(data[at + 1 : at + _ID_END]):
        return NO_FRAME
    tail = data[at + _ID_END : at + FRAME_MAX_BYTES]
    if len(tail) < 2:
        return None
    length = _frame_length(tail)
    if not length:
        return None if length is None else NO_FRAME
    digits = data[at + 1 : at + _ID_END].decode("ascii").upper()
    sent = tail[0] if length == _RAW_BYTES else int(tail[:2], 16)
    if xor_of(bytes.fromhex(digits)) != sent:
        return BAD_CHECKSUM
    # Coil noise often reads as zeros, and zeros have a fitting checksum.
    return NO_FRAME if digits == NO_BADGE else Found(TagFrame(digits), length)


def _frame_length(tail: bytes) -> int | None:
    """Length of the frame whose id is followed by ``tail``; None: not decided; 0: no frame."""
    if tail[1] == ETX:
        return _RAW_BYTES
    if tail[0] not in _HEX or tail[1] not in _HEX:
        return 0
    for ending in (b"\x03", b"\r\n\x03"):
        if tail[2:].startswith(ending):
            return 13 + len(ending)
        if ending.startswith(tail[2:]):
            return None
    return 0
