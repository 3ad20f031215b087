"""A Zebra or Symbol scan engine that speaks SSI: 9600 8N1, as it leaves the factory.

It sends labels as bare text until it is told to send packets, and forgets that with power unless
the change was permanent. A packet that nobody acknowledges is sent again after 2 s, twice, with a
bit that says so. It falls asleep after a second without work, and the byte that wakes it is lost.
(Source: Zebra "Simple Serial Interface Programmer's Guide", 72E-40451.)
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from bartack_sim.faults import other_byte

PARAM_SEND, PARAM_REQUEST, ACK, NAK = 0xC6, 0xC7, 0xD0, 0xD1
START_SESSION, STOP_SESSION, BEEP, SCAN_ENABLE, SCAN_DISABLE = 0xE4, 0xE5, 0xE6, 0xE9, 0xEA
LED_ON, LED_OFF, DECODE_DATA = 0xE7, 0xE8, 0xF3
SENT_AGAIN, MORE_FOLLOW, PERMANENT = 0x01, 0x02, 0x08
NAK_RESEND, NAK_DENIED = 1, 6
PACKETED, BEEP_AFTER_DECODE = 0xEE, 0x38
FACTORY = {PACKETED: 0, BEEP_AFTER_DECODE: 1, 0x9F: 1, 0x5E: 0}
TYPES = {"code39": 0x01, "code128": 0x03, "itf": 0x06, "ean13": 0x0B, "qr": 0x1C}
RESPONSE_S = 2.0
SENDINGS = 3
SLEEPS_AFTER_S = 1.0
WAKES_IN_S = 0.01
TEXT_MAX_BYTES = 250
"""So much of a label goes into one packet."""

EXAMPLES = ("B000123-OP310", "B000124")


def packet(opcode: int, data: bytes = b"", status: int = 0, source: int = 0) -> bytes:
    """A whole packet; from the scanner where ``source`` is left out."""
    body = bytes([4 + len(data), opcode, source, status]) + data
    return body + (-sum(body) & 0xFFFF).to_bytes(2)


@dataclass
class Sending:
    """A packet that waits to be acknowledged."""

    data: bytes
    status: int
    times: int = 0
    due_s: float = 0.0


class SsiScanner:
    """The engine: a label that is placed before it is sent once."""

    turn_s = 0.02

    def __init__(self, symbology: str = "code128", packeted: str = "false") -> None:
        """``packeted``: the engine was told for ever to send packets."""
        if symbology not in TYPES:
            raise ValueError(f"symbology {symbology!r}: one of {', '.join(TYPES)}")
        self._type = TYPES[symbology]
        self._kept = FACTORY | {PACKETED: int(packeted == "true")}
        self.beeps: list[int] = []
        self.power_up()

    def power_up(self) -> list[bytes]:
        self._parameters = dict(self._kept)
        self._enabled = True
        self._labels: list[str] = []
        self._sendings: list[Sending] = []
        self._heard = b""
        self._heard_s = 0.0
        self._worked_s = 0.0
        self._listens_s = 0.0
        return []

    def place(self, value: str) -> None:
        self._labels.append(value)

    def remove(self, value: str) -> None:
        """It was sent when it was placed."""

    def turn(self, now_s: float) -> list[bytes]:
        said = []
        labels, self._labels = self._labels, []
        for label in labels if self._enabled else []:
            self._worked_s = now_s
            if self._parameters[PACKETED]:
                self._sendings += self._sendings_of(label.encode())
            else:
                said.append(label.encode() + b"\r")
        return said + self._send(now_s)

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        asleep = now_s - self._worked_s > SLEEPS_AFTER_S
        self._worked_s = now_s
        if asleep:
            self._listens_s = now_s + WAKES_IN_S
        if now_s < self._listens_s:
            return []
        if now_s - self._heard_s > 0.2:  # a packet that was interrupted so long is dropped
            self._heard = b""
        self._heard_s = now_s
        self._heard += data
        said: list[bytes] = []
        while self._heard:
            length = self._heard[0]
            if length < 4:
                self._heard = self._heard[1:]
                continue
            whole, self._heard = self._heard[: length + 2], self._heard[length + 2 :]
            if len(whole) < length + 2:
                self._heard = whole
                break
            said += self._obey(whole)
        return said + self._send(now_s)

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        """The low byte of the checksum is another; bare text has none."""
        is_packet = len(frame) == frame[0] + 2 and frame[2:3] == b"\0"
        return other_byte(frame, -1, rng) if is_packet else frame

    def ghost(self, rng: random.Random) -> bytes:
        return b""

    def _sendings_of(self, text: bytes) -> list[Sending]:
        starts = range(0, len(text), TEXT_MAX_BYTES)
        return [
            Sending(
                bytes([self._type]) + text[start : start + TEXT_MAX_BYTES],
                MORE_FOLLOW if start + TEXT_MAX_BYTES < len(text) else 0,
            )
            for start in starts
        ]

    def _send(self, now_s: float) -> list[bytes]:
        """The first packet that waits, when it is time."""
        if not self._sendings:
            return []
        first = self._sendings[0]
        if first.times and now_s < first.due_s:
            return []
        if first.times == SENDINGS:
            del self._sendings[0]
            return self._send(now_s)
        first.times += 1
        first.due_s = now_s + RESPONSE_S
        self._worked_s = now_s
        again = SENT_AGAIN if first.times > 1 else 0
        return [packet(DECODE_DATA, first.data, first.status | again)]

    def _obey(self, whole: bytes) -> list[bytes]:
        body = whole[:-2]
        if (-sum(body) & 0xFFFF).to_bytes(2) != whole[-2:]:
            return [packet(NAK, bytes([NAK_RESEND]))]
        opcode, status, data = body[1], body[3], body[4:]
        match opcode:
            case 0xD0:
                if self._sendings and self._sendings[0].times:
                    del self._sendings[0]
                return []
            case 0xD1:
                if self._sendings:
                    self._sendings[0].due_s = 0.0
                return []
            case 0xC7:
                known = [n for n in data if n in self._parameters]
                pairs = bytes(b for n in known for b in (n, self._parameters[n]))
                return [packet(PARAM_SEND, b"\xff" + pairs)]
            case 0xC6:
                return self._set(data[1:], permanent=bool(status & PERMANENT))
            case 0xE6:
                self.beeps += data
            case 0xE9 | 0xEA:
                self._enabled = opcode == SCAN_ENABLE
            case 0xE4 | 0xE5 | 0xE7 | 0xE8:
                pass
            case _:
                return [packet(NAK, bytes([NAK_DENIED]))]
        return [packet(ACK)]

    def _set(self, pairs: bytes, *, permanent: bool) -> list[bytes]:
        changes = dict(zip(pairs[::2], pairs[1::2], strict=False))
        if not changes.keys() <= self._parameters.keys():
            return [packet(NAK, bytes([NAK_DENIED]))]
        self._parameters |= changes
        if permanent:
            self._kept |= changes
        return [packet(ACK)]


device = SsiScanner
