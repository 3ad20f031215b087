"""A card reader Gwiot 7941W: 115200 8N1, it talks only when asked.

A request is AB BA, address, command, length, data, XOR of all that follows the header; the answer
has the header CD DC and a status in place of the command: 81 done, 80 failed, which is also what
it says where no card lies. A request with a wrong XOR is not answered. (Source: sellers'
descriptions; msmidik/7941w_raspberry.)
"""

from __future__ import annotations

import functools
import operator
import random

from bartack_sim.devices.device import Talker
from bartack_sim.faults import other_byte

EXAMPLES = ("2E00B6D7B5", "DEADBEEF", "04A1B2C3D4E5F6")

READ_UID = 0x10
READ_EM4100 = 0x15
WRITES = frozenset({0x11, 0x13, 0x14, 0x16})
DONE = 0x81
FAILED = 0x80

_HEADER = b"\xab\xba"
_EM4100_BYTES = 5
_UID_BYTES = (4, 7, 10)


def reply(status: int, data: bytes = b"") -> bytes:
    """The bytes of one answer."""
    body = bytes([0x00, status, len(data)]) + data
    return b"\xcd\xdc" + body + bytes([_xor(body)])


def _xor(data: bytes) -> int:
    return functools.reduce(operator.xor, data, 0)


class Gwiot7941w(Talker):
    """The module. ``asked``: every command that it was ever sent."""

    turn_s = 1.0

    def __init__(self) -> None:
        self.asked: set[int] = set()
        self._cards: list[bytes] = []
        self._heard = b""

    def power_up(self) -> list[bytes]:
        self._heard = b""
        return []

    def place(self, value: str) -> None:
        number = bytes.fromhex(value)
        if len(number) not in (_EM4100_BYTES, *_UID_BYTES):
            raise ValueError(f"card {value!r}: 4, 5, 7 or 10 bytes are needed, such as 2E00B6D7B5")
        self._cards.append(number)

    def remove(self, value: str) -> None:
        self._cards.remove(bytes.fromhex(value))

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        self._heard += data
        answers: list[bytes] = []
        while (start := self._heard.find(_HEADER)) >= 0:
            request = self._heard[start:]
            if len(request) < 5 or len(request) < 6 + request[4]:
                self._heard = request
                return answers
            end = 6 + request[4]
            self._heard = request[end:]
            if _xor(request[2:end]) == 0 and request[2] == 0x00:
                answers.append(self._answer(request[3]))
        self._heard = self._heard[-1:]
        return answers

    def turn(self, now_s: float) -> list[bytes]:
        return []

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return other_byte(frame, -1, rng)

    def _answer(self, command: int) -> bytes:
        self.asked.add(command)
        if command in WRITES and self._cards:
            return reply(DONE)
        lengths = {READ_UID: _UID_BYTES, READ_EM4100: (_EM4100_BYTES,)}.get(command, ())
        for card in self._cards:
            if len(card) in lengths:
                return reply(DONE, card)
        return reply(FAILED)


device = Gwiot7941w
