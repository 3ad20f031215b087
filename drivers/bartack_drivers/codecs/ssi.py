"""Wire protocol of Zebra and Symbol scan engines: SSI, the Simple Serial Interface.

At 9600 8N1, to and from the scanner::

    length | opcode | source | status | data | checksum, 2 bytes

The length counts all but the checksum, which is the 16-bit two's complement of the sum of what
stands before it. Source is 00 from the scanner and 04 from the host. Bits of the status: 0 sent
again, 1 more packets follow, 3 the change is permanent. Each packet of a label begins with its
type. A scanner that was not told to send packets sends labels as bare text.

Source: Zebra "Simple Serial Interface Programmer's Guide" (72E-40451).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from bartack_drivers.codecs.checksums import twos_complement_16
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

PARAM_SEND: Final = 0xC6
PARAM_REQUEST: Final = 0xC7
CMD_ACK: Final = 0xD0
CMD_NAK: Final = 0xD1
BEEP: Final = 0xE6
SCAN_ENABLE: Final = 0xE9
DECODE_DATA: Final = 0xF3
EVENT: Final = 0xF6

SENT_AGAIN: Final = 0x01
MORE_FOLLOW: Final = 0x02
PERMANENT: Final = 0x08

NO_BEEP: Final = 0xFF
PACKETED_DATA: Final = 0xEE
BEEP_AFTER_DECODE: Final = 0x38

NAK_REASONS: Final = MappingProxyType({1: "resend", 2: "bad context", 6: "denied"})

GS1_128: Final = 0x0F
"""Type of a Code 128 whose text is a GS1 element string."""

SYMBOLOGIES: Final = MappingProxyType(
    {
        0x01: "code39",
        0x02: "codabar",
        0x03: "code128",
        0x04: "2of5",
        0x06: "itf",
        0x07: "code93",
        0x08: "upca",
        0x09: "upce",
        0x0A: "ean8",
        0x0B: "ean13",
        0x0C: "code11",
        0x0E: "msi",
        GS1_128: "code128",
        0x11: "pdf417",
        0x1B: "datamatrix",
        0x1C: "qr",
    }
)
"""Symbologies by the type byte of a label."""

PACKET_MAX_BYTES: Final = 257
TEXT_LEAST_BYTES: Final = 4
"""So much text in succession is a label and no noise."""

_SCANNER: Final = 0x00
_HOST: Final = 0x04
_HEAD_BYTES: Final = 4
_FROM_SCANNER: Final = frozenset(
    {0xA4, 0xB1, 0xB4, PARAM_SEND, CMD_ACK, CMD_NAK, 0xD4, DECODE_DATA, EVENT}
)
"""What scanners say: revision, images, video, capabilities, and what has a name above."""

_TEXT: Final = bytes(range(0x20, 0x100)) + b"\t\r\n"


@dataclass(frozen=True, slots=True)
class Packet:
    """One good packet from a scanner.

    ``follows``: no damaged packet came between it and the good one before.
    """

    opcode: int
    status: int
    data: bytes
    follows: bool = True

    @property
    def is_sent_again(self) -> bool:
        return bool(self.status & SENT_AGAIN)

    @property
    def is_continued(self) -> bool:
        return bool(self.status & MORE_FOLLOW)

    def parameter(self, number: int) -> int | None:
        """The value of a parameter that this packet tells; None where it tells no such thing."""
        if self.opcode != PARAM_SEND:
            return None
        pairs = zip(self.data[1::2], self.data[2::2], strict=False)
        return dict(pairs).get(number)


class SsiCodec(FrameCodec[Packet]):
    """Bytes in, packets out."""

    def __init__(self) -> None:
        super().__init__(_cut, bytes(range(_HEAD_BYTES, 0x100)))
        self._text_bytes = 0
        self._damaged = self._strays = 0

    @property
    def hears_text(self) -> bool:
        """Whether what came since the last packet ends in bare text."""
        return self._text_bytes >= TEXT_LEAST_BYTES

    def feed(self, data: bytes) -> list[Packet]:
        packets = super().feed(data)
        if packets:  # what came before the last of them, and what it held, is no text
            self._text_bytes = 0
            data = data[len(data) - (self._discarded_bytes - self._strays) - self.held_bytes :]
        ending = len(data) - len(data.rstrip(_TEXT))
        self._text_bytes = ending + (self._text_bytes if ending == len(data) else 0)
        return packets

    def _framed(self, frame: Packet) -> Packet:
        self._strays = self._discarded_bytes
        damaged = self._bad_checksums
        follows, self._damaged = damaged == self._damaged, damaged
        return frame if follows else replace(frame, follows=False)


def packet(opcode: int, data: bytes = b"", status: int = 0) -> bytes:
    """The bytes of a packet from the host."""
    body = bytes([_HEAD_BYTES + len(data), opcode, _HOST, status]) + data
    return body + twos_complement_16(body).to_bytes(2)


def parameter_request(number: int) -> bytes:
    """Ask for the value of a parameter."""
    return packet(PARAM_REQUEST, bytes([number]))


def parameter_send(number: int, value: int, *, permanent: bool) -> bytes:
    """Set a parameter without a beep; it is forgotten with power unless ``permanent``."""
    data = bytes([NO_BEEP, number, value])
    return packet(PARAM_SEND, data, PERMANENT if permanent else 0)


def _cut(data: bytes, at: int) -> Found[Packet] | NoFrame | None:
    head = data[at : at + _HEAD_BYTES]
    if len(head) > 1 and head[1] not in _FROM_SCANNER:
        return NO_FRAME
    if len(head) > 2 and head[2] != _SCANNER:
        return NO_FRAME
    end = at + head[0]
    if len(data) < end + 2:
        return None
    if twos_complement_16(data[at:end]) != int.from_bytes(data[end : end + 2]):
        return BAD_CHECKSUM
    return Found(Packet(head[1], head[3], data[at + _HEAD_BYTES : end]), head[0] + 2)
