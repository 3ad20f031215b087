"""Wire protocol of the "UHF Prime Reader" family: CF-591, CF-600, CF-661, CF-69x, M200, H103.

Command and answer, 115200 8N1 or TCP, numbers high byte first; LEN counts the data, and in answers
the status too::

    CF | address | command, 2 bytes | LEN |          data | CRC-16/MCRF4XX over CF … data
    CF | address | command, 2 bytes | LEN | status | data | CRC-16/MCRF4XX

A tag report is an answer to command 0001: RSSI in 0.1 dBm (2 bytes, signed), antenna, channel, EPC
length, EPC.

Source: github mithunbabbira/CHAFON_CF591_sample_linux (CFApi.h), reelyactive/barnowl-chafon, and
public notes and frames by users of CF-69x and H103 readers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bartack_drivers.codecs.checksums import crc_mcrf4xx
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

HEAD: Final = 0xCF
FRAME_MAX_BYTES: Final = 262

EVERYBODY: Final = 0xFF
"""The address that every reader answers to, with its own."""

INVENTORY: Final = 0x0001
STOP: Final = 0x0002
INFO: Final = 0x0070
SET_PARAMETERS: Final = 0x0071
GET_PARAMETERS: Final = 0x0072

OK: Final = 0x00
NOTHING_HERE: Final = 0x12
"""No tag in this round, or the inventory is over."""

FAULTS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0x01: "it does not take this value",
        0x02: "it failed inside of the reader; take its power away for a moment",
        0x16: "it asks for an authentication",
        0x17: "it asks for a password",
    }
)
"""What statuses mean that say no."""

PARAMETERS_BYTES: Final = 25
WORK_MODE: Final = 2
"""Position of a parameter among the 25 bytes: 0 answers, 1 talks by itself, 2 by a trigger."""
ANTENNAS: Final = 6
"""Position: a bit mask."""
POWER: Final = 15
"""Position: whole dBm."""
BUZZER_TIME: Final = 23
"""Position: 10 ms; 0 is silent."""

_HEADER_BYTES: Final = 5
_EPC_AT: Final = 5
"""Where, behind the status, a tag report has the length of the EPC that fills the rest of it."""


@dataclass(frozen=True, slots=True)
class PrimeFrame:
    """One good answer or report. ``address`` is the reader's own."""

    address: int
    command: int
    status: int
    data: bytes


@dataclass(frozen=True, slots=True)
class TagReport:
    """One tag: its EPC in upper-case hex, its signal in dBm, and the antenna's number."""

    epc: str
    rssi_dbm: float
    antenna: int


class UhfPrimeCodec(FrameCodec[PrimeFrame]):
    """Bytes in, frames out."""

    def __init__(self) -> None:
        super().__init__(_cut, bytes([HEAD]))


def command(code: int, data: bytes = b"") -> bytes:
    """The command ``code`` for whichever reader there is."""
    body = bytes([HEAD, EVERYBODY]) + code.to_bytes(2, "big") + bytes([len(data)]) + data
    return body + crc_mcrf4xx(body).to_bytes(2, "big")


START: Final = command(INVENTORY, bytes(5))
"""Begin an inventory by time (00) that never ends (0 as 4 bytes)."""


def tag_of(frame: PrimeFrame) -> TagReport | None:
    """The tag that ``frame`` reports; None: it reports none or is malformed."""
    data = frame.data
    if frame.command != INVENTORY or frame.status != OK or len(data) < 5:
        return None
    epc = data[5:]
    if len(epc) != data[4] or not epc or len(epc) % 2 or _is_barcode(data):
        return None
    tenths = int.from_bytes(data[:2], "big", signed=True)
    rssi_dbm = tenths // 10 if tenths % 10 == 0 else tenths / 10
    return TagReport(epc.hex().upper(), rssi_dbm, data[2])


def _is_barcode(data: bytes) -> bool:
    """Handhelds report what their bar code engine sees in a frame without radio: STX text ETX."""
    return not any(data[:4]) and data[5] == 0x02 and data.endswith(b"\x03\r")


def _cut(data: bytes, at: int) -> Found[PrimeFrame] | NoFrame | None:
    head = data[at : at + _HEADER_BYTES]
    # Address FF is a command, come back as an echo; commands of answers have no high byte.
    if head[1:2] == b"\xff" or head[2:3] not in (b"", b"\x00") or head[4:5] == b"\x00":
        return NO_FRAME
    if len(head) < _HEADER_BYTES:
        return None
    frame = data[at : at + _HEADER_BYTES + head[4] + 2]
    if not _plausible(head[3], head[4], frame[_HEADER_BYTES:]):
        return NO_FRAME
    if len(frame) < _HEADER_BYTES + head[4] + 2:
        return None
    if crc_mcrf4xx(frame[:-2]) != int.from_bytes(frame[-2:], "big"):
        return BAD_CHECKSUM
    code = int.from_bytes(frame[2:4], "big")
    return Found(PrimeFrame(frame[1], code, frame[5], frame[6:-2]), len(frame))


def _plausible(code: int, length: int, said: bytes) -> bool:
    """Whether an answer of LEN ``length`` can begin with ``said``, its status first."""
    if length == 1 or not said:
        return True
    if said[0] != OK:
        return False  # whoever says no says nothing more
    return code != INVENTORY or len(said) <= _EPC_AT or said[_EPC_AT] == length - _EPC_AT - 1
