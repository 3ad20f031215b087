"""Wire protocol of GM65, GM60 and GM861 barcode modules.

At 9600 8N1 labels come as bare text and an ending, and answers to commands on the same wire::

    7E 00 | type | length | address, 2 bytes | data | CRC, 2 bytes     to the module
    02 00 | type | length | data | CRC, 2 bytes                        from it

The CRC is CRC-16/XMODEM from the type to the last data byte. Some modules send 33 31 after any
answer, which is the CRC of the commonest one. What is no answer is text. A module does not send an
answer in the middle of a label.

Source: GM65 serial manual.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bartack_drivers.codecs.checksums import crc_xmodem
from bartack_drivers.codecs.framing import Tally
from bartack_drivers.codecs.text import LINE_MAX_BYTES, LineFormat, LineFrame

READ_ZONE: Final = 0x07
WRITE_ZONE: Final = 0x08
SAVE_ZONES: Final = 0x09

DONE: Final = 0x00
"""Kind of an answer to a command that was obeyed."""

ANSWER_DATA_MAX_BYTES: Final = 32
"""More is never asked for. Stray bytes that look like a longer answer would hold labels back."""

_START: Final = b"\x02\x00"
_HEAD_BYTES: Final = 4
_CRC_OF_COMMONEST: Final = 0x3331
_ENDINGS: Final = re.compile(rb"[\r\n\t]")
_DEBUG_START: Final = "<{"
"""How the lines begin that boards print when power comes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One good answer of the module to a command."""

    kind: int
    data: bytes


Frame = Answer | LineFrame


class Gm65Codec(Tally):
    """Bytes in, labels and answers out. Every byte fed is in one, discarded, or still held."""

    def __init__(self, encoding: str, *, ends_by_pause: bool = False) -> None:
        """``ends_by_pause``: no ending follows a label, only silence. Else CR, LF or Tab does."""
        super().__init__()
        self._format = LineFormat(encoding=encoding)
        self._ends_by_pause = ends_by_pause
        self._held = b""
        self._line = bytearray()
        self._oversized = False

    @property
    def held_bytes(self) -> int:
        """Bytes of a label or an answer whose end has not arrived."""
        return len(self._held) + len(self._line)

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes in pieces of any size and return the frames they complete."""
        data, self._held = self._held + data, b""
        frames: list[Frame] = []
        at = 0
        while (start := data.find(_START[:1], at)) >= 0:
            frames += self._text(data[at:start])
            end = _answer_end(data, start)
            if end is None:
                self._held = data[start:]
                return frames
            if end and _is_right(data[start:end]):
                frames += self._end_line()
                frames.append(Answer(data[start + 2], data[start + _HEAD_BYTES : end - 2]))
                self._count(end - start)
                at = end
            else:
                self._bad_checksums += end > 0
                frames += self._text(data[start : start + 1])
                at = start + 1
        return frames + self._text(data[at:])

    def flush(self) -> list[Frame]:
        """A pause: a label that only a pause ends is whole; half of anything else is given up.

        Where pauses end labels, half an answer stays: the rest of it could be taken for a label.
        """
        if self._ends_by_pause:
            return self._end_line()
        frames = self._text(self._held)
        self._held = b""
        return frames + self._end_line()

    def _text(self, data: bytes) -> list[Frame]:
        frames: list[Frame] = []
        self._line += data
        while not self._ends_by_pause and (ending := _ENDINGS.search(self._line)):
            line = bytes(self._line[: ending.start()])
            del self._line[: ending.end()]
            frames += self._label(line, 1)
        if self._oversized or len(self._line) > LINE_MAX_BYTES:
            self._oversized = True
            self._discarded_bytes += len(self._line)
            self._line.clear()
        return frames

    def _end_line(self) -> list[Frame]:
        """No more text follows: what is held is a label, or one whose ending got lost."""
        line = bytes(self._line)
        self._line.clear()
        if self._ends_by_pause:
            return self._label(line, 0)
        self._oversized = False
        self._discarded_bytes += len(line)
        return []

    def _label(self, line: bytes, ending_bytes: int) -> list[Frame]:
        whole = not self._oversized and len(line) <= LINE_MAX_BYTES
        self._oversized = False
        if whole and not line:  # the LF of CR LF, or an empty line
            self._good_bytes += ending_bytes
            return []
        frame = self._format.label(line) if whole else None
        if frame is None or frame.text.startswith(_DEBUG_START):
            self._discarded_bytes += len(line) + ending_bytes
            return []
        self._count(len(line) + ending_bytes)
        return [frame]


def read_zone(address: int, count: int) -> bytes:
    """Ask for ``count`` bytes of settings from ``address`` on."""
    return _command(READ_ZONE, address, bytes([count]))


def write_zone(address: int, value: int) -> bytes:
    """Set one byte of settings until power goes."""
    return _command(WRITE_ZONE, address, bytes([value]))


def save_zones() -> bytes:
    """Make all settings last without power."""
    return _command(SAVE_ZONES, 0, b"\x00")


def _command(kind: int, address: int, data: bytes) -> bytes:
    body = bytes([kind, len(data)]) + address.to_bytes(2) + data
    return b"\x7e\x00" + body + crc_xmodem(body).to_bytes(2)


def _answer_end(data: bytes, start: int) -> int | None:
    """Where the answer that starts here ends; 0: none does; None: more bytes must come to tell."""
    head = data[start : start + _HEAD_BYTES]
    if not head.startswith(_START[: len(head)]):
        return 0
    if len(head) < _HEAD_BYTES:
        return None
    if not 1 <= head[3] <= ANSWER_DATA_MAX_BYTES:
        return 0
    end = start + _HEAD_BYTES + head[3] + 2
    return end if end <= len(data) else None


def _is_right(answer: bytes) -> bool:
    sent = int.from_bytes(answer[-2:])
    return sent in (crc_xmodem(answer[2:-2]), _CRC_OF_COMMONEST)
