"""Moves the bytes of serial devices: opening, waiting, reading, and telling what went wrong.

The only module that imports pyserial. Works on anything Linux calls a terminal: UARTs, USB
adapters, USB-CDC devices, pseudo-terminals.
"""

from __future__ import annotations

import errno
import os
import select
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

import serial

from bartack_drivers.base import (
    Counters,
    Decoder,
    DeviceBusy,
    DeviceDenied,
    DeviceError,
    DeviceLost,
    DeviceMissing,
    OptionError,
    Read,
)
from bartack_drivers.holders import holders

READ_MAX_BYTES: Final = 4096
"""Most bytes taken at once; as many as the kernel holds for a terminal."""

SLICE_S: Final = 0.05
"""Longest single wait after bytes came, so that a decoder hears soon enough of the silence that
ends a label."""

SETTLED_S: Final = 1.0
"""After this much silence nothing can be half read any more, and waits may be long."""

PATH_CHECK_S: Final = 1.0
"""How often a silent port's path is looked at. Paths go and change under an open descriptor."""


class SerialLink:
    """An open serial port, held by this process alone. Close it, or use it in a ``with`` block."""

    def __init__(self, port: str, baudrate: int) -> None:
        """Open ``port`` at ``baudrate`` bits/s, 8N1, and drop what arrived before.

        Raises ``DeviceMissing``, ``DeviceBusy``, ``DeviceDenied``, or ``OptionError`` for a
        rate the port cannot do.
        """
        if not port or "\0" in port:
            raise DeviceMissing(repr(port), "is not a path; give the reader's port")
        try:
            self._serial = serial.Serial(port, baudrate, timeout=0, exclusive=True)
        except serial.SerialException as error:
            raise _open_error(port, error) from error
        except (ValueError, OverflowError) as error:
            raise OptionError("baudrate", f"{port} cannot do {baudrate} bits/s") from error
        except OSError as error:  # a dying device fails past what pyserial translates
            raise _open_error(port, error) from error
        self._port = port
        self._device = os.fstat(self._serial.fileno()).st_rdev

    def read(self, timeout_s: float) -> bytes:
        """Wait up to ``timeout_s`` for bytes; empty where none came.

        Raises ``DeviceLost`` on hang-up, on an I/O error, and when another device took the path.
        """
        try:
            ready, _, _ = select.select([self._serial], [], [], timeout_s)
            data = os.read(self._serial.fileno(), READ_MAX_BYTES) if ready else b""
        except BlockingIOError:
            return b""  # another reader was faster
        except OSError as error:
            raise DeviceLost(self._port, self._loss()) from error
        if ready and not data:  # ready and empty is how a hang-up looks
            raise DeviceLost(self._port, self._loss())
        return data

    def check_path(self) -> None:
        """Raise ``DeviceLost`` unless the path still leads to the device that is open."""
        try:
            device = Path(self._port).stat().st_rdev
        except OSError as error:
            raise DeviceLost(self._port, "unplugged: the path is gone") from error
        if device != self._device:
            raise DeviceLost(self._port, "replugged: the path leads to another device now")

    def close(self) -> None:
        self._serial.close()

    def _loss(self) -> str:
        others = holders(self._port, ours=False)
        if others:
            return f"connection lost; it is also open in {others}, which may take its bytes"
        return "connection lost; check cable and power"


class SerialSource:
    """A link and a decoder as a source."""

    def __init__(self, link: SerialLink, decoder: Decoder, clock: Callable[[], float]) -> None:
        """``clock``: monotonic seconds. The source closes the link."""
        self._link = link
        self._decoder = decoder
        self._clock = clock
        self._path_checked_s = self._heard_s = clock()

    @property
    def counters(self) -> Counters:
        return self._decoder.counters

    def read(self, timeout_s: float) -> list[Read]:
        deadline_s = self._clock() + timeout_s
        while True:
            now_s = self._clock()
            left_s = max(0.0, deadline_s - now_s)
            settled = now_s - self._heard_s > SETTLED_S
            data = self._link.read(left_s if settled else min(left_s, SLICE_S))
            now_s = self._clock()
            if data:
                self._heard_s = now_s
                reads = self._decoder.feed(data, now_s)
            else:
                reads = self._decoder.idle(now_s)
                self._check_path(now_s)
            if reads or now_s >= deadline_s:
                return reads

    def _check_path(self, now_s: float) -> None:
        if now_s - self._path_checked_s >= PATH_CHECK_S:
            self._path_checked_s = now_s
            self._link.check_path()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._link.close()


def _open_error(port: str, error: OSError) -> DeviceError:
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR | errno.ENXIO | errno.ENODEV | errno.EIO:
            return DeviceMissing(port, "no such device; is it plugged in, is the path right?")
        case errno.EACCES | errno.EPERM:
            user = f"this user (uid {os.getuid()})"
            return DeviceDenied(port, f"{user} may not open it; add the user to group dialout")
        case errno.EAGAIN | errno.EBUSY:
            others = holders(port)
            held = f"held by {others}" if others else "held by another user's process"
            return DeviceBusy(port, f"{held}; stop that one or choose another port")
    return DeviceMissing(port, f"not a serial port that can be used ({error})")
