"""The way to simulated lamps and displays: a Unix socket in place of a chip or a bus.

Every message is a packet of its own and is answered by an error number in decimal digits, 0 for
none, so that a refusal comes at the call that caused it, as from the kernel. The first number
comes unasked: whether the device is free.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
from collections.abc import Collection
from typing import Final

from bartack_drivers.base import DeviceBusy, DeviceDenied, DeviceError, DeviceLost, DeviceMissing

SCHEME: Final = "sim:"
ANSWER_S: Final = 2.0
ANSWER_MAX_BYTES: Final = 16


class SimulatedLink:
    """A connection to one simulated device, which serves one program at a time."""

    def __init__(self, port: str) -> None:
        """Connect to ``sim:/path``. Raises a ``DeviceError``."""
        self._port = port
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(ANSWER_S)
        try:
            self._socket.connect(port.removeprefix(SCHEME))
        except OSError as error:
            self._socket.close()
            raise _connect_error(port, error) from error
        try:
            number = self._answer()
        except DeviceLost:
            self._socket.close()
            raise
        if number:
            self._socket.close()
            raise DeviceBusy(port, f"{os.strerror(number)}: another program has it; end that one")

    def send(self, packet: bytes) -> int:
        """Send a packet and return the error number it is answered with. Raises ``DeviceLost``."""
        try:
            self._socket.send(packet)
        except OSError as error:
            raise DeviceLost(self._port, f"{error.strerror}; does bartack-sim run?") from error
        return self._answer()

    def _answer(self) -> int:
        try:
            answer = self._socket.recv(ANSWER_MAX_BYTES)
        except TimeoutError as error:
            raise DeviceLost(self._port, f"no answer within {ANSWER_S:g} s") from error
        except OSError as error:
            raise DeviceLost(self._port, f"{error.strerror}; does bartack-sim run?") from error
        if not answer.isdigit():
            raise DeviceLost(self._port, "closed the connection; does bartack-sim run?")
        return int(answer)

    def close(self) -> None:
        self._socket.close()


class SimulatedLines:
    """Output lines of a simulated chip, all inactive until they are set."""

    def __init__(self, port: str, offsets: Collection[int], *, active_low: bool) -> None:
        """Raises a ``DeviceError`` that names port and lines."""
        self._port = port
        self._offsets = tuple(offsets)
        self._link = SimulatedLink(port)
        self._ask({"request": list(self._offsets), "active_low": active_low})

    def set(self, active: frozenset[int]) -> None:
        """Make these lines active and all others inactive. Raises ``DeviceError``."""
        values = {str(offset): offset in active for offset in self._offsets}
        self._ask({"values": values})

    def close(self) -> None:
        """Make all lines inactive and give them back."""
        with contextlib.suppress(DeviceError):
            self.set(frozenset())
        self._link.close()

    def _ask(self, question: dict[str, object]) -> None:
        number = self._link.send(json.dumps(question).encode())
        if number:
            self._link.close()
            lines = ", ".join(str(offset) for offset in self._offsets)
            reason = f"lines {lines}: {os.strerror(number)}"
            raise DeviceMissing(self._port, f"{reason}; bartack-sim lamps --help names its lines")


def _connect_error(port: str, error: OSError) -> DeviceError:
    if error.errno in (errno.EACCES, errno.EPERM):
        return DeviceDenied(port, f"this user (uid {os.getuid()}) may not open it")
    reason = error.strerror or str(error)
    return DeviceMissing(port, f"{reason}; start bartack-sim lamps or lcd with this path as --link")
