"""Wire protocol of the Gwiot 7941W reader for 125 kHz and 13.56 MHz cards, at 115200 8N1.

The reader answers when it is asked, with the XOR of everything between header and checksum::

    AB BA | address 00 | command | length | data | XOR      to the reader
    CD DC | address 00 | status  | length | data | XOR      from the reader

A reply does not say which command it answers; how long a card's number is tells its kind. Of the
commands only the two that read a card's number stand here: others write to the card.

Source: sellers' descriptions of the module; msmidik/7941w_raspberry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bartack_drivers.codecs.checksums import xor_of
from bartack_drivers.codecs.framing import BAD_CHECKSUM, NO_FRAME, Found, FrameCodec, NoFrame

READ_UID: Final = bytes.fromhex("AB BA 00 10 00 10")
"""Which 13.56 MHz card is there?"""
READ_EM4100: Final = bytes.fromhex("AB BA 00 15 00 15")
"""Which 125 kHz card is there?"""

DONE: Final = 0x81
NO_CARD: Final = 0x80

NUMBER_MAX_BYTES: Final = 10
"""Longest number of a card; longer replies answer what is never asked here."""

_HEADER: Final = b"\xcd\xdc"
_DATA_AT: Final = 5


@dataclass(frozen=True, slots=True)
class Reply:
    """One good frame of the reader: ``data`` is a card's number where ``status`` is ``DONE``."""

    status: int
    data: bytes


class Gwiot7941wCodec(FrameCodec[Reply]):
    """Bytes in, frames out."""

    def __init__(self) -> None:
        super().__init__(_cut, _HEADER[:1])


def _cut(data: bytes, at: int) -> Found[Reply] | NoFrame | None:
    head = data[at : at + _DATA_AT]
    if not _HEADER.startswith(head[:2]):
        return NO_FRAME
    if len(head) < _DATA_AT:
        return None
    number_bytes = head[4]
    if number_bytes > NUMBER_MAX_BYTES:
        return NO_FRAME
    end = at + _DATA_AT + number_bytes
    if len(data) <= end:
        return None
    if xor_of(data[at + 2 : end]) != data[end]:
        return BAD_CHECKSUM
    return Found(Reply(head[3], data[at + _DATA_AT : end]), end + 1 - at)
