"""Lines of a GPIO chip as outputs, by the kernel's character device.

The only module that imports gpiod. The kernel gives a line to one process at a time, and takes it
back however that process ends.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Collection
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from bartack_drivers.base import (
    DeviceBusy,
    DeviceDenied,
    DeviceError,
    DeviceLost,
    DeviceMissing,
    MissingExtra,
)

if TYPE_CHECKING:
    import gpiod
    from gpiod.line import Value

CONSUMER: Final = "bartack"
"""What ``gpioinfo`` shows as the holder of a line."""


class GpioLines:
    """Output lines held by this process, all inactive until they are set."""

    def __init__(self, chip: str, offsets: Collection[int], *, active_low: bool) -> None:
        """Raises ``MissingExtra``, ``DeviceMissing``, ``DeviceBusy`` or ``DeviceDenied``."""
        try:
            import gpiod
            from gpiod.line import Direction, Value
        except ImportError as error:
            reason = f"lamps on GPIO need gpiod: pip install 'bartack[gpio]' ({error})"
            raise MissingExtra(reason) from error
        self._chip = chip
        self._offsets = tuple(offsets)
        self._on, self._off = Value.ACTIVE, Value.INACTIVE
        settings = gpiod.LineSettings(
            direction=Direction.OUTPUT, active_low=active_low, output_value=Value.INACTIVE
        )
        try:
            self._request: gpiod.LineRequest = gpiod.request_lines(
                chip, config={self._offsets: settings}, consumer=CONSUMER
            )
        except ValueError as error:  # gpiod's own look at the offsets
            raise _no_line(chip, self._offsets, str(error)) from error
        except OSError as error:
            raise _open_error(chip, self._offsets, error) from error

    def set(self, active: frozenset[int]) -> None:
        """Make these lines active and all others inactive. Raises ``DeviceLost``."""
        values: dict[int | str, Value] = {
            it: self._on if it in active else self._off for it in self._offsets
        }
        try:
            self._request.set_values(values)
        except OSError as error:
            named = f"lines {_listed(self._offsets)} cannot be set ({error.strerror})"
            raise DeviceLost(self._chip, f"{named}; was the chip unplugged?") from error

    def close(self) -> None:
        """Make all lines inactive and give them back."""
        with contextlib.suppress(DeviceLost):
            self.set(frozenset())
        self._request.release()


def _listed(offsets: Collection[int]) -> str:
    return ", ".join(str(offset) for offset in offsets)


def _no_line(chip: str, offsets: Collection[int], reason: str) -> DeviceMissing:
    lines = f"has not all of the lines {_listed(offsets)} ({reason})"
    return DeviceMissing(chip, f"{lines}; gpioinfo lists the lines of every chip")


def _open_error(chip: str, offsets: Collection[int], error: OSError) -> DeviceError:
    lines = f"lines {_listed(offsets)}"
    reason = error.strerror or str(error)
    if error.errno in _ERRORS:
        kind, way_out = _ERRORS[error.errno]
        user = f" (uid {os.getuid()})" if kind is DeviceDenied else ""
        return kind(chip, f"{lines}: {reason}{user}; {way_out}")
    return DeviceMissing(chip, f"{lines}: {reason}; gpiodetect lists the chips")


_ERRORS: Final = MappingProxyType[int | None, tuple[type[DeviceError], str]](
    {
        errno.EBUSY: (
            DeviceBusy,
            "another program or the kernel has one of them, gpioinfo says which; end it or choose"
            " another line",
        ),
        errno.EACCES: (DeviceDenied, "add the user to group gpio"),
        errno.EPERM: (DeviceDenied, "the service's device list does not hold this chip"),
        errno.EINVAL: (
            DeviceMissing,
            "no such line on this chip, or it cannot be an output; gpioinfo lists them",
        ),
    }
)
