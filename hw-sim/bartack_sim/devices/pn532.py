"""A 13.56 MHz badge reader with a PN532 chip on a serial line (HSU, 115200 8N1).

The chip sleeps from power-up on: it wakes by 55, loses the bytes that follow at once, and takes
commands from the next frame on. It acknowledges each command and then answers it. A search for
cards goes on until one comes, unless its retries were set. (Source: NXP UM0701-02; libnfc.)
"""

from __future__ import annotations

import random

from bartack_sim.faults import other_byte

ACK = bytes.fromhex("00 00 FF 00 FF 00")
SYNTAX_ERROR = bytes.fromhex("00 00 FF 01 FF 7F 81 00")
FIRMWARE = bytes.fromhex("32 01 06 07")
LOST_AT_WAKING = 8
"""Bytes that pass between the first 55 and the moment the chip listens."""

SEARCHES_WITHOUT_END = 0xFF
TARGETS_MAX = 2
EXAMPLES = ("5CBBE5D5", "04A2B3C4D5E680")


def frame(code: int, data: bytes = b"", sender: int = 0xD5) -> bytes:
    """A normal frame; one of more than 255 bytes in the extended form."""
    body = bytes([sender, code]) + data
    if len(body) <= 0xFF:
        head = bytes([len(body), -len(body) & 0xFF])
    else:
        length = len(body).to_bytes(2)
        head = b"\xff\xff" + length + bytes([-sum(length) & 0xFF])
    return b"\x00\x00\xff" + head + body + bytes([-sum(body) & 0xFF, 0])


def target(number: int, uid: bytes) -> bytes:
    """How the chip lists a card: 4-byte numbers as MIFARE Classic, 7-byte ones as DESFire."""
    if len(uid) == 4:
        return bytes([number, 0x00, 0x04, 0x08, 4]) + uid
    return bytes([number, 0x03, 0x44, 0x20, len(uid)]) + uid + bytes.fromhex("06 75 77 81 02 80")


class Pn532:
    """The chip and the cards in its field."""

    turn_s = 0.02

    def __init__(self) -> None:
        self._cards: list[bytes] = []
        self.power_up()

    def power_up(self) -> list[bytes]:
        self._asleep = True
        self._deaf_bytes = 0
        self._ready = False
        self._retries = SEARCHES_WITHOUT_END
        self._searching = 0
        self._heard = b""
        return []

    def place(self, value: str) -> None:
        uid = bytes.fromhex(value)
        if len(uid) not in (4, 7, 10):
            raise ValueError(f"card {value!r}: 4, 7 or 10 bytes in hex are needed")
        self._cards.append(uid)

    def remove(self, value: str) -> None:
        self._cards.remove(bytes.fromhex(value))

    def turn(self, now_s: float) -> list[bytes]:
        if not self._searching or not self._cards:
            return []
        return [self._found()]

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        self._heard += self._awake(data)
        said: list[bytes] = []
        while (body := self._next()) is not None:
            said += self._obey(body)
        return said

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        """The sum over the data is another; frames without data have none."""
        return frame if frame == ACK else other_byte(frame, -2, rng)

    def ghost(self, rng: random.Random) -> bytes:
        return b""

    def _awake(self, data: bytes) -> bytes:
        """What of ``data`` a chip hears that may be asleep."""
        if self._asleep:
            at = data.find(0x55)
            if at < 0:
                return b""
            self._asleep, self._deaf_bytes = False, LOST_AT_WAKING
            data = data[at:]
        lost = min(len(data), self._deaf_bytes)
        self._deaf_bytes -= lost
        return data[lost:]

    def _next(self) -> bytes | None:
        """The body of the next whole frame; an empty one for the host's ACK."""
        while (at := self._heard.find(b"\x00\xff")) >= 0:
            head = self._heard[at + 2 : at + 4]
            if len(head) < 2:
                break
            if head == b"\x00\xff":
                self._heard = self._heard[at + 4 :]
                return b""
            length = head[0]
            end = at + 4 + length + 1
            if sum(head) & 0xFF or not length:
                self._heard = self._heard[at + 1 :]
                continue
            if len(self._heard) < end:
                break
            body = self._heard[at + 4 : end]
            self._heard = self._heard[end:]
            if sum(body) & 0xFF == 0:
                return body[:-1]
        return None

    def _obey(self, body: bytes) -> list[bytes]:
        self._searching = 0  # an ACK, or another command, ends a search that goes on
        match list(body):
            case []:
                return []
            case [0xD4, 0x02]:
                return [ACK, frame(0x03, FIRMWARE)]
            case [0xD4, 0x14, *_]:
                self._ready = True
                return [ACK, frame(0x15)]
            case [0xD4, 0x32, 0x05, _, _, retries] if self._ready:
                self._retries = retries
                return [ACK, frame(0x33)]
            case [0xD4, 0x32, *_] if self._ready:
                return [ACK, frame(0x33)]
            case [0xD4, 0x4A, count, 0x00] if self._ready and 1 <= count <= TARGETS_MAX:
                self._searching = count
                if self._cards or self._retries != SEARCHES_WITHOUT_END:
                    return [ACK, self._found()]
                return [ACK]
        return [ACK, SYNTAX_ERROR] if self._ready else []

    def _found(self) -> bytes:
        cards = self._cards[: self._searching]
        self._searching = 0
        listed = b"".join(target(number, uid) for number, uid in enumerate(cards, 1))
        return frame(0x4B, bytes([len(cards)]) + listed)


device = Pn532
