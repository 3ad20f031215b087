"""A UHFReader288: asked for tags antenna by antenna, or in real-time mode reporting them by itself.

An inventory has nine bytes: Q, session, mask (bank, address, length), target, antenna, scan time.
Tags are answered as antenna bit, count and, for each, length, EPC and RSSI, and closed by an empty
list. In real-time mode each tag is a frame of its own, and status 28 is a sign of life; readers on
the network say 56 00 00 00 00 00 besides. (Source: UHFEx10 User's Manual V2.20 as quoted in public
repositories; github wabson/chafon-rfid, xynogen/uhfreader18.)
"""

from __future__ import annotations

from functools import partial

from bartack_sim.devices.chafon import (
    ANTENNA_FAULT,
    FINISHED,
    MORE_FOLLOWS,
    OK,
    PUSHED,
    UNKNOWN_COMMAND,
    WRONG_LENGTH,
    Answer,
    ChafonReader,
)

EXAMPLES = ("000000000000000000000313", "00323038", "3039606303C74380001A0559")
RSSI = 0x6B
PUSH_S = 0.1
ALIVE_S = 1.0
ALIVE = bytes.fromhex("560000000000")


class UhfReader288(ChafonReader):
    """The reader with some antennas connected; its tags lie before one of them."""

    def __init__(self, *, active: bool, antennas: frozenset[int], tags_at: int) -> None:
        super().__init__(kind=0x0C, active=active, scan_time=10)
        self.beeper = 1
        self._antennas = antennas
        self._tags_at = tags_at
        self._pushed_s = self._alive_s = 0.0

    def info(self) -> bytes:
        return super().info() + bytes([0x01, self.beeper, 0, 0])

    def look(self, data: bytes, now_s: float) -> Answer | None:
        if self.active:
            return None
        if len(data) != 9:
            return WRONG_LENGTH, b""
        antenna = data[7] - 0x7F
        if antenna not in self._antennas:
            return ANTENNA_FAULT, b""
        self.begin_round(now_s, max(1, data[8]) / 10, partial(self._finish, antenna))
        return None

    def push(self, now_s: float) -> list[bytes]:
        frames = []
        if now_s - self._alive_s >= ALIVE_S:
            self._alive_s = now_s
            frames = [ALIVE] if self.tags else [ALIVE, self.say(PUSHED, 0x28)]
        if now_s - self._pushed_s >= PUSH_S:
            self._pushed_s = now_s
            head = bytes([1 << (self._tags_at - 1)])
            frames += [self.say(PUSHED, OK, head + tag) for tag in self._reports()]
        return frames

    def obey(self, code: int, data: bytes) -> Answer:
        match code:
            case 0x40 if len(data) == 1:
                self.beeper = data[0]
                return OK, b""
            case 0x76 if len(data) == 1:
                self.active = data[0] != 0
                return OK, b""
            case 0x40 | 0x76:
                return WRONG_LENGTH, b""
        return UNKNOWN_COMMAND, b""

    def _finish(self, antenna: int) -> list[bytes]:
        bit = 1 << (antenna - 1)
        tags = self._reports() if antenna == self._tags_at else []
        found = [self.say(0x01, MORE_FOLLOWS, bytes([bit, 1]) + tag) for tag in tags]
        return [*found, self.say(0x01, FINISHED, bytes([bit, 0]))]

    def _reports(self) -> list[bytes]:
        return [bytes([len(epc)]) + epc + bytes([RSSI]) for epc in self.tags.values()]


def device(active: str = "false", antennas: str = "1", tags_at: str = "1") -> UhfReader288:
    """A reader from the factory.

    ``active``: it was set to report tags by itself. ``antennas``: the ports that have one, such as
    ``1,3``. ``tags_at``: the port before which tags are held.
    """
    ports = frozenset(int(port) for port in antennas.split(","))
    return UhfReader288(active=active == "true", antennas=ports, tags_at=int(tags_at))
