"""Wire protocol of the PN532 13.56 MHz chip on a serial line (HSU).

A frame counts its own bytes, so 00 00 FF may stand inside of it::

    00 00 FF | LEN | LCS | TFI | code and data | DCS | 00
    00 00 FF | FF FF | LEN, two bytes | LCS | TFI | code and data | DCS | 00   (extended)

The first 00 only leads up to the start, 00 FF. LEN counts from TFI to the last data byte. LCS makes
the sum of the length bytes 0 modulo 256, DCS that of what LEN counts. TFI is D4 to the chip and D5
from it. Three frames have no data: ACK, NACK and the error frame. Each command is first answered
with ACK and then with its code plus one.

Source: NXP UM0701-02.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from bartack_drivers.codecs.checksums import sum_of, twos_complement
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

TO_CHIP: Final = 0xD4
FROM_CHIP: Final = 0xD5

GET_FIRMWARE_VERSION: Final = 0x02
SAM_CONFIGURATION: Final = 0x14
RF_CONFIGURATION: Final = 0x32
IN_LIST_PASSIVE_TARGET: Final = 0x4A

ACK: Final = bytes.fromhex("00 00 FF 00 FF 00")
WAKE: Final = b"\x55\x55" + bytes(14)
"""What wakes the chip: it sleeps from power-up on and loses the first bytes it is sent."""

FRAME_MAX_BYTES: Final = 275
"""Longest frame: an extended one with all the 265 bytes that a PN532 sends at once."""

_START: Final = b"\x00\x00\xff"
_NACK_LENGTHS: Final = b"\xff\x00"
_ACK_LENGTHS: Final = b"\x00\xff"
_EXTENDED: Final = b"\xff\xff"
_DATA_MAX_BYTES: Final = 265
_ERROR: Final = 0x7F
_LAYERED: Final = 0x20
"""Bit of SEL_RES: the card speaks ISO 14443-4 and its answer to select follows its number."""

_UID_LENGTHS: Final = (4, 7, 10)

Kind = Literal["ack", "nack", "error", "command", "answer"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One good frame; ``code`` and ``data`` are there for commands and answers."""

    kind: Kind
    code: int = 0
    data: bytes = b""

    def answers(self, command: int) -> bool:
        """Whether the chip did what ``command`` asked."""
        return self.kind == "answer" and self.code == command + 1


class Pn532Codec(FrameCodec[Frame]):
    """Bytes in, frames out."""

    def __init__(self) -> None:
        super().__init__(_cut, b"\x00")


def command_frame(command: int, parameters: bytes = b"") -> bytes:
    """The bytes of a command to the chip, at most 253 parameter bytes."""
    body = bytes([TO_CHIP, command]) + parameters
    length = bytes([len(body)])
    checks = bytes([twos_complement(length)]), bytes([twos_complement(body)])
    return _START + length + checks[0] + body + checks[1] + b"\x00"


def card_numbers(frame: Frame) -> tuple[bytes, ...]:
    """The numbers of the type A cards that an answer to InListPassiveTarget lists.

    Their bytes are in the order in which the cards send them. A list that does not fit its own
    lengths names no card.
    """
    if not frame.answers(IN_LIST_PASSIVE_TARGET) or not frame.data:
        return ()
    numbers = []
    at = 1
    for _ in range(frame.data[0]):
        head = frame.data[at : at + 5]
        if len(head) < 5 or head[4] not in _UID_LENGTHS:
            return ()
        at += 5 + head[4]
        number = frame.data[at - head[4] : at]
        if len(number) < head[4]:
            return ()
        numbers.append(number)
        if head[3] & _LAYERED and at < len(frame.data):
            at += max(1, frame.data[at])
    return tuple(numbers) if at == len(frame.data) else ()


def _cut(data: bytes, at: int) -> Found[Frame] | NoFrame | None:
    if data[at : at + 2] != _START[1:]:
        return _judged(data, at)
    # Its first 00 closed a frame before it whose own last byte was lost.
    found = _judged(_START[:1] + data[at : at + FRAME_MAX_BYTES], 0)
    if isinstance(found, Found):
        return Found(found.frame, found.length - 1)
    return found and NO_FRAME  # a wrong sum was counted with the frame that begins a byte before


def _judged(data: bytes, at: int) -> Found[Frame] | NoFrame | None:
    head = data[at : at + 8]
    if not _START.startswith(head[:3]):
        return NO_FRAME
    lengths = head[3:5]
    if len(lengths) < 2:
        return None
    if lengths in (_ACK_LENGTHS, _NACK_LENGTHS):
        kind: Kind = "ack" if lengths == _ACK_LENGTHS else "nack"
        return _ended(data, at + 5, Found(Frame(kind), 6))
    if lengths != _EXTENDED:
        return _body(data, at, 5, lengths[0]) if sum_of(lengths) == 0 else NO_FRAME
    if len(head) < 8:
        return None
    return _body(data, at, 8, int.from_bytes(head[5:7])) if sum_of(head[5:]) == 0 else NO_FRAME


def _body(data: bytes, at: int, head: int, length: int) -> Found[Frame] | NoFrame | None:
    if not 1 <= length <= _DATA_MAX_BYTES:
        return NO_FRAME
    body = data[at + head : at + head + length + 1]
    if body and body[0] not in (TO_CHIP, FROM_CHIP, _ERROR):
        return NO_FRAME
    if len(body) <= length:
        return None
    if sum_of(body):
        return BAD_CHECKSUM
    found = Found(_frame(body[:-1]), head + length + 2)
    return _ended(data, at + head + length + 1, found)


def _frame(body: bytes) -> Frame:
    if body[0] == _ERROR or len(body) < 2:
        return Frame("error")
    return Frame("answer" if body[0] == FROM_CHIP else "command", body[1], body[2:])


def _ended(data: bytes, at: int, found: Found[Frame]) -> Found[Frame] | NoFrame | None:
    """``found`` if the closing 00 follows: it tells frames from others shifted by stray bytes."""
    if at >= len(data):
        return None
    return found if data[at] == 0 else NO_FRAME
