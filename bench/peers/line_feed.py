"""How every peer but Bartack gets its events: lines of about 300 bytes over TCP.

There is no answer on this way. An event counts as handed over when the kernel took the line, and
``rest`` leaves the gateway the time to read it, so that a loss is the gateway's.
"""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Sequence

LINE_BYTES = 300
REST_S = 0.7
FIRST_MS = 1_795_300_000_000
"""Times of the events: ThingsBoard keeps one value for each millisecond, so none is used twice."""

_EVENT = re.compile(rb"EV(\d{8})")


def line(number: int) -> bytes:
    event = {
        "id": f"EV{number:08d}",
        "ts": FIRST_MS + number,
        "device": "gate-3",
        "code": "4006381333931",
        "user": "E1234",
        "kind": "scan",
        "pad": "",
    }
    event["pad"] = "x" * (LINE_BYTES - len(json.dumps(event)) - 1)
    return json.dumps(event).encode() + b"\n"


def numbers_in(payload: bytes) -> list[int]:
    """The events of a message, however the gateway wrapped them."""
    return [int(digits) for digits in _EVENT.findall(payload)]


class LineFeed:
    """The producer of the lines."""

    def __init__(self, port: int) -> None:
        self.sent_ns: dict[int, int] = {}
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, number: int) -> None:
        """Send one, with a new connection when the old one ended."""
        data = line(number)
        while True:
            try:
                connected = self._connected()
                sent_ns = time.perf_counter_ns()
                connected.sendall(data)
            except OSError:
                self.let_go()
                time.sleep(0.1)
            else:
                self.sent_ns[number] = sent_ns
                return

    def send_all(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            self.send(number)

    def rest(self) -> None:
        time.sleep(REST_S)
        self.let_go()

    def let_go(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), timeout=30)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket
