"""A UHFReader18: asked for tags, or in active mode reporting each as a bare EPC.

An inventory is answered with a count and, for each tag, length and EPC; without tags with status
FB when the scan time is over. In active mode the reader answers commands that set it up, and no
inventory. (Source: UHFReader18 User's Manual V2.0; github wabson/chafon-rfid.)
"""

from __future__ import annotations

from bartack_sim.devices.chafon import (
    FINISHED,
    MORE_FOLLOWS,
    NO_TAG,
    OK,
    PUSHED,
    UNKNOWN_COMMAND,
    WRONG_LENGTH,
    Answer,
    ChafonReader,
)

EXAMPLES = ("000000000000000000000313", "00323038", "E2801160600002094C4C8B1A")
TAGS_PER_FRAME = 4
PUSH_S = 0.1


class UhfReader18(ChafonReader):
    """The reader, with the factory's scan time of 1 s."""

    def __init__(self, *, active: bool) -> None:
        super().__init__(kind=0x09, active=active, scan_time=10)
        self.mode = bytes([active, 0x02, 0x04, 0x00, 0x01, 0x00])
        """Mode, state (bit 1: over the serial line), what is read (4: all tags), and the rest."""
        self._pushed_s = 0.0

    def look(self, data: bytes, now_s: float) -> Answer | None:
        if self.active:
            return None
        if len(data) not in (0, 2):
            return WRONG_LENGTH, b""
        self.begin_round(now_s, self.scan_time / 10, self._finish)
        return None

    def push(self, now_s: float) -> list[bytes]:
        if now_s - self._pushed_s < PUSH_S or self.mode[2] not in (4, 5):
            return []
        self._pushed_s = now_s
        return [self.say(PUSHED, OK, epc) for epc in self.tags.values()]

    def obey(self, code: int, data: bytes) -> Answer:
        match code:
            case 0x35 if len(data) == len(self.mode):
                self.mode, self.active = data, data[0] & 3 != 0
                return OK, b""
            case 0x36 if not data:
                return OK, bytes([0, 30, 10, 15]) + self.mode + bytes([8, 0])
            case 0x35 | 0x36:
                return WRONG_LENGTH, b""
        return UNKNOWN_COMMAND, b""

    def _finish(self) -> list[bytes]:
        epcs = list(self.tags.values())
        if not epcs:
            return [self.say(0x01, NO_TAG)]
        lists = [epcs[at : at + TAGS_PER_FRAME] for at in range(0, len(epcs), TAGS_PER_FRAME)]
        frames = []
        for number, some in enumerate(lists, 1):
            status = FINISHED if number == len(lists) else MORE_FOLLOWS
            data = b"".join(bytes([len(epc)]) + epc for epc in some)
            frames.append(self.say(0x01, status, bytes([len(some)]) + data))
        return frames


def device(active: str = "false") -> UhfReader18:
    """A reader from the factory; ``active``: one that was set to report tags by itself."""
    return UhfReader18(active=active == "true")
