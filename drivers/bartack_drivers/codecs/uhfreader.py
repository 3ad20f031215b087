"""Wire protocol of Chafon's UHFReader18 and UHFReader288 families and of their clones.

Command and answer, 8N1; Len counts the bytes behind it, and the CRC stands low byte first::

    Len | Adr | Cmd          | data | CRC-16/MCRF4XX over Len … data
    Len | Adr | Cmd | Status | data | CRC-16/MCRF4XX

There is no start marker and no stuffing, so what cannot be an answer is rejected as soon as it
shows: length, command and status must fit together, and a list of tags must fill its frame.
Otherwise a damaged frame could hold those behind it back for seconds. Readers on the network also
send ``56 00 00 00 00 00`` about every 30 s, a sign of life without a CRC.

The generations differ in how they report tags. UHFReader18: ``Num, Num x (Length, EPC)``, and in
active mode one bare EPC. UHFReader288: ``Antenna, Num, Num x (Length, EPC, RSSI)``, and in active
mode ``Antenna, Length, EPC, RSSI``; the antenna is a bit mask.

Source: UHFReader18 User's Manual V2.0, CF-RU5102 User's Manual V1.2, UHFEx10 User's Manual V2.20
(as quoted in public repositories), github wabson/chafon-rfid, xynogen/uhfreader18.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bartack_drivers.codecs.checksums import crc_mcrf4xx
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

FRAME_MAX_BYTES: Final = 256

EVERYBODY: Final = 0xFF
"""The address that every reader answers to, with its own."""

UNKNOWN: Final = 0x00
"""The command of the answer to a command that the reader does not know."""
INVENTORY: Final = 0x01
SINGLE_INVENTORY: Final = 0x0F
"""An inventory that ends with the first tag; other programs ask for it."""
INFO: Final = 0x21
SET_REGION: Final = 0x22
SET_SCAN_TIME: Final = 0x25
SET_POWER: Final = 0x2F
BUZZ: Final = 0x33
SET_WORK_MODE: Final = 0x35
GET_WORK_MODE: Final = 0x36
SET_BEEPER: Final = 0x40
ALIVE: Final = 0x56
"""Stands for the sign of life, which is no frame of this protocol."""
INVENTORIES: Final = frozenset({INVENTORY, SINGLE_INVENTORY})
PUSHED: Final = 0xEE
"""The command of reports in active mode, which nobody asked for."""

OK: Final = 0x00
MORE_FOLLOWS: Final = 0x03
LISTS: Final = frozenset({0x01, 0x02, 0x03, 0x04})
"""Statuses of inventory answers with a list of EPCs: finished, time over, more follows, full."""
NOT_SAVED: Final = 0x13
"""Done, and forgotten when power goes."""
NO_TAG: Final = 0xFB

FAULTS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x14: "its power cannot be adjusted",
        0x19: "not supported",
        0xF8: "antenna error; check the antenna and its cable",
        0xF9: "execution error",
        0xFD: "it expects another length",
        0xFE: "it does not know the command",
        0xFF: "it does not take this value",
    }
)
"""What statuses mean that say no."""

_SIGN_OF_LIFE: Final = bytes([ALIVE, 0, 0, 0, 0, 0])
_STATUSES: Final = frozenset(
    {*range(0x06), *range(0x09, 0x0F), *range(0x10, 0x1A), 0x26, 0x28, PUSHED, *range(0xF8, 0x100)}
)
_EMPTY: Final = 5
"""Len of an answer without data."""
_SHORT: Final = 12
"""Len of the longest inventory answer that is no list: a statistic, status 26."""
_LENGTHS: Final = MappingProxyType(
    {
        UNKNOWN: range(5, 6),
        INVENTORY: range(5, FRAME_MAX_BYTES),
        SINGLE_INVENTORY: range(5, FRAME_MAX_BYTES),
        INFO: range(5, 38),
        SET_REGION: range(5, 7),
        SET_SCAN_TIME: range(5, 7),
        SET_POWER: range(5, 7),
        BUZZ: range(5, 7),
        SET_WORK_MODE: range(5, 7),
        GET_WORK_MODE: range(5, 26),
        SET_BEEPER: range(5, 7),
        PUSHED: range(5, FRAME_MAX_BYTES),
    }
)
"""The commands that are understood, and what Len can be in their answers."""


@dataclass(frozen=True, slots=True)
class ReaderFrame:
    """One good answer or report. ``address`` is the reader's own."""

    address: int
    command: int
    status: int
    data: bytes


@dataclass(frozen=True, slots=True)
class TagReport:
    """One tag: its EPC in upper-case hex; antenna from 1 on and raw RSSI where they are told."""

    epc: str
    antenna: int | None = None
    rssi: int | None = None


class UhfReaderCodec(FrameCodec[ReaderFrame]):
    """Bytes in, frames out."""

    def __init__(self) -> None:
        super().__init__(_cut)


def command(code: int, data: bytes = b"") -> bytes:
    """The command ``code`` for whichever reader there is."""
    body = bytes([len(data) + 4, EVERYBODY, code]) + data
    return body + crc_mcrf4xx(body).to_bytes(2, "little")


def tags_18(frame: ReaderFrame) -> list[TagReport] | None:
    """The tags that a UHFReader18 reports with ``frame``; None where it is no report, or one that
    is not built so."""
    data = frame.data
    if frame.command == PUSHED:
        known = frame.status == OK and _is_epc(data)
        return [TagReport(data.hex().upper())] if known else None
    if frame.command not in INVENTORIES or frame.status not in LISTS or not data:
        return None
    reports, at = [], 1
    for _ in range(data[0]):
        epc = data[at + 1 : at + 1 + data[at]] if at < len(data) else b""
        if not _is_epc(epc):
            return None
        reports.append(TagReport(epc.hex().upper()))
        at += 1 + data[at]
    return reports if at == len(data) else None


def tags_288(frame: ReaderFrame) -> list[TagReport] | None:
    """The tags that a UHFReader288 reports with ``frame``; None as in ``tags_18``."""
    data = frame.data
    if frame.command == PUSHED and frame.status == OK and data:
        data = bytes([data[0], 1]) + data[1:]
    elif frame.command not in INVENTORIES or frame.status not in LISTS or len(data) < 2:
        return None
    reports, at = [], 2
    for _ in range(data[1]):
        end = at + 1 + data[at] if at < len(data) else len(data)
        epc = data[at + 1 : end]
        if end >= len(data) or not _is_epc(epc):
            return None
        reports.append(TagReport(epc.hex().upper(), _antenna(data[0]), data[end]))
        at = end + 1
    return reports if at == len(data) else None


def _is_epc(data: bytes) -> bool:
    return _is_epc_length(len(data))


def _is_epc_length(count: int) -> bool:
    """Whether an EPC can have so many bytes: words of 16 bits, at most 31."""
    return 2 <= count <= 62 and count % 2 == 0


def _antenna(mask: int) -> int | None:
    return mask.bit_length() if mask.bit_count() == 1 else None


def _cut(data: bytes, at: int) -> Found[ReaderFrame] | NoFrame | None:
    length = data[at]
    if length == ALIVE:
        seen = data[at : at + len(_SIGN_OF_LIFE)]
        if seen == _SIGN_OF_LIFE:
            return Found(ReaderFrame(0, ALIVE, OK, b""), len(_SIGN_OF_LIFE))
        if _SIGN_OF_LIFE.startswith(seen):
            return None
    frame = data[at : at + 1 + length]
    if not _plausible(length, frame):
        return NO_FRAME
    if len(frame) <= length:
        return None
    if crc_mcrf4xx(frame[:-2]) != int.from_bytes(frame[-2:], "little"):
        return BAD_CHECKSUM
    return Found(ReaderFrame(frame[1], frame[2], frame[3], frame[4:-2]), len(frame))


def _plausible(length: int, frame: bytes) -> bool:
    """Whether an answer can begin with ``frame``, which may be whole or only its first byte."""
    if length < _EMPTY or frame[1:2] == bytes([EVERYBODY]):
        return False  # too short, or a command that came back as an echo
    if len(frame) > 2 and length not in _LENGTHS.get(frame[2], ()):
        return False
    if len(frame) < 4:
        return True
    code, status, data = frame[2], frame[3], frame[4 : length - 1]
    if code in INVENTORIES and status in LISTS:
        return (
            length == _EMPTY
            or _fills_18(data, length - _EMPTY)
            or _fills_288(data, length - _EMPTY)
        )
    if code == PUSHED and status == OK:
        return _is_push(data, length - _EMPTY)
    return status in _STATUSES and (code not in {*INVENTORIES, PUSHED} or length <= _SHORT)


def _fills_18(data: bytes, size: int) -> bool:
    """Whether a list of ``size`` bytes, Num first, can begin with ``data``."""
    return not data or _fills(data, size, at=1, count=data[0], tail=0)


def _fills_288(data: bytes, size: int) -> bool:
    """The same for a list with the antenna before Num and RSSI behind each EPC."""
    return len(data) < 2 or _fills(data, size, at=2, count=data[1], tail=1)


def _fills(data: bytes, size: int, at: int, count: int, tail: int) -> bool:
    for _ in range(count):
        if at >= len(data):
            return at < size
        if not _is_epc_length(data[at]):
            return False
        at += 1 + data[at] + tail
    return at == size


def _is_push(data: bytes, size: int) -> bool:
    """Whether a report in active mode of ``size`` bytes can begin with ``data``: an EPC, or one
    with antenna and length before it and RSSI behind it, which is always odd."""
    if size % 2 == 0:
        return _is_epc_length(size)
    return _is_epc_length(size - 3) and (len(data) < 2 or data[1] == size - 3)
