"""What a driver is, the values it yields, and the errors it may raise.

A driver turns one device into reads. It has two halves: a *conversation* that is fed bytes, says
what to send and holds no I/O, and a *link* that moves the bytes. A camera has pictures in place
of bytes and is a source of its own. The runner needs only ``Source``.

Errors::

    DriverError                 anything a driver says went wrong
    ├── OptionError             the configuration names an option or value that does not exist
    ├── MissingExtra            a Python package or system library is not installed
    └── DeviceError             the device itself
        ├── DeviceMissing       no such port, path or address
        ├── DeviceBusy          another process holds it
        ├── DeviceDenied        this user may not open it
        └── DeviceLost          it was there and went away
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, Self

Medium = Literal["em4100", "epc", "iso14443", "barcode"]

VALUE_MAX_CHARS = 256
"""Longest value of a read. Longer labels are counted as discarded bytes: no ticket has them."""


@dataclass(frozen=True, slots=True)
class Read:
    """One raw observation: a tag, a barcode.

    ``value`` is upper-case hex for tags and the label's text for barcodes. ``mono_s`` is the
    monotonic time in seconds at which the driver saw it. ``rssi_raw`` is the signal in a unit of
    the reader's own, higher being stronger: it compares reads of this one reader and no others.
    ``gs1``: the label says of itself that it is a GS1 element string.
    """

    medium: Medium
    value: str
    mono_s: float
    rssi_dbm: float | None = None
    rssi_raw: int | None = None
    antenna: int | None = None
    symbology: str | None = None
    gs1: bool = False


@dataclass(frozen=True, slots=True)
class Counters:
    """What came since the device was opened. Nothing that arrives goes uncounted."""

    good_frames: int = 0
    bad_checksums: int = 0
    discarded_bytes: int = 0


class Source(Protocol):
    """An open device. Used by one thread; closed by leaving the ``with`` block."""

    def read(self, timeout_s: float) -> list[Read]:
        """Wait up to ``timeout_s`` and return what was read, possibly nothing.

        Raises ``DeviceLost`` when the device is gone.
        """

    @property
    def counters(self) -> Counters: ...

    @property
    def trouble(self) -> str:
        """What the device does not do as it is asked, for a technician; empty when all is well."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class DriverError(Exception):
    """Anything a driver says went wrong; the text is for a technician and says the way out."""


class OptionError(DriverError):
    """An option that the driver does not have, or a value it cannot take."""

    def __init__(self, option: str, reason: str) -> None:
        super().__init__(f"{option}: {reason}")
        self.option = option
        self.reason = reason


class MissingExtra(DriverError):
    """A Python package or system library that this driver needs is not installed."""


class DeviceError(DriverError):
    """The device at ``port`` could not be used; ``reason`` says why in a few words."""

    def __init__(self, port: str, reason: str) -> None:
        super().__init__(f"{port}: {reason}")
        self.port = port
        self.reason = reason


class DeviceMissing(DeviceError):
    """No such port, path or address."""


class DeviceBusy(DeviceError):
    """Another process holds the device."""


class DeviceDenied(DeviceError):
    """This user may not open the device."""


class DeviceLost(DeviceError):
    """The device was there and went away."""
