"""A UHF reader with an Impinj R2000: 115200 8N1, frames ``A0 length address command data check``.

All bytes of a frame sum up to 00. It reads one round when it is told to (89): a frame for each
tag, then one that ends the round. Before that its antenna must be chosen (74), which it forgets
with its power; power, region and beeper it keeps in flash. It answers with its own address,
and not at all to other addresses or wrong checks. (Source: IND903 reader module protocol V2.2;
logs of readers that users show.)
"""

from __future__ import annotations

import random

from bartack_sim.faults import other_byte

EXAMPLES = (
    "E200301666130121155074EF",
    "03269201",
    "3034257BF7194E4000001A85300833B2",
)
DONE, MISSING, NO_COMMAND, NO_ANTENNA, NO_POWER, NO_REGION = 0x10, 0x22, 0x11, 0x47, 0x48, 0x49
PUBLIC = 0xFF
RSSI = 0x45
POWER_MAX = 33
TAG_MAX_BYTES = 62


def check(data: bytes) -> int:
    """What makes the sum a multiple of 256."""
    return (256 - sum(data) % 256) % 256


class R2000:
    """The reader: its ``address``, and how many antennas are ``connected``.

    ``flash_writes`` counts what wears it out.
    """

    turn_s = 0.05

    def __init__(self, address: int, connected: int, power: int) -> None:
        self.address = address
        self.connected = connected
        self.power = power
        self.region = bytes([1, 7, 59])
        self.beeper = 2
        self.flash_writes = 0
        self._tags: dict[str, bytes] = {}
        self.power_up()

    def power_up(self) -> list[bytes]:
        self.antenna: int | None = None
        self._in_round = False
        self._heard = b""
        return []

    def place(self, value: str) -> None:
        epc = bytes.fromhex(value)
        if not 2 <= len(epc) <= TAG_MAX_BYTES or len(epc) % 2:
            raise ValueError(f"EPC {value!r}: 4 to 124 hex digits are needed, four for each word")
        self._tags[value] = epc

    def remove(self, value: str) -> None:
        del self._tags[value]

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        self._heard += data
        answers: list[bytes] = []
        while len(self._heard) >= 5:
            end = 2 + self._heard[1]
            if self._heard[0] != 0xA0 or end < 5:
                self._heard = self._heard[1:]
                continue
            if len(self._heard) < end:
                break
            frame = self._heard[:end]
            if sum(frame) % 256:
                self._heard = self._heard[1:]
                continue
            self._heard = self._heard[end:]
            if frame[2] in (self.address, PUBLIC):
                answers += self._answer(frame[3], frame[4:-1])
        return answers

    def turn(self, now_s: float) -> list[bytes]:
        if not self._in_round or self.antenna is None:
            return []
        self._in_round = False
        tags = [self.report(epc, self.antenna) for epc in self._tags.values()]
        total = len(tags).to_bytes(4, "big")
        return [*tags, self._frame(0x89, bytes([self.antenna, 0, 0x1D]) + total)]

    def report(self, epc: bytes, antenna: int) -> bytes:
        """The frame that reports a tag, at -60 dBm and on frequency 1."""
        pc = ((len(epc) // 2) << 11).to_bytes(2, "big")
        eighth_bit = 0x80 if antenna > 3 else 0
        return self._frame(0x89, bytes([4 | antenna % 4]) + pc + epc + bytes([RSSI | eighth_bit]))

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return other_byte(frame, -1, rng)

    def ghost(self, rng: random.Random) -> bytes:
        return b""

    def _answer(self, command: int, data: bytes) -> list[bytes]:
        match command:
            case 0x72:
                return [self._frame(command, b"\x01\x09")]
            case 0x75:
                return [self._frame(command, bytes([self.antenna or 0]))]
            case 0x77:
                return [self._frame(command, bytes([self.power]))]
            case 0x79:
                return [self._frame(command, self.region)]
            case 0x89:
                self._in_round = self.antenna is not None and self.antenna < self.connected
                return [] if self._in_round else [self._frame(command, bytes([MISSING]))]
        return [self._frame(command, bytes([self._set(command, data)]))]

    def _set(self, command: int, data: bytes) -> int:
        match command, list(data):
            case 0x74, [antenna]:
                if antenna > 7:
                    return NO_ANTENNA
                self.antenna = antenna
                return DONE
            case 0x76, [power]:
                if power > POWER_MAX:
                    return NO_POWER
                self.power = power
            case 0x78, [region, _, _]:
                if region not in (1, 2, 3):
                    return NO_REGION
                self.region = data
            case 0x7A, [mode] if mode <= 2:
                self.beeper = mode
            case _:
                return NO_COMMAND
        self.flash_writes += 1
        return DONE

    def _frame(self, command: int, data: bytes) -> bytes:
        frame = bytes([0xA0, len(data) + 3, self.address, command]) + data
        return frame + bytes([check(frame)])


def device(address: str = "1", connected: str = "1", power: str = "30") -> R2000:
    """A reader that is made so; see ``R2000``."""
    return R2000(int(address), int(connected), int(power))
