"""Moves the events of input devices: keyboards, and readers that type like one.

The device is grabbed, so that what is scanned reaches no console, login or other program.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import stat
import struct
import time
from pathlib import Path
from typing import Final

from bartack_drivers.base import (
    DeviceBusy,
    DeviceDenied,
    DeviceError,
    DeviceLost,
    DeviceMissing,
)
from bartack_drivers.codecs.keyboard import dropped
from bartack_drivers.links.holders import holders

READ_MAX_BYTES: Final = 4096

EVIOCGRAB: Final = 0x40044590
EVIOCSCLOCKID: Final = 0x400445A0
"""Requests of ``linux/input.h``."""


class InputLink:
    """An open input device, held by this process alone. Close it."""

    def __init__(self, port: str) -> None:
        """Open and grab the device at ``port``.

        Raises ``DeviceMissing``, ``DeviceBusy`` or ``DeviceDenied``.
        """
        if not port or "\0" in port:
            raise DeviceMissing(repr(port), "is not a path; give the reader's port")
        self._first = b""
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        try:
            self._descriptor = os.open(port, flags)
            try:
                self._status = os.fstat(self._descriptor)
                # A pipe has one reader by its nature and no console behind it. It stands for a
                # device where there is no kernel to make one, as in tests and simulations.
                if not stat.S_ISFIFO(self._status.st_mode):
                    _grab(self._descriptor)
                    # A scan may be half typed by now; its second half is no label.
                    self._first = dropped(time.monotonic())
            except OSError:
                os.close(self._descriptor)
                raise
        except OSError as error:
            raise _open_error(port, error) from error
        self._port = port

    def read(self, timeout_s: float) -> bytes:
        """Wait up to ``timeout_s`` for events; empty where none came. Raises ``DeviceLost``."""
        if self._first:
            data, self._first = self._first, b""
            return data
        try:
            ready, _, _ = select.select([self._descriptor], [], [], timeout_s)
            data = os.read(self._descriptor, READ_MAX_BYTES) if ready else b""
        except BlockingIOError:
            return b""
        except OSError as error:
            raise DeviceLost(self._port, "connection lost; check cable and power") from error
        if ready and not data:  # the other end of a pipe was closed
            raise DeviceLost(self._port, "connection lost; check cable and power")
        return data

    def write(self, data: bytes) -> None:
        """Nothing can be said to a reader that is a keyboard."""

    def check_path(self) -> None:
        """Raise ``DeviceLost`` unless the path still leads to the device that is open."""
        try:
            status = Path(self._port).stat()
        except OSError as error:
            raise DeviceLost(self._port, "unplugged: the path is gone") from error
        if not os.path.samestat(status, self._status):
            raise DeviceLost(self._port, "replugged: the path leads to another device now")

    def close(self) -> None:
        os.close(self._descriptor)


def _grab(descriptor: int) -> None:
    fcntl.ioctl(descriptor, EVIOCGRAB, 1)
    # Pauses between keys must not depend on the wall clock, which may be set while keys come.
    fcntl.ioctl(descriptor, EVIOCSCLOCKID, struct.pack("i", time.CLOCK_MONOTONIC))


def _open_error(port: str, error: OSError) -> DeviceError:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR | errno.ENXIO | errno.ENODEV | errno.EIO:
            return DeviceMissing(port, "no such device; is it plugged in, is the path right?")
        case errno.EACCES | errno.EPERM:
            user = f"this user (uid {os.getuid()})"
            return DeviceDenied(
                port,
                f"{user} may not open it; name the reader in /etc/udev/rules.d/91-bartack.rules, "
                "or add the user to group input",
            )
        case errno.EBUSY:
            others = holders(port)
            held = f"held by {others}" if others else "held by another user's process"
            return DeviceBusy(port, f"{held}; stop that one or choose another port")
        case errno.ENOTTY | errno.EINVAL:
            return DeviceMissing(
                port,
                "not an input device; choose a path in /dev/input/by-id that ends in event-kbd",
            )
    return DeviceMissing(port, f"not an input device that can be used ({error})")
