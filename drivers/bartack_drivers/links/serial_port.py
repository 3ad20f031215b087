"""Moves the bytes of serial devices: opening, waiting, and telling what went wrong.

The only module that imports pyserial. Works on anything Linux calls a terminal: UARTs, USB
adapters, USB-CDC devices, pseudo-terminals.
"""

from __future__ import annotations

import errno
import os
import select
import termios
from pathlib import Path
from typing import Final

import serial

from bartack_drivers.base import (
    DeviceBusy,
    DeviceDenied,
    DeviceError,
    DeviceLost,
    DeviceMissing,
    OptionError,
)
from bartack_drivers.links.holders import holders

READ_MAX_BYTES: Final = 4096
"""Most bytes taken at once; as many as the kernel holds for a terminal."""


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
            raise _rate_error(port, baudrate) from error
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

    def write(self, data: bytes) -> None:
        """Send ``data`` without waiting. What the port cannot take is lost, as on a loose wire:
        who asked finds no answer and asks again. Raises ``DeviceLost``."""
        try:
            os.write(self._serial.fileno(), data)
        except BlockingIOError:
            return
        except OSError as error:
            raise DeviceLost(self._port, self._loss()) from error

    def set_baudrate(self, baudrate: int) -> None:
        """Go on at another rate, in bits/s, and drop what arrived before.

        Raises ``OptionError`` for a rate the port cannot do, or ``DeviceLost``.
        """
        try:
            self._serial.baudrate = baudrate
            self._serial.reset_input_buffer()
        except (ValueError, OverflowError) as error:
            raise _rate_error(self._port, baudrate) from error
        except (OSError, termios.error) as error:
            raise DeviceLost(self._port, self._loss()) from error

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


def _rate_error(port: str, baudrate: int) -> OptionError:
    return OptionError("baudrate", f"{port} cannot do {baudrate} bits/s")


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
