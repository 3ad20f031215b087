"""A character display on an I2C bus: takes rows of text, moves the bytes.

The kernel's ``/dev/i2c-N`` is a file to write to once the address is set: nothing more is needed of
it, and so no library.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol, Self

from bartack_drivers.base import DeviceBusy, DeviceDenied, DeviceError, DeviceLost, DeviceMissing
from bartack_drivers.codecs.hd44780 import SIZES, Transfer, power_up, screen, text
from bartack_drivers.feedback.simulated import SCHEME, SimulatedLink

I2C_SLAVE: Final = 0x0703
"""Request number of linux/i2c-dev.h: the address that is written to from now on."""

_NO_ANSWER: Final = (errno.ENXIO, errno.EREMOTEIO, errno.ETIMEDOUT, errno.EIO)


class Bus(Protocol):
    """A way to the expander at one address, held by this process alone."""

    def write(self, data: bytes) -> None:
        """Write to the expander. Raises ``DeviceLost`` where it does not answer."""

    def close(self) -> None: ...


class I2cBus:
    """One address of a bus of the kernel."""

    def __init__(self, port: str, address: int) -> None:
        """Raises ``DeviceMissing``, ``DeviceBusy`` or ``DeviceDenied``."""
        self._where = _where(port, address)
        try:
            self._file = os.open(port, os.O_RDWR | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise _open_error(self._where, error) from error
        try:
            # A bus is open to all; so that two programs do not write one screen, each locks the
            # byte whose number is the address.
            fcntl.fcntl(self._file, fcntl.F_OFD_SETLK, _lock_of(address))
            fcntl.ioctl(self._file, I2C_SLAVE, address)
        except OSError as error:
            os.close(self._file)
            raise _open_error(self._where, error) from error

    def write(self, data: bytes) -> None:
        try:
            os.write(self._file, data)
        except OSError as error:
            raise _silence(self._where, error.errno) from error

    def close(self) -> None:
        os.close(self._file)


class SimulatedBus:
    """The same to ``bartack-sim lcd``."""

    def __init__(self, port: str, address: int) -> None:
        """Raises a ``DeviceError``."""
        self._where = _where(port, address)
        self._address = address
        self._link = SimulatedLink(port)

    def write(self, data: bytes) -> None:
        # As on the wires: seven bits of address and a zero for writing, then the bytes.
        if number := self._link.send(bytes([self._address << 1]) + data):
            raise _silence(self._where, number)

    def close(self) -> None:
        self._link.close()


class Lcd:
    """An open display. It keeps what it shows when it is closed."""

    def __init__(self, bus: Bus, size: str, pause: Callable[[float], object] = time.sleep) -> None:
        """``size``: a key of ``SIZES``. Raises ``DeviceLost``, and closes the bus then."""
        self._bus = bus
        self._size = SIZES[size]
        self._pause = pause
        try:
            self._move(power_up())
        except DeviceError:
            bus.close()
            raise

    @property
    def columns(self) -> int:
        return self._size.columns

    @property
    def rows(self) -> int:
        return self._size.rows

    def show(self, rows: Sequence[str]) -> None:
        """Show these rows, cut to the display's width. Raises ``DeviceLost``."""
        self._move(screen(rows, self._size))

    def refresh(self, rows: Sequence[str]) -> None:
        """Write the same rows once more, which cannot be seen. Raises ``DeviceLost``."""
        self._move([text(rows, self._size)])

    def close(self) -> None:
        self._bus.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _move(self, transfers: Sequence[Transfer]) -> None:
        for transfer in transfers:
            self._bus.write(transfer.data)
            if transfer.pause_s:
                self._pause(transfer.pause_s)


def open_lcd(port: str, address: int, size: str) -> Lcd:
    """Open the display at ``address`` of ``/dev/i2c-N`` or ``sim:/path``, cleared.

    Raises a ``DeviceError`` that names bus and address.
    """
    bus = SimulatedBus if port.startswith(SCHEME) else I2cBus
    return Lcd(bus(port, address), size)


def _lock_of(address: int) -> bytes:
    """``struct flock`` of 64-bit Linux: write lock, from the start, one byte, no process."""
    return struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, address, 1, 0)


def _where(port: str, address: int) -> str:
    return f"{port} address {address:#04x}"


def _silence(where: str, number: int | None) -> DeviceLost:
    reason = os.strerror(number) if number else "failed"
    if number in _NO_ANSWER:
        return DeviceLost(where, f"no display answers ({reason}); check its wires, i2cdetect lists")
    return DeviceLost(where, f"cannot be written to ({reason})")


def _open_error(where: str, error: OSError | ValueError) -> DeviceError:
    number = error.errno if isinstance(error, OSError) else errno.ENOENT
    match number:
        case errno.EACCES | errno.EPERM:
            return DeviceDenied(where, f"user {os.getuid()} may not open it; add it to group i2c")
        case errno.EAGAIN | errno.EBUSY:
            return DeviceBusy(where, "another program or the kernel writes to it; end that one")
        case errno.ENOTTY | errno.EINVAL:
            return DeviceMissing(where, "is no I2C bus; buses are /dev/i2c-0, /dev/i2c-1, …")
    return DeviceMissing(where, "no such bus; is I2C switched on (raspi-config, Interface)?")
