"""A UHF reader on the network that speaks LLRP 1.0.1, without its socket.

It keeps inventories (ROSpecs) that a client adds, enables and starts, reports each tag while one
runs, and sends keepalives once it is told to. It forgets all of that without power. Requests in
the wrong order are refused with a status; what it does not know is answered with ERROR_MESSAGE.

Source: EPCglobal Low Level Reader Protocol 1.0.1.
"""

from __future__ import annotations

import random
import string
import struct
from dataclasses import dataclass

EXAMPLES = ("3005FB63AC1F3841EC880467", "E2801160", "E28011606000020612345678ABCDEF0123456789")
TURN_S = 0.1
HEADER = struct.Struct(">HII")
VERSION = 1 << 10

SUCCESS = (0, "")
WRONG_ORDER = (101, "the ROSpec is not in a state for this")
UNKNOWN_MESSAGE = (109, "unsupported message")

DISABLED, ENABLED, RUNNING = 0, 1, 2
POWERS_CDBM = (1000, 1500, 2000, 2500, 3000)


def message(kind: int, number: int, body: bytes = b"") -> bytes:
    return HEADER.pack(VERSION | kind, HEADER.size + len(body), number) + body


def tlv(kind: int, body: bytes = b"") -> bytes:
    return struct.pack(">HH", kind, 4 + len(body)) + body


def connection_event(outcome: int) -> bytes:
    """READER_EVENT_NOTIFICATION: what came of a connection attempt."""
    timestamp = tlv(128, bytes(8))
    return message(63, 0, tlv(246, timestamp + tlv(256, struct.pack(">H", outcome))))


WELCOME = connection_event(0)
REFUSAL = connection_event(2)
"""A client-initiated connection exists already."""


def status(outcome: tuple[int, str]) -> bytes:
    code, text = outcome
    return tlv(287, struct.pack(">HH", code, len(text)) + text.encode("ascii"))


def tag_report(epc: bytes, antenna: int = 1, rssi_dbm: int = -50) -> bytes:
    """RO_ACCESS_REPORT of one tag: 96 bits have a parameter of their own."""
    value = b"\x8d" + epc if len(epc) == 12 else tlv(241, struct.pack(">H", len(epc) * 8) + epc)
    details = b"\x81" + struct.pack(">H", antenna) + b"\x86" + struct.pack(">b", rssi_dbm)
    return message(61, 0, tlv(240, value + details))


@dataclass
class Inventory:
    """A ROSpec: its state, its antennas, the power index it sets, if it does, and its bytes."""

    antennas: tuple[int, ...]
    power: int | None
    state: int = DISABLED
    spec: bytes = b""


class LlrpReader:
    """The reader: one client's requests in, answers and reports out."""

    turn_s = TURN_S

    def __init__(self, antennas: int) -> None:
        self._antennas = antennas
        self._tags: dict[str, bytes] = {}
        self._forget()

    def _forget(self) -> None:
        self.inventories: dict[int, Inventory] = {}
        self.keepalive_s = 0.0
        self.unanswered = 0
        self._keepalive_due_s = 0.0
        self._heard = b""

    def power_up(self) -> list[bytes]:
        self._forget()
        return [WELCOME]

    def place(self, value: str) -> None:
        if not value or len(value) % 4 or not set(value) <= set(string.hexdigits):
            raise ValueError(f"EPC {value!r}: whole words in hex are needed, such as {EXAMPLES[1]}")
        self._tags[value] = bytes.fromhex(value)

    def remove(self, value: str) -> None:
        del self._tags[value]

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        self._heard += data
        said: list[bytes] = []
        while len(self._heard) >= HEADER.size:
            kind, length, number = HEADER.unpack_from(self._heard)
            if kind >> 10 != 1 or not HEADER.size <= length <= 0x10000:
                self._heard = self._heard[1:]
                continue
            if len(self._heard) < length:
                break
            body, self._heard = self._heard[HEADER.size : length], self._heard[length:]
            said += self._answer(kind & 0x3FF, number, body, now_s)
        return said

    def _answer(self, kind: int, number: int, body: bytes, now_s: float) -> list[bytes]:
        match kind:
            case 1:
                return [message(11, number, status(SUCCESS) + capabilities())]
            case 2:
                settings = b"".join(antenna_setting(it + 1) for it in range(self._antennas))
                return [message(12, number, status(SUCCESS) + settings)]
            case 3:
                self._set_keepalive(body[1:], now_s)
                return [message(13, number, status(SUCCESS))]
            case 14:
                return [message(4, number, status(SUCCESS))]
            case 20:
                return [message(30, number, status(self._add(body)))]
            case 21 | 22 | 23 | 24 | 25:
                (spec,) = struct.unpack(">I", body)
                return [message(kind + 10, number, status(self._move(kind, spec)))]
            case 26:
                specs = b"".join(
                    it.spec[:9] + bytes([it.state]) + it.spec[10:]
                    for it in self.inventories.values()
                )
                return [message(36, number, status(SUCCESS) + specs)]
            case 72:
                self.unanswered = 0
                return []
            case 60 | 64:
                return []
        return [message(100, number, status(UNKNOWN_MESSAGE))]

    def _set_keepalive(self, body: bytes, now_s: float) -> None:
        while body:
            kind, length = struct.unpack_from(">HH", body)
            if kind == 220:
                periodic, period_ms = struct.unpack_from(">BI", body, 4)
                self.keepalive_s = period_ms / 1000 if periodic else 0.0
                self._keepalive_due_s = now_s + self.keepalive_s
            body = body[length:]

    def _add(self, body: bytes) -> tuple[int, str]:
        (spec,) = struct.unpack_from(">I", body, 4)
        if spec == 0 or spec in self.inventories or body[9] != DISABLED:
            return WRONG_ORDER
        boundary = int.from_bytes(body[12:14], "big")
        search = body[10 + boundary :]  # AISpec: type, length, count, antennas, then parameters
        (count,) = struct.unpack_from(">H", search, 4)
        antennas = struct.unpack_from(f">{count}H", search, 6)
        if any(antenna > self._antennas for antenna in antennas):
            return 101, f"there are {self._antennas} antennas"
        transmitter = search.find(b"\x00\xe0\x00\x0a")
        power = None if transmitter < 0 else int.from_bytes(search[transmitter + 8 :][:2], "big")
        self.inventories[spec] = Inventory(antennas, power, spec=body)
        return SUCCESS

    def _move(self, kind: int, spec: int) -> tuple[int, str]:
        """Delete (21), start (22), stop (23), enable (24) or disable (25) an inventory."""
        if kind == 21 and spec == 0:
            self.inventories.clear()
            return SUCCESS
        inventory = self.inventories.get(spec)
        allowed, after = {
            21: ({DISABLED, ENABLED, RUNNING}, DISABLED),
            22: ({ENABLED}, RUNNING),
            23: ({RUNNING}, ENABLED),
            24: ({DISABLED}, ENABLED),
            25: ({ENABLED, RUNNING}, DISABLED),
        }[kind]
        if inventory is None or inventory.state not in allowed:
            return WRONG_ORDER
        inventory.state = after
        if kind == 21:
            del self.inventories[spec]
        return SUCCESS

    def turn(self, now_s: float) -> list[bytes]:
        said = []
        if self.keepalive_s and now_s >= self._keepalive_due_s:
            self._keepalive_due_s = now_s + self.keepalive_s
            self.unanswered += 1
            said.append(message(62, 0))
        if any(inventory.state == RUNNING for inventory in self.inventories.values()):
            said += [tag_report(epc) for epc in self._tags.values()]
        return said

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return frame

    def ghost(self, rng: random.Random) -> bytes:
        """A report of no tag at all."""
        return message(61, 0)


def capabilities() -> bytes:
    """RegulatoryCapabilities with the table of transmit powers and one fixed frequency."""
    powers = b"".join(
        tlv(145, struct.pack(">Hh", index, power)) for index, power in enumerate(POWERS_CDBM, 1)
    )
    frequencies = tlv(146, b"\x00" + tlv(148, struct.pack(">HI", 1, 865_700)))
    modes = tlv(328, tlv(329, bytes(28)))
    return tlv(143, struct.pack(">HH", 276, 2) + tlv(144, powers + frequencies + modes))


def antenna_setting(antenna: int) -> bytes:
    """AntennaConfiguration: sensitivity, then hop table 1, channel 1 and the highest power."""
    transmitter = tlv(224, struct.pack(">HHH", 1, 1, len(POWERS_CDBM)))
    return tlv(222, struct.pack(">H", antenna) + tlv(223, b"\x00\x01") + transmitter)


def device(antennas: str = "2") -> LlrpReader:
    """A reader with so many antennas."""
    return LlrpReader(int(antennas))
