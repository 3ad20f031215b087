"""Moves the bytes of readers on the network, and of serial readers behind a terminal server."""

from __future__ import annotations

import select
import socket
from typing import Final
from urllib.parse import urlsplit

from bartack_drivers.base import DeviceDenied, DeviceError, DeviceLost, DeviceMissing

SCHEME: Final = "tcp://"
CONNECT_S: Final = 5.0
READ_MAX_BYTES: Final = 4096

_SILENT_S: Final = 4
_GIVEN_UP_S: Final = 7
"""A peer that is silent for so long is asked, and given up where nothing is acknowledged for so
long: a pulled network cable closes nothing."""


class TcpLink:
    """An open connection. Close it, or use it in a ``with`` block."""

    def __init__(self, port: str, usual: int | None = None) -> None:
        """Connect to ``tcp://host:port``, at the port ``usual`` where the address names none.

        Raises ``DeviceMissing`` or ``DeviceDenied``.
        """
        host, number = address(port, usual)
        try:
            self._socket = socket.create_connection((host, number), CONNECT_S)
        except OSError as error:
            raise _open_error(port, error) from error
        self._port = port
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        keep_alive(self._socket)
        self._socket.setblocking(False)

    def read(self, timeout_s: float) -> bytes:
        """Wait up to ``timeout_s`` for bytes; empty where none came. Raises ``DeviceLost``."""
        try:
            ready, _, _ = select.select([self._socket], [], [], timeout_s)
            data = self._socket.recv(READ_MAX_BYTES) if ready else b""
        except BlockingIOError:
            return b""
        except OSError as error:
            raise DeviceLost(self._port, f"connection lost: {error.strerror}") from error
        if ready and not data:
            raise DeviceLost(self._port, "the reader closed the connection")
        return data

    def write(self, data: bytes) -> None:
        """Send ``data``; what the network cannot take now is lost. Raises ``DeviceLost``."""
        try:
            self._socket.send(data)
        except BlockingIOError:
            return
        except OSError as error:
            raise DeviceLost(self._port, f"connection lost: {error.strerror}") from error

    def set_baudrate(self, baudrate: int) -> None:
        """The terminal server has the rate; it is not set from here."""

    def check_path(self) -> None:
        """A dead peer is found by keep-alive; there is no path to look at."""

    def close(self) -> None:
        self._socket.close()


def address(port: str, usual: int | None = None) -> tuple[str, int]:
    """Split ``tcp://host:port``. Raises ``DeviceMissing`` where it is none."""
    try:
        parts = urlsplit(port)
        number = usual if parts.port is None else parts.port
        if parts.scheme == "tcp" and parts.hostname and number and not parts.path.strip("/"):
            return parts.hostname, number
    except ValueError:
        pass  # a port that is no number
    raise DeviceMissing(port, f"is not an address; write it as tcp://10.0.0.7:{usual or 2022}")


def keep_alive(connection: socket.socket) -> None:
    """Let the kernel find out within seconds that the other end is gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _SILENT_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _GIVEN_UP_S - _SILENT_S)
    # While sent bytes wait for their acknowledgement the kernel does not ask, for many minutes.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000 * _GIVEN_UP_S)


def _open_error(port: str, error: OSError) -> DeviceError:
    reason = error.strerror or str(error)
    if isinstance(error, ConnectionRefusedError):
        return DeviceDenied(port, "refuses the connection; is another program connected to it?")
    return DeviceMissing(port, f"does not answer ({reason}); check address, cable and power")
