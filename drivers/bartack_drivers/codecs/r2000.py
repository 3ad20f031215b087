"""Wire protocol of UHF readers with an Impinj R2000 and kin, known by its header A0, 115200 8N1::

    A0 | length: address to check | address | command | data | check: all bytes sum up to 00

A tag is reported under the command that asked for it, 89, 8A or 8B::

    frequency (6 bits) and antenna (2 bits) | PC, 2 bytes | EPC | RSSI

Bit 7 of the RSSI adds 4 to the antenna on readers with eight; the rest less 129 is dBm. A round
ends with seven bytes (antenna, tags per second in 2, tags in 4), or with one: an error.

The one-byte check is all there is: the tag's own CRC is not passed on. So a tag's EPC must have
the very length that its PC tells, and a frame says whether it may be another that lost or gained a
byte: what follows it shows that. Other stray bytes behind a frame say nothing against it.

Source: IND903 reader module protocol V2.2, pyImpinj, logs of R2000 readers that users show.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from bartack_drivers.codecs.checksums import sum_of, twos_complement
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

HEAD: Final = 0xA0
LENGTH_MAX: Final = 96
"""No tag and no answer to what is asked here is longer: the longest EPC has 62 bytes."""

FRAME_MAX_BYTES: Final = LENGTH_MAX + 2

FIRST_ADDRESS: Final = 0x01
PUBLIC_ADDRESS: Final = 0xFF

VERSION: Final = 0x72
SET_ANTENNA: Final = 0x74
SET_POWER: Final = 0x76
GET_POWER: Final = 0x77
SET_REGION: Final = 0x78
GET_REGION: Final = 0x79
SET_BEEPER: Final = 0x7A
INVENTORY: Final = 0x89
_INVENTORIES: Final = frozenset({INVENTORY, 0x8A, 0x8B})
_COMMANDS: Final = range(0x60, 0xA0)
"""All commands there are; what seems to have another would only hold true frames back."""

DONE: Final = 0x10
NO_TAG: Final = 0x36

REGIONS: Final = MappingProxyType({"us": (1, 7, 59), "eu": (2, 0, 6), "china": (3, 43, 53)})
"""Number, and the first and last of its channels: 902 to 928, 865 to 868, 920 to 925 MHz."""

BEEPS: Final = MappingProxyType({"quiet": 0, "round": 1, "tag": 2})

ERRORS: Final = MappingProxyType(
    {
        0x11: "the command failed",
        0x20: "it restarted itself",
        0x21: "it cannot switch its carrier on",
        0x22: "antenna missing; check its cable",
        0x23: "it cannot write its memory",
        0x24: "it cannot read its memory",
        0x25: "it cannot set its power",
        0x31: "the inventory failed",
        NO_TAG: "no tag",
        0x41: "it does not take this value",
        0x46: "it does not have this address",
        0x47: "it does not have this antenna",
        0x48: "it cannot do this power",
        0x49: "it does not have this region",
        0x4B: "it does not have this beeper setting",
        0x4F: "it does not have these channels",
        0x50: "no tag answered in full",
        0x52: "its frequency does not hold",
        0x53: "its radio chip is silent",
        0x54: "it does not reach its power",
        0x55: "its radio chip is not authentic",
        0x56: "it cannot set its spectrum",
        0x57: "its power is too low",
    }
)


@dataclass(frozen=True, slots=True)
class R2000Frame:
    """One good frame. ``shifted``: behind it stands what a lost or gained byte leaves."""

    address: int
    command: int
    data: bytes
    shifted: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class R2000Tag:
    """One tag; ``antenna`` as on the wire, the first is 0."""

    epc: bytes
    rssi_dbm: int
    antenna: int


class R2000Codec(FrameCodec[R2000Frame]):
    """Bytes in, frames out."""

    def __init__(self) -> None:
        super().__init__(_cut, bytes([HEAD]))


def _cut(data: bytes, at: int) -> Found[R2000Frame] | NoFrame | None:
    if len(data) < at + 2:
        return None
    length = data[at + 1]
    if not 3 <= length <= LENGTH_MAX:
        return NO_FRAME
    frame = data[at : at + 2 + length]
    if len(frame) > 3 and frame[3] not in _COMMANDS:
        return NO_FRAME
    if len(frame) < 2 + length:
        return None
    if sum_of(frame):
        return BAD_CHECKSUM
    shifted = _is_shifted(frame, data[at + len(frame) : at + len(frame) + 3])
    return Found(R2000Frame(frame[2], frame[3], frame[4:-1], shifted), len(frame))


def _is_shifted(frame: bytes, behind: bytes) -> bool:
    """Whether ``frame`` can be made of one that lost or gained a byte, by what stands behind it.

    One that gained a byte leaves its check behind, which the gained byte must equal for the sum to
    fit. One that lost a byte has the head of the next one for its check.
    """
    if behind[:1] in (b"", bytes([HEAD])):
        return False
    gained = behind[0] in frame[2:] and behind[1:2] in (b"", bytes([HEAD]))
    lost = frame[-1] == HEAD and 3 <= behind[0] <= LENGTH_MAX
    return gained or (lost and (len(behind) < 3 or behind[2] in _COMMANDS))


def tag_of(frame: R2000Frame) -> R2000Tag | None:
    """The tag that a frame reports; None where it reports none, or one that cannot be whole."""
    data = frame.data
    if frame.command not in _INVENTORIES or len(data) < 6:
        return None
    epc, rssi = data[3:-1], data[-1]
    if (data[1] >> 3) * 2 != len(epc):
        return None
    antenna = (data[0] & 3) + (4 if rssi & 0x80 else 0)
    return R2000Tag(epc, (rssi & 0x7F) - 129, antenna)


def ends_round(frame: R2000Frame) -> bool:
    """Whether the reader has done what one command 89 asks for, well or not."""
    return frame.command == INVENTORY and len(frame.data) in (1, 7)


def command(address: int, code: int, data: bytes = b"") -> bytes:
    """The bytes of a command."""
    frame = bytes([HEAD, len(data) + 3, address, code]) + data
    return frame + bytes([twos_complement(frame)])


def error_text(code: int) -> str:
    """What an error means, in words and with its code."""
    return f"{ERRORS.get(code, 'an error without a name')} (code {code:02X})"
