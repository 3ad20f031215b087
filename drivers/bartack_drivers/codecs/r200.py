"""Wire protocol of the R200 and M100 UHF modules, in both of its framings, 115200 8N1::

    BB (or AA) | type | command | PL, 2 bytes | PL parameter bytes | checksum | 7E (or DD)

Types: 00 command, 01 response, 02 notice. PL is big-endian, the checksum is the sum of type to
last parameter modulo 256. Nothing is stuffed: BB, AA, 7E and DD occur inside of frames.

A tag is a notice of command 22, however the reading was asked for::

    RSSI, int8 dBm | PC, 2 bytes | EPC | the tag's own CRC over PC and EPC, 2 bytes

Source: MagicRF M100 firmware command manual, R200 user protocol V2.3.3, frames that users of
both modules show; the tag's CRC fits in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

from bartack_drivers.codecs.checksums import crc_genibus, sum_of
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

PARAMETERS_MAX: Final = 128
"""No answer to what is asked here, and no tag, has more: the longest EPC has 62 bytes."""

FRAME_MAX_BYTES: Final = PARAMETERS_MAX + 7

RESPONSE: Final = 1
NOTICE: Final = 2

INFO: Final = 0x03
SET_REGION: Final = 0x07
GET_REGION: Final = 0x08
TAG: Final = 0x22
MULTI_POLL: Final = 0x27
STOP: Final = 0x28
HOPPING: Final = 0xAD
SET_POWER: Final = 0xB6
GET_POWER: Final = 0xB7
ERROR: Final = 0xFF

NOTHING_HERE: Final = 0x15
"""Error of a round that met no tag, or none that could be read."""

REGIONS: Final = MappingProxyType({"china": 1, "us": 2, "eu": 3, "china840": 4, "korea": 6})

ERRORS: Final = MappingProxyType(
    {
        0x09: "reading the tag's memory failed",
        0x10: "writing the tag's memory failed",
        0x12: "killing the tag failed",
        0x13: "locking the tag failed",
        0x14: "locking the tag for good failed",
        NOTHING_HERE: "no tag",
        0x16: "wrong access password",
        0x17: "it does not know the command",
        0x20: "it cannot hop, all channels are busy",
    }
)

_HEADER_BYTES: Final = 5


class Framing(Enum):
    """The bytes at both ends of a frame."""

    BB = (0xBB, 0x7E)
    AA = (0xAA, 0xDD)


_FRAMINGS: Final = MappingProxyType({framing.value[0]: framing for framing in Framing})


@dataclass(frozen=True, slots=True)
class R200Frame:
    """One good frame that the module sent."""

    framing: Framing
    kind: int
    command: int
    parameters: bytes

    @property
    def error(self) -> int | None:
        """The code of an error; None: this is none."""
        is_error = self.kind == RESPONSE and self.command == ERROR
        return self.parameters[0] if is_error and self.parameters else None


@dataclass(frozen=True, slots=True)
class R200Tag:
    """One tag: ``crc_fits`` says whether its own CRC, as the module passed it on, is right."""

    epc: bytes
    rssi_dbm: int
    crc_fits: bool


class R200Codec(FrameCodec[R200Frame]):
    """Bytes in, frames out; each frame may have either framing."""

    def __init__(self) -> None:
        super().__init__(_cut, bytes(_FRAMINGS))


def _cut(data: bytes, at: int) -> Found[R200Frame] | NoFrame | None:
    header = data[at : at + _HEADER_BYTES]
    # A command is ours, come back as an echo.
    if len(header) > 1 and header[1] not in (RESPONSE, NOTICE):
        return NO_FRAME
    if len(header) > 3 and header[3]:
        return NO_FRAME
    if len(header) < _HEADER_BYTES:
        return None
    if header[4] > PARAMETERS_MAX:
        return NO_FRAME
    checksum_at = at + _HEADER_BYTES + header[4]
    if len(data) < checksum_at + 2:
        return None
    framing = _FRAMINGS[header[0]]
    if data[checksum_at + 1] != framing.value[1]:
        return NO_FRAME
    if sum_of(data[at + 1 : checksum_at]) != data[checksum_at]:
        return BAD_CHECKSUM
    parameters = data[at + _HEADER_BYTES : checksum_at]
    return Found(R200Frame(framing, header[1], header[2], parameters), len(parameters) + 7)


def tag_of(frame: R200Frame) -> R200Tag | None:
    """The tag that a frame reports; None where it reports none, or one that cannot be whole.

    The PC's upper five bits are the EPC's length in words. Where they contradict the frame's
    length only a fitting CRC proves that all of the EPC is there.
    """
    body = frame.parameters
    if frame.kind != NOTICE or frame.command != TAG or len(body) < 7 or len(body) % 2 == 0:
        return None
    crc_fits = crc_genibus(body[1:-2]) == int.from_bytes(body[-2:], "big")
    epc = body[3:-2]
    if not crc_fits and (body[1] >> 3) * 2 != len(epc):
        return None
    return R200Tag(epc, int.from_bytes(body[:1], "big", signed=True), crc_fits)


def command(framing: Framing, code: int, parameters: bytes = b"") -> bytes:
    """The bytes of a command."""
    body = bytes([0, code]) + len(parameters).to_bytes(2, "big") + parameters
    head, tail = framing.value
    return bytes([head]) + body + bytes([sum_of(body), tail])


def read_on(framing: Framing) -> bytes:
    """Read in 65535 rounds, the most there is; 22 is a reserved byte."""
    return command(framing, MULTI_POLL, b"\x22\xff\xff")


def error_text(code: int) -> str:
    """What an error means, in words and with its code."""
    return f"{ERRORS.get(code, 'an error without a name')} (code {code:02X})"
