"""Every driver by name, and how one is opened by its name."""

from __future__ import annotations

import difflib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from bartack_drivers.base import OptionError, Source
from bartack_drivers.driver import Clock, Driver, Options
from bartack_drivers.links import (
    REPLAY,
    InputLink,
    Link,
    ReplayLink,
    TcpLink,
    WireSource,
    open_wire,
)
from bartack_drivers.readers import (
    camera,
    em18,
    gm65,
    gwiot7941w,
    hid,
    id12la,
    llrp,
    parallax28140,
    pn532,
    r200,
    r2000,
    rdm6300,
    ssi,
    stx_len,
    text,
    thingmagic,
    uhf_prime,
    uhfreader18,
    uhfreader288,
)

_ROWS: Final = (
    rdm6300.DRIVER,
    id12la.DRIVER,
    em18.DRIVER,
    parallax28140.DRIVER,
    stx_len.DRIVER,
    gwiot7941w.DRIVER,
    pn532.DRIVER,
    r200.DRIVER,
    uhfreader18.DRIVER,
    uhfreader288.DRIVER,
    uhf_prime.DRIVER,
    r2000.DRIVER,
    thingmagic.DRIVER,
    llrp.DRIVER,
    text.DRIVER,
    ssi.DRIVER,
    gm65.DRIVER,
    hid.DRIVER,
    camera.DRIVER,
)

DRIVERS: Final[Mapping[str, Driver]] = MappingProxyType({driver.name: driver for driver in _ROWS})
"""Every driver by name."""


def check_options(
    driver: Driver, given: Mapping[str, object]
) -> tuple[dict[str, object], list[OptionError]]:
    """Complete ``given`` with defaults, and find every mistake in it at once.

    Options that are wrong have their default in the result.
    """
    known = {option.name: option for option in driver.options}
    complete: dict[str, object] = {name: option.default for name, option in known.items()}
    mistakes = []
    for name, value in given.items():
        try:
            if name not in known:
                raise OptionError(
                    name, f"driver {driver.name} has no such option" + _meant(name, known)
                )
            complete[name] = known[name].check(value)
        except OptionError as mistake:
            mistakes.append(mistake)
    return complete, mistakes


def find_driver(name: str) -> Driver:
    """Return the driver called ``name``; ``OptionError`` names the nearest where there is none."""
    if name not in DRIVERS:
        raise OptionError("driver", f"there is no driver {name!r}" + _meant(name, DRIVERS))
    return DRIVERS[name]


def open_source(
    name: str, port: str, options: Mapping[str, object], clock: Clock = time.monotonic
) -> Source:
    """Open the device at ``port`` with the driver called ``name``.

    Raises ``OptionError`` for the first mistake in ``options``, ``MissingExtra``, or a
    ``DeviceError`` that says why the device could not be opened.
    """
    driver = find_driver(name)
    complete, mistakes = check_options(driver, options)
    if mistakes:
        raise mistakes[0]
    if driver.open is not None:
        return driver.open(port, complete, clock)
    if driver.converse is None:
        raise AssertionError(f"driver {name} can neither be opened nor talked with")
    conversation = driver.converse(complete)  # may miss its library: before anything is open
    return WireSource(open_link(driver, port, complete), conversation, clock)


def open_link(driver: Driver, port: str, options: Options) -> Link:
    """Open the way to the device of a driver that converses, or the recording ``replay:FILE``.

    ``options`` are complete and checked. Raises a ``DeviceError``.
    """
    if port.startswith(REPLAY):
        return ReplayLink(Path(port.removeprefix(REPLAY)))
    match driver.link:
        case "input":
            return InputLink(port)
        case "network":
            return TcpLink(port, driver.tcp_port)
        case _:
            return open_wire(port, cast(int, options["baudrate"]))


def _meant(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {nearest[0]}?" if nearest else f"; there are {', '.join(names)}"
