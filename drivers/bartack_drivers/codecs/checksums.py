"""The checksums of reader protocols, by the names of the CRC catalogue where they have one.

Check values over the ASCII text ``123456789``: MCRF4XX 6F91, GENIBUS D64E, XMODEM 31C3,
ThingMagic A69D.
"""

from __future__ import annotations

import binascii
from functools import reduce
from operator import xor
from typing import Final


def xor_of(data: bytes) -> int:
    """Exclusive or of all bytes."""
    return reduce(xor, data, 0)


def sum_of(data: bytes) -> int:
    """Sum of all bytes modulo 256."""
    return sum(data) & 0xFF


def twos_complement(data: bytes) -> int:
    """The byte that makes the sum of all bytes a multiple of 256."""
    return -sum(data) & 0xFF


def twos_complement_16(data: bytes) -> int:
    """The 16-bit two's complement of the sum of all bytes."""
    return -sum(data) & 0xFFFF


def crc_xmodem(data: bytes) -> int:
    """CRC-16/XMODEM: polynomial 1021, initial value 0."""
    return binascii.crc_hqx(data, 0)


def crc_genibus(data: bytes) -> int:
    """CRC-16/GENIBUS, which Gen2 tags send over PC and EPC: polynomial 1021, inverted."""
    return binascii.crc_hqx(data, 0xFFFF) ^ 0xFFFF


def _mcrf4xx_step(index: int) -> int:
    for _ in range(8):
        index = (index >> 1) ^ 0x8408 if index & 1 else index >> 1
    return index


_MCRF4XX: Final = tuple(_mcrf4xx_step(index) for index in range(256))


def crc_mcrf4xx(data: bytes) -> int:
    """CRC-16/MCRF4XX: polynomial 1021 reflected, initial value FFFF."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _MCRF4XX[(crc ^ byte) & 0xFF]
    return crc


def _thingmagic_step(index: int) -> int:
    """What four bits that leave the register put back into it: carry-less index × 1021."""
    return (
        0x1021 * (index & 1)
        ^ 0x2042 * (index >> 1 & 1)
        ^ 0x4084 * (index >> 2 & 1)
        ^ (0x8108 * (index >> 3))
    )


_THINGMAGIC: Final = tuple(_thingmagic_step(index) for index in range(16))


def crc_thingmagic(data: bytes) -> int:
    """CRC of Mercury readers: polynomial 1021, initial value FFFF, message bits enter at the low
    end and nothing follows them. It is not CRC-16/CCITT-FALSE."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc << 4 & 0xFFFF | byte >> 4) ^ _THINGMAGIC[crc >> 12]
        crc = (crc << 4 & 0xFFFF | byte & 0xF) ^ _THINGMAGIC[crc >> 12]
    return crc
