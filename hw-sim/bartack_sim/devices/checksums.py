"""Checksums as simulated readers compute them, bit by bit as their manuals print them."""

from __future__ import annotations


def crc_mcrf4xx(data: bytes) -> int:
    """CRC-16 of Chafon readers: polynomial 8408, shifted right, beginning with FFFF."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0x8408 if crc & 1 else crc >> 1
    return crc
