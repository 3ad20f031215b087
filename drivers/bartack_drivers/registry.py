"""Every driver as a row: what it reads, the options it takes, how it is opened.

Rows import their driver only when it is opened, so a station without a camera needs no OpenCV.
"""

from __future__ import annotations

import difflib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from bartack_drivers.base import Medium, OptionError, Source
from bartack_drivers.options import Option, encoding_fault
from bartack_drivers.symbologies import CAMERA_FORMATS, CAMERA_FORMATS_DEFAULT

__all__ = [
    "DRIVERS",
    "Clock",
    "Driver",
    "Option",
    "check_options",
    "find_driver",
    "open_source",
]

Clock = Callable[[], float]
"""Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver: what it reads, over what, how well that is proven, and how to open it.

    ``extra`` is the optional dependency set it needs. ``open`` takes the port, complete and
    checked options, and a clock; ``open_source`` calls it.
    """

    name: str
    title: str
    media: tuple[Medium, ...]
    link: Literal["serial", "camera"]
    proof: str
    extra: str | None
    options: tuple[Option, ...]
    open: Callable[[str, Mapping[str, object], Clock], Source]


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
    return driver.open(port, complete, clock)


def _meant(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    nearest = difflib.get_close_matches(name, names, 1)
    return f"; did you mean {nearest[0]}?" if nearest else f"; there are {', '.join(names)}"


def _open_rdm6300(port: str, options: Mapping[str, object], clock: Clock) -> Source:
    from bartack_drivers.rdm6300 import open_reader

    return open_reader(port, options, clock)


def _open_text(port: str, options: Mapping[str, object], clock: Clock) -> Source:
    from bartack_drivers.text import open_scanner

    return open_scanner(port, options, clock)


def _open_camera(port: str, options: Mapping[str, object], clock: Clock) -> Source:
    from bartack_drivers.camera.source import open_camera

    return open_camera(port, options, clock)


_BAUDRATE: Final = Option(
    "baudrate",
    "integer",
    9600,
    "bits per second, 8N1; USB-CDC devices ignore it",
    least=50,
    most=4_000_000,
)

_ROWS: Final = (
    Driver(
        name="rdm6300",
        title="125 kHz EM4100 badge reader (RDM6300, RDM630, ID-12LA, ID-20LA)",
        media=("em4100",),
        link="serial",
        proof="published frames and simulated readers; no physical reader yet",
        extra=None,
        options=(
            _BAUDRATE,
            Option(
                "confirm",
                "integer",
                2,
                "identical frames in succession that make an id count; 1 for a reader that sends "
                "each badge once",
                least=1,
                most=10,
            ),
        ),
        open=_open_rdm6300,
    ),
    Driver(
        name="text",
        title="barcode scanner that sends lines of text over a serial port or USB-CDC",
        media=("barcode",),
        link="serial",
        proof="published formats and simulated scanners; no physical scanner yet",
        extra=None,
        options=(
            _BAUDRATE,
            Option(
                "suffix",
                "text",
                "auto",
                "what ends a label; auto: any of CR, LF, Tab; none: a pause of 100 ms",
                choices=("auto", "cr", "lf", "crlf", "tab", "none"),
            ),
            Option("prefix", "text", "", "text the scanner puts before each label; removed"),
            Option(
                "trailer",
                "text",
                "",
                "text the scanner puts after each label, before the suffix; removed",
            ),
            Option(
                "aim", "switch", False, "the scanner sends AIM identifiers (]C0): read and removed"
            ),
            Option(
                "encoding",
                "text",
                "latin-1",
                "encoding of labels that are not UTF-8",
                fault=encoding_fault,
            ),
        ),
        open=_open_text,
    ),
    Driver(
        name="camera",
        title="USB camera (V4L2) or MJPEG stream over HTTP that sees labels",
        media=("barcode",),
        link="camera",
        proof="photographs and simulated MJPEG streams; no physical camera yet",
        extra="camera",
        options=(
            Option(
                "formats",
                "list",
                CAMERA_FORMATS_DEFAULT,
                "symbologies to look for; each one costs time",
                choices=(*CAMERA_FORMATS, "all"),
            ),
            Option(
                "width", "integer", 1280, "picture width to ask for, pixels", least=160, most=7680
            ),
            Option(
                "height", "integer", 720, "picture height to ask for, pixels", least=120, most=4320
            ),
            Option("fps", "integer", 15, "pictures per second to ask for", least=1, most=120),
        ),
        open=_open_camera,
    ),
)

DRIVERS: Final[Mapping[str, Driver]] = MappingProxyType({driver.name: driver for driver in _ROWS})
"""Every driver by name."""
