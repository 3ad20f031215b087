"""A UHF module that speaks the Mercury protocol of ThingMagic.

FF, length, operation, data and CRC one way; FF, length, operation, status, data and CRC the other.
Commands with a wrong CRC are ignored. Four models: ``m6e`` runs its firmware from power-up,
``nano`` does and forgets its region, ``silion`` and ``m5e`` wake in the bootloader, and ``m5e``
has no continuous reading: it is told to search and then asked for what it found.

Source: SparkFun library and hookup guide, Mercury embedded developer guides, Silion documents.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable

from bartack_sim.faults import other_byte

EXAMPLES = ("000000000000000000001545", "E2801160", "E28011606000020612345678ABCDEF0123456789")
TURN_S = 0.1
LIFE_SIGN_S = 1.0
"""How often a module that reads and finds nothing says so."""

SEARCH_S = 0.3
TAGS_IN_ONE_REPLY = 3
MODELS = ("m6e", "nano", "silion", "m5e")

OK, BAD_LENGTH, BAD_OPERATION, BAD_PARAMETER = 0x0000, 0x0100, 0x0101, 0x0105
NO_TAGS, NO_PROTOCOL, NO_REGION = 0x0400, 0x0401, 0x0503

Reply = tuple[int, bytes]


def crc(data: bytes) -> int:
    """Each message bit enters at the low end; what leaves at the high end is divided by 1021h."""
    register = 0xFFFF
    for byte in data:
        for bit in range(7, -1, -1):
            leaving = register >> 15
            register = (register << 1 & 0xFFFF | byte >> bit & 1) ^ 0x1021 * leaving
    return register


def tag_crc(data: bytes) -> bytes:
    """What a Gen2 tag sends behind its PC word and EPC."""
    register = 0xFFFF
    for byte in data:
        for bit in range(7, -1, -1):
            odd = (register >> 15) ^ (byte >> bit & 1)
            register = register << 1 & 0xFFFF ^ 0x1021 * odd
    return (register ^ 0xFFFF).to_bytes(2, "big")


def frame(operation: int, status: int = OK, data: bytes = b"") -> bytes:
    body = bytes([len(data), operation]) + status.to_bytes(2, "big") + data
    return b"\xff" + body + crc(body).to_bytes(2, "big")


def stored(epc: bytes) -> bytes:
    """What a tag backscatters: PC word, EPC, CRC."""
    words = (len(epc) // 2 << 11).to_bytes(2, "big") + epc
    return words + tag_crc(words)


def record(backscattered: bytes, rssi_dbm: int = -60, antenna: int = 1) -> bytes:
    """One tag with all metadata: count, signal, antenna, frequency, time, phase, protocol, no tag
    data, GPIO; then the bits of what it sent, and that."""
    metadata = bytes([1, rssi_dbm % 256, antenna * 0x11]) + bytes.fromhex(
        "0E1640000001270000050000"
    )
    return metadata + b"\x0f" + (len(backscattered) * 8).to_bytes(2, "big") + backscattered


def streamed(backscattered: bytes, antenna: int = 1) -> bytes:
    """What a module that reads without end says of a tag."""
    return frame(0x22, OK, bytes.fromhex("10001B01FF01") + record(backscattered, antenna=antenna))


class MercuryModule:
    """The module: commands in, answers and streamed tags out."""

    turn_s = TURN_S

    def __init__(self, model: str, region: int) -> None:
        self._model = model
        self._factory_region = region
        self._tags: dict[str, bytes] = {}
        self.fault = OK
        """The status it reports in place of tags: 0504 too hot, 0505 no antenna."""

        self._forget()

    def _forget(self) -> None:
        self.in_bootloader = self._model in ("silion", "m5e")
        self.region = 0 if self._model == "nano" else self._factory_region
        self.protocol = 0
        self.antennas = b""
        self.power_cdbm = 3000
        self.filtered = 1
        self.streaming = False
        self._buffer: list[bytes] = []
        self._search_due_s: float | None = None
        self._said_s = 0.0
        self._heard = b""

    def power_up(self) -> list[bytes]:
        self._forget()
        return []

    def place(self, value: str) -> None:
        if not value or len(value) % 4 or not set(value) <= set(string.hexdigits):
            raise ValueError(f"EPC {value!r}: whole words in hex are needed, such as {EXAMPLES[1]}")
        self._tags[value] = stored(bytes.fromhex(value))

    def remove(self, value: str) -> None:
        del self._tags[value]

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        self._heard += data
        said: list[bytes] = []
        while (start := self._heard.find(0xFF)) >= 0:
            self._heard = self._heard[start:]
            length = 5 + self._heard[1] if len(self._heard) > 1 else 5
            if len(self._heard) < length:
                break
            body, sent = self._heard[1 : length - 2], self._heard[length - 2 : length]
            if crc(body).to_bytes(2, "big") != sent:
                self._heard = self._heard[1:]
                continue
            self._heard = self._heard[length:]
            said += self._answer(body[1], body[2:], now_s)
        return said

    def _answer(self, operation: int, data: bytes, now_s: float) -> list[bytes]:
        if operation == 0x2F and data[2:3] == b"\x02" and self.streaming:
            self.streaming = False  # tags that were under way come first
            return [*self._stream(), frame(0x2F, OK, data[:3])]
        if self.streaming:
            return []
        if operation == 0x22 and not self.in_bootloader and self._may_read() == OK:
            self._search_due_s = now_s + SEARCH_S
            return []
        status, answer = self._done(operation, data)
        return [frame(operation, status, answer)]

    def _done(self, operation: int, data: bytes) -> Reply:
        if operation == 0x03:
            return OK, bytes.fromhex("121231003030000520220415010B010B00000010")
        if operation == 0x0C:
            return OK, b"\x11" if self.in_bootloader else b"\x12"
        if self.in_bootloader:
            if operation == 0x04:
                self.in_bootloader = False
                return OK, b""
            return BAD_OPERATION, b""
        get = self._getters().get(operation)
        if get is not None:
            return OK, get()
        if operation in (0x91, 0x92, 0x93, 0x97, 0x9A):
            return self._set(operation, data), b""
        match operation:
            case 0x22:
                return self._may_read(), b""
            case 0x29:
                return self._hand_over(data)
            case 0x2A:
                self._buffer.clear()
                return OK, b""
            case 0x2F if self._model != "m5e":
                return self._start(data), data[:3]
        return BAD_OPERATION, b""

    def _getters(self) -> dict[int, Callable[[], bytes]]:
        getters: dict[int, Callable[[], bytes]] = {
            0x61: lambda: b"\x02" + self.antennas,
            0x62: lambda: b"\x00" + self.power_cdbm.to_bytes(2, "big"),
            0x63: lambda: self.protocol.to_bytes(2, "big"),
            0x67: lambda: bytes([self.region]),
        }
        if self._model != "m5e":
            getters[0x6A] = lambda: bytes([1, 0x0C, self.filtered])
        return getters

    def _set(self, operation: int, data: bytes) -> int:
        match operation:
            case 0x91 if len(data) == 3 and data[0] == 2 and 0 < data[1] <= 4:
                self.antennas = data[1:]
            case 0x92 if len(data) == 2 and 0 <= int.from_bytes(data, "big") <= 3150:
                self.power_cdbm = int.from_bytes(data, "big")
            case 0x93 if data == b"\x00\x05":
                self.protocol = 5
            case 0x97 if data in (b"\x01", b"\x06", b"\x08", b"\x09"):
                self.region = data[0]
            case 0x9A if len(data) == 3 and data[:2] == b"\x01\x0c" and self._model != "m5e":
                self.filtered = data[2]
            case 0x97:
                return NO_REGION
            case _:
                return BAD_PARAMETER
        return OK

    def _start(self, data: bytes) -> int:
        if len(data) < 3 or data[2] not in (1, 2):
            return BAD_PARAMETER
        status = self._may_read() if data[2] == 1 else OK
        self.streaming = data[2] == 1 and status == OK
        return status

    def _may_read(self) -> int:
        if not self.region:
            return NO_REGION
        return OK if self.protocol else NO_PROTOCOL

    def _hand_over(self, data: bytes) -> Reply:
        if data[:2] != b"\x01\xff":
            return BAD_PARAMETER, b""
        if not self._buffer:
            return NO_TAGS, b""
        part, self._buffer = self._buffer[:TAGS_IN_ONE_REPLY], self._buffer[TAGS_IN_ONE_REPLY:]
        return OK, data[:3] + bytes([len(part)]) + b"".join(part)

    def turn(self, now_s: float) -> list[bytes]:
        if self._search_due_s is not None and now_s >= self._search_due_s:
            self._search_due_s = None
            return [self._search()]
        said = self._stream() if self.streaming else []
        if said:
            self._said_s = now_s
        elif self.streaming and now_s - self._said_s >= LIFE_SIGN_S:
            self._said_s = now_s
            said = [frame(0x22, self.fault or NO_TAGS)]
        return said

    def _stream(self) -> list[bytes]:
        antenna = self.antennas[0] if self.antennas else 1
        return [] if self.fault else [streamed(tag, antenna) for tag in self._tags.values()]

    def _search(self) -> bytes:
        self._buffer = [] if self.fault else [record(tag) for tag in self._tags.values()]
        if not self._buffer:
            return frame(0x22, self.fault or NO_TAGS)
        return frame(0x22, OK, bytes.fromhex("000013") + bytes([len(self._buffer)]))

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return other_byte(frame, -rng.randint(1, 2), rng)

    def ghost(self, rng: random.Random) -> bytes:
        """A record whose EPC has no bits: PC word and CRC only."""
        return streamed(stored(b""))


def device(model: str = "silion", region: str = "08") -> MercuryModule:
    """A module of this model; ``region`` is the code in hex that it had when it was mounted."""
    if model not in MODELS:
        raise ValueError(f"model {model!r}: one of {', '.join(MODELS)}")
    return MercuryModule(model, int(region, 16))
