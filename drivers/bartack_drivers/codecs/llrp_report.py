"""The tags of an LLRP report, read field by field so that nothing strange in it loses a tag.

A report is a sequence of parameters. Those of type 240 are one tag each, and hold its EPC and what
the reader says about it, in any order::

    6 bits 0, 10 bits type | length of all, 2 bytes | body        TLV
    bit 7 set, 7 bits type | body of a fixed length               TV

Makers add parameters of their own (1023), whose contents differ from firmware to firmware, and
results of what was done with the tag. Both are skipped by their length. What no report can hold
shows that parts of two messages were taken for one.

Source: EPCglobal Low Level Reader Protocol 1.0.1 and 1.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_TAG_REPORT_DATA: Final = 240
_EPC_DATA: Final = 241
_EPC_96: Final = 13
_ANTENNA: Final = 1
_PEAK_RSSI: Final = 6

_TV: Final = 0x80
_TV_BYTES: Final = MappingProxyType(
    {
        **dict.fromkeys((2, 3, 4, 5), 8),  # first and last seen, by the clock and since power-up
        **dict.fromkeys((_ANTENNA, 7, 8, 10, 11, 12, 14, 15, 17, 19, 20), 2),
        **dict.fromkeys((9, 16, 18), 4),
        _PEAK_RSSI: 1,
        _EPC_96: 12,
    }
)
"""Length of the body of each TV parameter there is in a report."""

_TLVS: Final = frozenset({_EPC_DATA, *range(341, 366), 1023})
"""The TLV parameters of a tag: EPC, results of operations, and makers' own."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag of a report: its EPC in upper-case hex, and what the reader says about it."""

    epc: str
    antenna: int | None = None
    rssi_dbm: int | None = None


def tags_in(report: bytes) -> tuple[Tag, ...]:
    """The tags of a report without its header. Raises ``ValueError`` where it is none."""
    found = (_tag(body) for kind, body in _parameters(report) if kind == _TAG_REPORT_DATA)
    return tuple(tag for tag in found if tag is not None)


def _tag(data: bytes) -> Tag | None:
    """One tag; None where it has no EPC."""
    fields: dict[int, bytes] = {}
    for kind, body in _parameters(data):
        if kind not in _TV_BYTES and kind not in _TLVS:
            raise ValueError(f"no tag has a parameter {kind}")
        fields.setdefault(kind, body)
    epc = fields.get(_EPC_96) or _epc(fields.get(_EPC_DATA, b""))
    if not epc:
        return None
    antenna, rssi = fields.get(_ANTENNA), fields.get(_PEAK_RSSI)
    return Tag(
        epc.hex().upper(),
        None if antenna is None else int.from_bytes(antenna, "big"),
        None if rssi is None else int.from_bytes(rssi, "big", signed=True),
    )


def _epc(data: bytes) -> bytes:
    """The EPC behind its length in bits."""
    size = (int.from_bytes(data[:2], "big") + 7) // 8
    if size > len(data[2:]):
        raise ValueError("an EPC that is longer than its parameter")
    return data[2 : 2 + size]


def _parameters(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each parameter's type and body."""
    at = 0
    while at < len(data):
        if data[at] & _TV:
            kind, head = data[at] & ~_TV, 1
            if kind not in _TV_BYTES:
                raise ValueError(f"no report has a field {kind}")
            size = head + _TV_BYTES[kind]
        else:
            kind, head = int.from_bytes(data[at : at + 2], "big"), 4
            size = int.from_bytes(data[at + 2 : at + 4], "big")
        if size < head or at + size > len(data):
            raise ValueError("a parameter that is longer than what it stands in")
        yield kind, data[at + head : at + size]
        at += size
