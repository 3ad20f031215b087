"""Wire protocol of ThingMagic and JADAK Mercury modules, and of Silion's that speak it.

To the reader and from it, at 115200 8N1::

    FF | length of the data | operation | data | CRC, high byte first
    FF | length of the data | operation | status, 2 bytes | data | CRC, high byte first

The CRC covers all but FF. A tag is reported by a record whose fields are named by the bits of its
metadata flags and come in their order; the EPC comes last, between its PC word and its CRC.

Source: SparkFun "Simultaneous RFID Tag Reader" library and hookup guide, Mercury embedded developer
guides, Silion SIM series documents.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bartack_drivers.codecs.checksums import crc_thingmagic
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

HEADER: Final = 0xFF
OVERHEAD_BYTES: Final = 7
"""Bytes of a reader's frame beside its data."""

FRAME_MAX_BYTES: Final = OVERHEAD_BYTES + 0xFF

VERSION: Final = 0x03
BOOT: Final = 0x04
PROGRAM: Final = 0x0C
READ_MULTIPLE: Final = 0x22
GET_TAGS: Final = 0x29
CLEAR_TAGS: Final = 0x2A
CONTINUOUS: Final = 0x2F
GET_ANTENNA: Final = 0x61
GET_POWER: Final = 0x62
GET_PROTOCOL: Final = 0x63
GET_REGION: Final = 0x67
GET_OPTION: Final = 0x6A
SET_ANTENNA: Final = 0x91
SET_POWER: Final = 0x92
SET_PROTOCOL: Final = 0x93
SET_REGION: Final = 0x97
SET_OPTION: Final = 0x9A

_OPERATIONS: Final = frozenset(
    {*range(0x01, 0x15), *range(0x21, 0x30), *range(0x60, 0x74), *range(0x91, 0xA0), 0xAA}
)
_STATUS_HIGH: Final = frozenset({*range(0x08), 0x7F})

_WITH_METADATA: Final = 0x10
"""Bit of a search's options: the reply holds records."""

_METADATA_BYTES: Final = MappingProxyType(
    {
        0x0001: 1,  # how often it was read
        0x0002: 1,  # signal, signed dBm
        0x0004: 1,  # antenna: sending in the high half, receiving in the low one
        0x0008: 3,  # frequency, kHz
        0x0010: 4,  # ms since the search began
        0x0020: 2,  # phase
        0x0040: 1,  # protocol
        0x0080: 2,  # bits of tag data; those follow
        0x0100: 1,  # GPIO
    }
)
_RSSI: Final = 0x0002
_ANTENNA: Final = 0x0004
_PROTOCOL: Final = 0x0040
_TAG_DATA: Final = 0x0080
_GEN2: Final = 5

_PC_BYTES: Final = 2
_CRC_BYTES: Final = 2
_XPC: Final = 0x0200
"""Bit of the PC word: another word follows it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One good frame of a reader."""

    operation: int
    status: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class TagReport:
    """One tag: its EPC in upper-case hex, and the sending antenna."""

    epc: str
    rssi_dbm: int | None = None
    antenna: int | None = None


class MercuryCodec(FrameCodec[Frame]):
    """Bytes in, frames out."""

    def __init__(self) -> None:
        super().__init__(_cut, bytes([HEADER]))


def _cut(data: bytes, at: int) -> Found[Frame] | NoFrame | None:
    begun = data[at : at + 4]
    if len(begun) > 2 and begun[2] not in _OPERATIONS:
        return NO_FRAME
    if len(begun) > 3 and begun[3] not in _STATUS_HIGH:
        return NO_FRAME
    if len(begun) < 4:
        return None
    length = begun[1] + OVERHEAD_BYTES
    whole = data[at : at + length]
    if len(whole) < length:
        return None
    if crc_thingmagic(whole[1:-2]) != int.from_bytes(whole[-2:], "big"):
        return BAD_CHECKSUM
    return Found(Frame(whole[2], int.from_bytes(whole[3:5], "big"), whole[5:-2]), length)


def command(operation: int, data: bytes = b"") -> bytes:
    """What is sent to a reader."""
    body = bytes([len(data), operation]) + data
    return bytes([HEADER]) + body + crc_thingmagic(body).to_bytes(2, "big")


def tags_of(frame: Frame) -> list[TagReport]:
    """The tags that a frame reports: one that is streamed, or some of the reader's buffer."""
    data = frame.data
    if frame.status != 0:
        return []
    if frame.operation == READ_MULTIPLE and len(data) > 5 and data[0] & _WITH_METADATA:
        return _records(data, 6, data[5], int.from_bytes(data[3:5], "big"))
    if frame.operation == GET_TAGS and len(data) > 3:
        return _records(data, 4, data[3], int.from_bytes(data[:2], "big"))
    return []


def _records(data: bytes, at: int, count: int, flags: int) -> list[TagReport]:
    """Up to ``count`` records; none where the flags name fields that nobody documents."""
    if flags & ~0x01FF:
        return []
    tags = []
    for _ in range(count):
        record = _record(data, at, flags)
        if record is None:
            break
        tag, at = record
        if tag is not None:
            tags.append(tag)
    return tags


def _record(data: bytes, at: int, flags: int) -> tuple[TagReport | None, int] | None:
    """One record and where it ends; None where the data end within it."""
    fields: dict[int, int] = {}
    for flag, size in _METADATA_BYTES.items():
        if flags & flag:
            fields[flag] = int.from_bytes(data[at : at + size], "big")
            at += size
            if flag == _TAG_DATA:
                at += (fields[flag] + 7) // 8
    size = (int.from_bytes(data[at : at + 2], "big") + 7) // 8
    end = at + 2 + size
    if at + 2 > len(data) or end > len(data):
        return None
    epc = _epc(data[at + 2 : end])
    if not epc or fields.get(_PROTOCOL, _GEN2) != _GEN2:
        return None, end
    rssi = fields.get(_RSSI)
    antenna = fields.get(_ANTENNA, 0) >> 4
    signed = None if rssi is None else rssi - 256 * (rssi > 127)
    return TagReport(epc.hex().upper(), signed, antenna or None), end


def _epc(stored: bytes) -> bytes:
    """The EPC between PC word and CRC; empty where there is none."""
    at = _PC_BYTES
    if int.from_bytes(stored[:2], "big") & _XPC:
        at += 4 if stored[2:3] >= b"\x80" else 2
    return stored[at:-_CRC_BYTES]


STOP: Final = command(CONTINUOUS, bytes.fromhex("000002"))
START: Final = command(CONTINUOUS, bytes.fromhex("00000122000005072210001B03E801FF"))
"""Read Gen2 tags without end; each is reported with all metadata, and each second without one."""

SEARCH: Final = command(READ_MULTIPLE, bytes.fromhex("00001301F4"))
"""Search for 500 ms and keep the tags in the buffer."""

NEXT_TAGS: Final = command(GET_TAGS, bytes.fromhex("01FF00"))
"""The next records of the buffer, with all metadata."""


def power_of(power_dbm: int) -> bytes:
    """A power as it stands in commands and answers: hundredths of a dBm."""
    return (100 * power_dbm).to_bytes(2, "big", signed=True)
