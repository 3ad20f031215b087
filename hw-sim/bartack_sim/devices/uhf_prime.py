"""A "UHF Prime" reader: told to read without end, or in active mode reading from power-up on.

Frames are ``CF address command(2) LEN data CRC(2)``, numbers high byte first; in answers the first
byte of the data is a status. A tag report is an answer to command 0001: RSSI in 0.1 dBm, antenna,
channel, EPC length, EPC; a round without tags says status 12. The 25 bytes of settings outlive a
power failure, a running inventory does not. (Source: github
mithunbabbira/CHAFON_CF591_sample_linux, CFApi.h; public notes by users of CF-69x and H103.)
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from bartack_sim.devices.chafon import epc_bytes
from bartack_sim.devices.checksums import crc_mcrf4xx
from bartack_sim.faults import other_byte

EXAMPLES = ("E280691500004020ED9648B3", "00323038", "E28069950000400A8F398133")
HEAD = 0xCF
OK, WRONG_VALUE, FAILED, NOTHING_HERE = 0x00, 0x01, 0x02, 0x12
RSSI = (0xFD8A).to_bytes(2, "big")
ROUND_S = 0.1
UNFINISHED_S = 0.1
"""A command whose rest has not come for so long is forgotten; no source says how long that is."""
SETTINGS = bytes.fromhex("0000018004000101038602ee01f43121010400000c00030105")
"""As read from a CF-69x: active mode, antenna 1, 33 dBm, beeper on."""
MODE, ANTENNAS, POWER = 2, 6, 15


def frame(address: int, code: int, status: int, data: bytes = b"") -> bytes:
    """An answer as it goes over the wire."""
    body = bytes([HEAD, address, code >> 8, code & 0xFF, len(data) + 1, status]) + data
    return body + crc_mcrf4xx(body).to_bytes(2, "big")


class UhfPrime:
    """The reader, its one antenna at port 1."""

    turn_s = 0.02

    def __init__(self, *, active: bool, idle: bool, start_bytes: int) -> None:
        """``idle``: it tells of rounds without tags. ``start_bytes``: what its start takes."""
        self.settings = SETTINGS[:MODE] + bytes([active]) + SETTINGS[MODE + 1 :]
        self._idle = idle
        self._start_bytes = start_bytes
        self._tags: dict[str, bytes] = {}
        self._reads = active
        self._rounds_left: int | None = None
        self._round_s = 0.0
        self._heard = b""
        self._heard_s = 0.0

    def power_up(self) -> list[bytes]:
        self._heard, self._rounds_left = b"", None
        self._reads = self.settings[MODE] == 1
        return []

    def place(self, value: str) -> None:
        self._tags[value] = epc_bytes(value)

    def remove(self, value: str) -> None:
        del self._tags[value]

    def hear(self, data: bytes, now_s: float) -> list[bytes]:
        if now_s - self._heard_s > UNFINISHED_S:
            self._heard = b""
        self._heard, self._heard_s = self._heard + data, now_s
        return [answer for code, said in self._commands() for answer in self._obey(code, said)]

    def turn(self, now_s: float) -> list[bytes]:
        if not self._reads or now_s - self._round_s < ROUND_S:
            return []
        self._round_s = now_s
        epcs = list(self._tags.values()) if self.settings[ANTENNAS] & 1 else []
        reports = [
            frame(self.settings[0], 0x0001, OK, RSSI + bytes([1, 0, len(epc)]) + epc)
            for epc in epcs
        ]
        if self._rounds_left is not None:
            self._rounds_left -= 1
            self._reads = self._rounds_left > 0
        if not self._reads or (not reports and self._idle):
            reports.append(frame(self.settings[0], 0x0001, NOTHING_HERE))
        return reports

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return other_byte(frame, -1, rng)

    def ghost(self, rng: random.Random) -> bytes:
        return b""

    def _commands(self) -> Iterator[tuple[int, bytes]]:
        """The commands among the bytes heard; what is none is passed over in silence."""
        while len(self._heard) >= 7:
            end = 7 + self._heard[4]
            if self._heard[0] != HEAD:
                self._heard = self._heard[1:]
                continue
            if len(self._heard) < end:
                return
            command, self._heard = self._heard[:end], self._heard[end:]
            right = crc_mcrf4xx(command[:-2]).to_bytes(2, "big") == command[-2:]
            if right and command[1] in (self.settings[0], 0xFF):
                yield int.from_bytes(command[2:4], "big"), command[5:-2]

    def _obey(self, code: int, data: bytes) -> list[bytes]:
        status, said = OK, b""
        match code:
            case 0x0001:
                return self._start(data)
            case 0x0002:
                self._reads = False
            case 0x0070:
                said = b"UHF".ljust(32, b"\0") + b"V1.0".ljust(32, b"\0") + b"000000000001"
            case 0x0071 if len(data) == len(SETTINGS) and data[POWER] <= 33:
                self.settings, self._reads = data, data[MODE] == 1
            case 0x0072:
                said = self.settings
            case 0x0071:
                status = WRONG_VALUE
            case _:
                status = FAILED
        return [frame(self.settings[0], code, status, said)]

    def _start(self, data: bytes) -> list[bytes]:
        if len(data) != self._start_bytes:
            return [frame(self.settings[0], 0x0001, WRONG_VALUE)]
        self._reads = True
        rounds = int.from_bytes(data[1:], "big") * (1 if data[0] else round(1 / ROUND_S))
        self._rounds_left = rounds or None
        return []


def device(active: str = "false", idle: str = "true", start: str = "5") -> UhfPrime:
    """A reader.

    ``active``: it reads from power-up on. ``idle``: it tells of rounds without tags. ``start``: how
    many bytes its command 0001 takes, 5 or 2.
    """
    return UhfPrime(active=active == "true", idle=idle == "true", start_bytes=int(start))
