"""What both generations of Chafon's UHFReader have in common: frames, memory, and being busy.

A command is ``Len Adr Cmd data CRC``, its answer ``Len Adr Cmd Status data CRC``, the CRC low byte
first. A command for another address, one with a wrong CRC, and one that comes while the reader is
busy get no answer; the bytes of a command may be no more than 15 ms apart. Settings outlive a power
failure. (Source: UHFReader18 User's Manual V2.0; github wabson/chafon-rfid.)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from bartack_sim.devices.checksums import crc_mcrf4xx
from bartack_sim.faults import other_byte

SYNC_S = 0.015
ROUND_S = 0.1
"""How long a round with tags in the field takes; without any it takes the whole scan time."""

OK, FINISHED, MORE_FOLLOWS, NO_TAG = 0x00, 0x01, 0x03, 0xFB
ANTENNA_FAULT, WRONG_LENGTH, UNKNOWN_COMMAND, WRONG_VALUE = 0xF8, 0xFD, 0xFE, 0xFF
PUSHED = 0xEE

Answer = tuple[int, bytes]
"""Status and data."""


def epc_bytes(value: str) -> bytes:
    """The bytes of an EPC that was given in hex. Raises ``ValueError`` for anything else."""
    epc = bytes.fromhex(value)
    if not 2 <= len(epc) <= 62 or len(epc) % 2:
        raise ValueError(f"EPC {value!r}: 4 to 124 hex digits are needed, in fours")
    return epc


def frame(address: int, code: int, status: int, data: bytes) -> bytes:
    """An answer as it goes over the wire."""
    body = bytes([len(data) + 5, address, code, status]) + data
    return body + crc_mcrf4xx(body).to_bytes(2, "little")


class ChafonReader:
    """A reader with power: answers commands, and looks for tags when it is told to."""

    turn_s = 0.02

    def __init__(self, kind: int, active: bool, scan_time: int) -> None:
        self.address = 0
        self.kind = kind
        self.active = active
        self.highest, self.lowest, self.power_dbm = 0x31, 0x80, 30
        self.scan_time = scan_time
        self.tags: dict[str, bytes] = {}
        self._heard = b""
        self._heard_s = 0.0
        self._round: Callable[[], list[bytes]] | None = None
        self._round_ends_s = 0.0

    def power_up(self) -> list[bytes]:
        self._heard, self._round = b"", None
        return []

    def place(self, value: str) -> None:
        self.tags[value] = epc_bytes(value)

    def remove(self, value: str) -> None:
        del self.tags[value]

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        if now_s - self._heard_s > SYNC_S:
            self._heard = b""
        self._heard, self._heard_s = self._heard + data, now_s
        return [answer for command in self._commands() for answer in self._obey(command, now_s)]

    def turn(self, now_s: float) -> list[bytes]:
        if self._round is not None and now_s >= self._round_ends_s:
            finish, self._round = self._round, None
            return finish()
        return self.push(now_s) if self.active and self._round is None else []

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return other_byte(frame, -1, rng)

    def ghost(self, rng: random.Random) -> bytes:
        return b""

    def push(self, now_s: float) -> list[bytes]:
        """What the reader reports of its own accord in active mode."""
        raise NotImplementedError

    def look(self, data: bytes, now_s: float) -> Answer | None:
        """Begin a round, or say why not."""
        raise NotImplementedError

    def info(self) -> bytes:
        """The answer to command 21."""
        versions = bytes([0, 22, self.kind, 0x03])
        return versions + bytes([self.highest, self.lowest, self.power_dbm, self.scan_time])

    def obey(self, code: int, data: bytes) -> Answer:
        """Carry out a command of this generation only."""
        return UNKNOWN_COMMAND, b""

    def begin_round(self, now_s: float, scan_s: float, finish: Callable[[], list[bytes]]) -> None:
        """Be busy until the round ends, then say what ``finish`` says."""
        self._round = finish
        self._round_ends_s = now_s + (min(ROUND_S, scan_s) if self.tags else scan_s)

    def say(self, code: int, status: int, data: bytes = b"") -> bytes:
        return frame(self.address, code, status, data)

    def _commands(self) -> Iterator[bytes]:
        """The whole commands among the bytes heard, without Len and CRC."""
        while self._heard and len(self._heard) > self._heard[0]:
            length = self._heard[0]
            command, self._heard = self._heard[: length + 1], self._heard[length + 1 :]
            right = length >= 4 and crc_mcrf4xx(command[:-2]).to_bytes(2, "little") == command[-2:]
            if right and command[1] in (self.address, 0xFF):
                yield command[1:-2]

    def _obey(self, command: bytes, now_s: float) -> list[bytes]:
        if self._round is not None:
            return []  # busy
        code, data = command[1], command[2:]
        if code == 0x01:
            answer = self.look(data, now_s)
            return [] if answer is None else [self.say(code, *answer)]
        status, said = self._settle(code, data)
        return [self.say(0 if status == UNKNOWN_COMMAND else code, status, said)]

    def _settle(self, code: int, data: bytes) -> Answer:
        lengths = {0x21: 0, 0x22: 2, 0x25: 1, 0x2F: 1, 0x33: 3}
        if code not in lengths:
            return self.obey(code, data)
        if len(data) != lengths[code]:
            return WRONG_LENGTH, b""
        match code:
            case 0x21:
                return OK, self.info()
            case 0x22:
                self.highest, self.lowest = data
            case 0x25:
                self.scan_time = data[0] if data[0] >= 3 else 10
            case 0x2F if data[0] > 30:
                return WRONG_VALUE, b""
            case 0x2F:
                self.power_dbm = data[0]
        return OK, b""
