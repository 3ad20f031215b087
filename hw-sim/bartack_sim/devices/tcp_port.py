"""A listening TCP socket that stands for a reader on the network and can be unplugged.

The counterpart of ``pty.Port``: a ``Wire`` plays a device on either. One client at a time: the
first is welcomed, every other is refused and hung up on.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import select
import socket
import termios
import threading
import time
from typing import Self
from urllib.parse import urlsplit

from bartack_sim.devices.pty import PortError

SCHEME = "tcp://"
RECEIVE_MAX_BYTES = 4096
LOOK_S = 0.005


class TcpPort:
    """One end of a connection: devices ``send`` bytes into it, a program connects to ``link``.

    Safe to use from several threads. The port is plugged in when it is made.
    """

    def __init__(self, link: str, welcome: bytes = b"", refusal: bytes = b"") -> None:
        """``link``: ``tcp://host:port``, port 0 for a free one. ``welcome``: what the client is
        sent first; ``refusal``: what a second client is.

        Raises ``PortError`` for what is no address or is taken.
        """
        try:
            parts = urlsplit(link)
            self._host, self._number = parts.hostname or "127.0.0.1", parts.port or 0
        except ValueError as error:
            raise PortError(f"{link}: is no address; write it as tcp://127.0.0.1:5084") from error
        self._welcome = welcome
        self._refusal = refusal
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None
        self._lost_bytes = 0
        self.plug()

    @property
    def link(self) -> str:
        """The address, as ``tcp://host:port``; it stays the same when it is plugged in again."""
        return f"{SCHEME}{self._host}:{self._number}"

    @property
    def plugged(self) -> bool:
        return self._listener is not None

    @property
    def lost_bytes(self) -> int:
        """How many bytes nobody could receive so far."""
        return self._lost_bytes

    @property
    def listened(self) -> bool:
        """Whether a program is connected now."""
        with self._lock:
            return self._client is not None

    def plug(self) -> None:
        """Listen; nothing happens when it does."""
        with self._lock:
            if self._listener is None:
                try:
                    self._listener = socket.create_server((self._host, self._number))
                except OSError as error:
                    raise PortError(f"{self.link}: cannot listen: {error.strerror}") from error
                self._number = self._listener.getsockname()[1]

    def unplug(self) -> None:
        """Lose power: the connection ends and nobody listens at the address."""
        with self._lock:
            self._hang_up()
            if self._listener is not None:
                self._listener.close()
                self._listener = None

    def send(self, data: bytes) -> int:
        """Send ``data`` without waiting; returns how many bytes are on their way."""
        with self._lock:
            return self._send(data)

    def receive(self, timeout_s: float) -> bytes:
        """Wait up to ``timeout_s`` for what a program sends; empty where nothing comes."""
        with self._lock:
            data = self._received()
            if not data:  # a client that left was noticed, and the next one is not refused
                self._accept()
        if not data:
            time.sleep(min(timeout_s, LOOK_S))
        return data

    def drain(self, timeout_s: float) -> bool:
        """Wait until the program's computer has what was sent; False when it had not in time."""
        deadline = time.monotonic() + timeout_s
        while (unsent := self._unsent_bytes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return unsent == 0

    def _unsent_bytes(self) -> int:
        with self._lock:
            count = array.array("i", [0])
            if self._client is not None:
                fcntl.ioctl(self._client, termios.TIOCOUTQ, count)
            return count[0]

    def _received(self) -> bytes:
        data = b""
        if self._client is not None:
            try:
                data = self._client.recv(RECEIVE_MAX_BYTES)
            except BlockingIOError:
                return b""
            except OSError:
                data = b""
            if not data:
                self._hang_up()
        return data

    def _accept(self) -> None:
        if self._listener is None or not select.select([self._listener], [], [], 0)[0]:
            return
        client, _ = self._listener.accept()
        client.setblocking(False)
        if self._client is None:
            self._client = client
            self._send(self._welcome)
        else:
            with client, contextlib.suppress(OSError):
                client.send(self._refusal)

    def _send(self, data: bytes) -> int:
        sent = 0
        if self._client is not None:
            try:
                sent = self._client.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self._hang_up()
        self._lost_bytes += len(data) - sent
        return sent

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.unplug()
