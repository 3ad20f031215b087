"""Wire protocol of the EM-18 125 kHz badge reader.

The reader only talks, at 9600 8N1, once for each badge that comes near::

    10 hex characters: the 40-bit id | 2 hex characters: XOR of its five bytes

Nothing marks where a frame begins or ends but the pause around it. What is judged is therefore a
*run*: all hex characters up to a pause or a byte that is none. Frames that waited together in this
computer make one run of twice or three times twelve characters. A run of any other length, or with
one frame that does not fit, is discarded whole: nobody can tell where in it a frame begins.

Source: sellers' descriptions of the module, which print an example each.
"""

from __future__ import annotations

import re
from typing import Final

from bartack_drivers.codecs.checksums import xor_of
from bartack_drivers.codecs.framing import Tally
from bartack_drivers.codecs.rdm6300 import NO_BADGE, TagFrame

FRAME_BYTES: Final = 12
RUN_MAX_BYTES: Final = 20 * FRAME_BYTES
"""Longest run that is held: nobody shows more badges while a computer is busy."""

_PIECES: Final = re.compile(rb"[0-9A-Fa-f]+|[^0-9A-Fa-f]+")
_HEX: Final = frozenset(b"0123456789ABCDEFabcdef")


class Em18Codec(Tally):
    """Bytes in, frames out. Every byte fed is in a good frame, discarded, or still held."""

    def __init__(self) -> None:
        super().__init__()
        self._run = bytearray()
        self._oversized = False

    @property
    def held_bytes(self) -> int:
        """Bytes of a run whose end has not come."""
        return len(self._run)

    def feed(self, data: bytes) -> list[TagFrame]:
        """Take bytes in pieces of any size and return the frames of the runs they end."""
        frames: list[TagFrame] = []
        for piece in _PIECES.findall(data):
            if piece[0] in _HEX:
                self._run += piece
                self._shed_oversized()
            else:
                frames += self.flush()
                self._discarded_bytes += len(piece)
        return frames

    def flush(self) -> list[TagFrame]:
        """A pause on the line: what is held is a whole run."""
        run, self._run = self._run.decode("ascii").upper(), bytearray()
        whole = not self._oversized and len(run) % FRAME_BYTES == 0
        self._oversized = False
        starts = range(0, len(run), FRAME_BYTES) if whole else range(0)
        sent = [run[start : start + FRAME_BYTES] for start in starts]
        misfits = sum(not _fits(frame) for frame in sent)
        self._bad_checksums += misfits
        # Coil noise often reads as zeros, and zeros have a fitting checksum.
        frames = [TagFrame(it[:10]) for it in sent if not misfits and it[:10] != NO_BADGE]
        for _ in frames:
            self._count(FRAME_BYTES)
        self._discarded_bytes += len(run) - len(frames) * FRAME_BYTES
        return frames

    def _shed_oversized(self) -> None:
        """Drop what is held of a run that grew too long. Its last byte stays, so that the pause
        after it is waited for."""
        if self._oversized or len(self._run) > RUN_MAX_BYTES:
            self._oversized = True
            self._discarded_bytes += len(self._run) - 1
            del self._run[:-1]


def _fits(frame: str) -> bool:
    return xor_of(bytes.fromhex(frame)) == 0
