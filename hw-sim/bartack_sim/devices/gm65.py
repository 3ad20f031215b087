"""A GM65 barcode module on its serial line: 9600 8N1, labels as text and a tail.

Its settings are bytes in zones; a written zone lasts until power goes, unless the zones are saved.
A command with a wrong CRC gets no answer, one that stays unfinished for 400 ms is dropped.
(Source: GM65 serial manual.)
"""

from __future__ import annotations

import binascii
import random

from bartack_sim.faults import other_byte

READ, WRITE, SAVE = 7, 8, 9
DO_NOT_CHECK = b"\xab\xcd"
UNFINISHED_MAX_S = 0.4
ZONES = 0x100
ZONE_MODE, ZONE_TAIL, ZONE_MODEL, ZONE_SOFTWARE = 0x00, 0x60, 0xE0, 0xE2
MODES = {"manual": 0, "command": 1, "continuous": 2, "sensing": 3}
TAILS = {"cr": 0x01, "crlf": 0x21, "tab": 0x41, "none": 0x00}
TAIL_BYTES = (b"\r", b"\r\n", b"\t", b"")
DEBUG = b"<{GM65 V1.00}>\r\n"
EXAMPLES = ("B000123-OP310", "B000124")


def crc(data: bytes) -> bytes:
    """CRC-16/XMODEM, high byte first."""
    return binascii.crc_hqx(data, 0).to_bytes(2)


def answer(data: bytes) -> bytes:
    """What the module says to a command that it obeyed."""
    body = bytes([0, len(data) & 0xFF]) + data
    return b"\x02\x00" + body + crc(body)


class Gm65:
    """The module: a label that is placed before it is sent once."""

    turn_s = 0.02

    def __init__(
        self, mode: str = "manual", tail: str = "cr", encoding: str = "utf-8", debug: str = "false"
    ) -> None:
        """The settings in flash. ``debug``: the board prints a line when power comes."""
        if mode not in MODES or tail not in TAILS:
            raise ValueError(f"mode is one of {', '.join(MODES)}; tail of {', '.join(TAILS)}")
        self._flash = bytearray(ZONES)
        self._flash[ZONE_MODE] = 0xD4 | MODES[mode]
        self._flash[ZONE_TAIL] = TAILS[tail]
        self._flash[ZONE_MODEL] = 0x05
        self._flash[ZONE_SOFTWARE] = 0x69
        self._encoding = encoding
        self._debug = debug == "true"
        self.saves = 0
        self.power_up()

    def power_up(self) -> list[bytes]:
        self._zones = bytearray(self._flash)
        self._heard = b""
        self._heard_s = 0.0
        self._labels: list[str] = []
        self._triggered = False
        return [DEBUG] if self._debug else []

    def place(self, value: str) -> None:
        self._labels.append(value)

    def remove(self, value: str) -> None:
        """It was sent when it was placed."""

    def turn(self, now_s: float) -> list[bytes]:
        if self._zones[ZONE_MODE] & 0x03 == MODES["command"] and not self._triggered:
            self._labels.clear()
        if not self._labels:
            return []
        labels, self._labels, self._triggered = self._labels, [], False
        return [label.encode(self._encoding) + self._tail() for label in labels]

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        if now_s - self._heard_s > UNFINISHED_MAX_S:
            self._heard = b""
        self._heard, self._heard_s = self._heard + data, now_s
        said: list[bytes] = []
        while (start := self._heard.find(b"\x7e\x00")) >= 0:
            self._heard = self._heard[start:]
            length = self._heard[3] if len(self._heard) > 3 else 0
            end = 6 + length + 2
            if len(self._heard) < end:
                break
            body, sent = self._heard[2 : end - 2], self._heard[end - 2 : end]
            self._heard = self._heard[end:]
            if sent in (crc(body), DO_NOT_CHECK):
                said += self._obey(body[0], int.from_bytes(body[2:4]), body[4:])
        return said

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        """The CRC of an answer is another; text has none."""
        return other_byte(frame, -1, rng) if frame.startswith(b"\x02\x00") else frame

    def ghost(self, rng: random.Random) -> bytes:
        return b""

    def _tail(self) -> bytes:
        setting = self._zones[ZONE_TAIL]
        return TAIL_BYTES[setting >> 5 & 0x03] if setting & 0x01 else b""

    def _obey(self, kind: int, address: int, data: bytes) -> list[bytes]:
        if address + len(data) > ZONES or not data:
            return []
        if kind == READ:
            return [answer(bytes(self._zones[address : address + (data[0] or 256)]))]
        if kind == WRITE:
            self._zones[address : address + len(data)] = data
            self._triggered |= bool(address == 0x0002 and data[0] & 0x01)
            return [answer(b"\x00")]
        if kind == SAVE:
            self._flash[:] = self._zones
            self.saves += 1
            return [answer(b"\x00")]
        return []


device = Gm65
