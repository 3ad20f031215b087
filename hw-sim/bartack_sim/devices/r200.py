"""A UHF module of the R200 and M100 kind: 115200 8N1, it answers, and reads when it is told to.

Frames are ``BB type command PL PL data checksum 7E`` (M100) or ``AA … DD`` (R200). From power-up
it is silent, at 26 dBm and in its own region, and remembers nothing. Told to read many rounds it
sends a notice for each tag of a round and error 15 for a round without one. A frame with a wrong
checksum gets no answer. Once asleep it loses the byte that wakes it. (Source: MagicRF M100
firmware command manual; R200 user protocol V2.3.3.)
"""

from __future__ import annotations

import random

from bartack_sim.faults import other_byte

EXAMPLES = (
    "30751FEB705C5904E3D50D70",
    "03269201",
    "3034257BF7194E4000001A85300833B2",
)
ENDS = {"bb": (0xBB, 0x7E), "aa": (0xAA, 0xDD)}
NO_TAG, UNKNOWN_COMMAND = 0x15, 0x17
TAG_MAX_BYTES = 62
REGIONS = frozenset({1, 2, 3, 4, 6})
DEFAULT_REGION = 1
DEFAULT_POWER = 2600
POWER_MIN, POWER_MAX = 1500, 2600


def tag_crc(data: bytes) -> int:
    """What a Gen2 tag sends after PC and EPC: the inverted CRC of polynomial 1021 from FFFF."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ (0x1021 if register & 0x8000 else 0)
            register &= 0xFFFF
    return register ^ 0xFFFF


def epc_bytes(value: str) -> bytes:
    """The bytes of an EPC in hex. Raises ``ValueError`` for what no tag has."""
    epc = bytes.fromhex(value)
    if not 2 <= len(epc) <= TAG_MAX_BYTES or len(epc) % 2:
        raise ValueError(f"EPC {value!r}: 4 to 124 hex digits are needed, four for each word")
    return epc


class R200:
    """The module. Its ``framing`` is bb or aa; ``crc`` is tag, or zero where it leaves it out.

    ``rounds_max``: most rounds of one run. ``sleep_s``: without a command for so long it sleeps.
    """

    turn_s = 0.04

    def __init__(self, framing: str, crc: str, rounds_max: int, sleep_s: float) -> None:
        self._head, self._tail = ENDS[framing]
        self._has_crc = crc == "tag"
        self._rounds_max = rounds_max
        self._sleep_s = sleep_s
        self._tags: dict[str, bytes] = {}
        self._heard = b""
        self._heard_s = 0.0
        self.power_up()

    def power_up(self) -> list[bytes]:
        self.region = DEFAULT_REGION
        self.power = DEFAULT_POWER
        self.hopping = False
        self.rounds_left = 0
        self._heard = b""
        return []

    def place(self, value: str) -> None:
        self._tags[value] = epc_bytes(value)

    def remove(self, value: str) -> None:
        del self._tags[value]

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        if self.rounds_left == 0 and self._sleep_s and now_s - self._heard_s > self._sleep_s:
            data = data[1:]
        self._heard_s = now_s
        self._heard += data
        answers: list[bytes] = []
        while len(self._heard) >= 7:
            end = 7 + int.from_bytes(self._heard[3:5], "big")
            if self._heard[0] != self._head or self._heard[1] != 0 or end > 263:
                self._heard = self._heard[1:]
                continue
            if len(self._heard) < end:
                break
            body = self._heard[1 : end - 2]
            if self._heard[end - 2 : end] == bytes([sum(body) % 256, self._tail]):
                answers += self._answer(body[1], body[4:])
                self._heard = self._heard[end:]
            else:
                self._heard = self._heard[1:]
        return answers

    def turn(self, now_s: float) -> list[bytes]:
        if self.rounds_left == 0:
            return []
        self.rounds_left -= 1
        if not self._tags:
            return [self._frame(1, 0xFF, bytes([NO_TAG]))]
        return [self.notice(epc) for epc in self._tags.values()]

    def notice(self, epc: bytes) -> bytes:
        """The frame that reports a tag, at -55 dBm."""
        word = (len(epc) // 2) << 11
        pc_and_epc = word.to_bytes(2, "big") + epc
        crc = tag_crc(pc_and_epc) if self._has_crc else 0
        return self._frame(2, 0x22, b"\xc9" + pc_and_epc + crc.to_bytes(2, "big"))

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return other_byte(frame, -2, rng)

    def ghost(self, rng: random.Random) -> bytes:
        return b""

    def _answer(self, command: int, data: bytes) -> list[bytes]:
        result: bytes | None = b"\x00"
        match command:
            case 0x03:
                result = data[:1] + b"M100 26dBm V1.0"
            case 0x27 if len(data) == 3:
                self.rounds_left = min(int.from_bytes(data[1:], "big"), self._rounds_max)
                return []
            case 0x28:
                self.rounds_left = 0
            case 0x07 if data and data[0] in REGIONS:
                self.region = data[0]
            case 0x08:
                result = bytes([self.region])
            case 0xB6 if POWER_MIN <= int.from_bytes(data, "big") <= POWER_MAX:
                self.power = int.from_bytes(data, "big")
            case 0xB7:
                result = self.power.to_bytes(2, "big")
            case 0xAD:
                self.hopping = data == b"\xff"
            case _:
                result = None
        if result is None:
            return [self._frame(1, 0xFF, bytes([UNKNOWN_COMMAND]))]
        return [self._frame(1, command, result)]

    def _frame(self, kind: int, command: int, data: bytes) -> bytes:
        body = bytes([kind, command]) + len(data).to_bytes(2, "big") + data
        return bytes([self._head]) + body + bytes([sum(body) % 256, self._tail])


def device(
    framing: str = "bb", crc: str = "tag", rounds_max: str = "65535", sleep_s: str = "0"
) -> R200:
    """A module that is made so; see ``R200``."""
    if framing not in ENDS or crc not in {"tag", "zero"}:
        raise ValueError("framing is bb or aa, crc is tag or zero")
    return R200(framing, crc, int(rounds_max), float(sleep_s))
