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
from functools import reduce
from operator import xor
from typing import Final

from bartack_drivers.base import Counters

STX: Final = 0x02
ETX: Final = 0x03
FRAME_MAX_BYTES: Final = 16
"""Longest frame: the one with CR LF. The codec never holds as many bytes as this."""

_HEX: Final = frozenset(b"0123456789ABCDEFabcdef")
_ID_END: Final = 11
_NO_BADGE: Final = "0000000000"


@dataclass(frozen=True, slots=True)
class TagFrame:
    """One good frame: ``id`` is the 40-bit badge number as ten upper-case hex digits."""

    id: str


class Rdm6300Codec:
    """Bytes in, frames out. Every byte fed is in a good frame, discarded, or still held."""

    def __init__(self) -> None:
        self._held = bytearray()
        self._good_frames = 0
        self._good_bytes = 0
        self._bad_checksums = 0
        self._discarded_bytes = 0

    @property
    def counters(self) -> Counters:
        return Counters(self._good_frames, self._bad_checksums, self._discarded_bytes)

    @property
    def good_bytes(self) -> int:
        """Bytes that were part of good frames."""
        return self._good_bytes

    @property
    def held_bytes(self) -> int:
        """Bytes of a frame whose end has not arrived."""
        return len(self._held)

    def feed(self, data: bytes) -> list[TagFrame]:
        """Take bytes in pieces of any size and return the frames they complete."""
        frames = []
        self._held += data
        while self._held:
            length = _frame_length(self._held)
            if length is None:
                break
            frame = self._frame(bytes(self._held[:length]))
            if frame is None:
                self._resynchronise()
                continue
            frames.append(frame)
            self._good_frames += 1
            self._good_bytes += length
            del self._held[:length]
        return frames

    def _frame(self, raw: bytes) -> TagFrame | None:
        """Return the frame in ``raw``, or None where it is noise or its checksum is wrong."""
        if not raw:
            return None
        digits = raw[1:_ID_END].decode("ascii").upper()
        sent = raw[_ID_END] if len(raw) == 13 else int(raw[_ID_END : _ID_END + 2], 16)
        if reduce(xor, bytes.fromhex(digits)) != sent:
            self._bad_checksums += 1
            return None
        # Coil noise often reads as zeros, and zeros have a fitting checksum.
        return None if digits == _NO_BADGE else TagFrame(digits)

    def _resynchronise(self) -> None:
        """Give up what is held up to the next STX: no frame can start before it."""
        start = self._held.find(STX, 1)
        gone = len(self._held) if start < 0 else start
        self._discarded_bytes += gone
        del self._held[:gone]


def _frame_length(held: bytearray) -> int | None:
    """Length of the frame at the start of ``held``; None: not decided yet; 0: not a frame."""
    if held[0] != STX:
        return 0
    if any(byte not in _HEX for byte in held[1:_ID_END]):
        return 0
    tail = held[_ID_END:FRAME_MAX_BYTES]
    if len(tail) < 2:
        return None
    if tail[1] == ETX:
        return 13
    if tail[0] not in _HEX or tail[1] not in _HEX:
        return 0
    for ending in (b"\x03", b"\r\n\x03"):
        if tail[2:].startswith(ending):
            return 13 + len(ending)
        if ending.startswith(tail[2:]):
            return None
    return 0
