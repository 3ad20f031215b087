"""Chips and buses that are not there, or are something else, are told with a way out."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

import pytest

from bartack_drivers.base import DeviceBusy, DeviceError, DeviceMissing, MissingExtra
from bartack_drivers.feedback.gpio import GpioLines
from bartack_drivers.feedback.lamps import open_lamps
from bartack_drivers.feedback.lcd import I2cBus, _lock_of, open_lcd


@pytest.mark.parametrize(
    ("chip", "told"),
    [
        ("/dev/gpiochip99", "lines 17, 27: No such file or directory; gpiodetect"),
        ("/dev/null", "lines 17, 27: No such device; gpiodetect"),
        ("/etc/hostname", "gpiodetect"),
        ("gpio\0chip", "has not all of the lines 17, 27"),
    ],
)
def test_what_is_no_chip_is_told(chip: str, told: str) -> None:
    """gpiod itself is asked, and its refusal names the chip, the lines and where to look."""
    with pytest.raises(DeviceMissing) as caught:
        GpioLines(chip, (17, 27), active_low=False)
    assert caught.value.port == chip
    assert told in str(caught.value)


def test_lamps_are_opened_at_the_chip_that_is_named() -> None:
    """A path is a chip; only `sim:` leads elsewhere."""
    with pytest.raises(DeviceMissing, match="/dev/gpiochip99: lines 5"):
        open_lamps("/dev/gpiochip99", {"green": 5}, active_low=True)


def test_without_its_package_the_way_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A station that was installed without the extra says which one it needs."""
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(MissingExtra, match=r"pip install 'bartack\[gpio\]'"):
        GpioLines("/dev/gpiochip0", (17,), active_low=False)


@pytest.mark.parametrize(
    ("bus", "told"),
    [
        ("/dev/i2c-99", "no such bus; is I2C switched on"),
        ("/dev/null", "is no I2C bus; buses are /dev/i2c-0"),
        ("i2c\0bus", "no such bus"),
    ],
)
def test_what_is_no_bus_is_told(bus: str, told: str) -> None:
    """The kernel itself is asked, and its refusal names bus, address and the way out."""
    with pytest.raises(DeviceMissing) as caught:
        open_lcd(bus, 0x3F, "16x2")
    assert caught.value.port == f"{bus} address 0x3f"
    assert told in str(caught.value)


def test_two_programs_do_not_write_one_display(tmp_path: Path) -> None:
    """The second one is refused before a byte is sent; another address of the bus is free."""
    bus = tmp_path / "i2c"
    bus.touch()
    holder = os.open(bus, os.O_RDWR)
    try:
        fcntl.fcntl(holder, fcntl.F_OFD_SETLK, _lock_of(0x27))
        with pytest.raises(DeviceBusy, match="address 0x27: another program"):
            I2cBus(str(bus), 0x27)
        with pytest.raises(DeviceError, match="is no I2C bus"):
            I2cBus(str(bus), 0x26)
    finally:
        os.close(holder)
