"""A handheld barcode scanner on a serial line: text, then a suffix.

Most send 9600 8N1 (USB-CDC ignores the rate), the label's text and CR, LF, CR LF or TAB; some
put a prefix before it, and with AIM identifiers on, ``]``, a letter and a modifier that name
the symbology.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from bartack_sim.devices.device import Talker
from bartack_sim.devices.pty import Port
from bartack_sim.devices.wire import transmit
from bartack_sim.faults import CLEAN, LineFaults, power_up_garbage, strikes

SUFFIXES = {"cr": "\r", "lf": "\n", "crlf": "\r\n", "tab": "\t", "none": ""}

AIM_IDENTIFIERS = {
    "code39": "]A0",
    "code128": "]C0",
    "gs1-128": "]C1",
    "ean13": "]E0",
    "ean8": "]E4",
    "itf": "]I0",
    "qr": "]Q1",
    "datamatrix": "]d1",
}
"""AIM identifiers by symbology (ISO/IEC 15424)."""


@dataclass(frozen=True, slots=True)
class ScannerSettings:
    """How the scanner was set up: suffix by name, literal prefix, AIM identifier or None."""

    suffix: str = "cr"
    prefix: str = ""
    aim: str | None = None

    def __post_init__(self) -> None:
        if self.suffix not in SUFFIXES:
            raise ValueError(f"suffix {self.suffix!r}: one of {', '.join(SUFFIXES)}")
        if self.aim is not None and self.aim not in AIM_IDENTIFIERS:
            raise ValueError(f"aim {self.aim!r}: one of {', '.join(AIM_IDENTIFIERS)}")


def line(text: str, settings: ScannerSettings) -> bytes:
    """The bytes that one trigger pull on a label with ``text`` puts on the wire."""
    identifier = AIM_IDENTIFIERS[settings.aim] if settings.aim else ""
    return f"{identifier}{settings.prefix}{text}{SUFFIXES[settings.suffix]}".encode()


class TextScanner(Talker):
    """The scanner's inside: a label that is placed before it is sent once."""

    turn_s = 0.02

    def __init__(self, settings: ScannerSettings | None = None) -> None:
        self._settings = settings or ScannerSettings()
        self._waiting: list[str] = []

    def place(self, value: str) -> None:
        self._waiting.append(value)

    def remove(self, value: str) -> None:
        """It was sent when it was placed."""

    def turn(self, now_s: float) -> list[bytes]:
        waiting, self._waiting = self._waiting, []
        return [line(text, self._settings) for text in waiting]

    def spoil(self, frame: bytes, rng: random.Random) -> bytes:
        return frame


class Scanner:
    """The scanner on its port. ``double_trigger`` is how often a pull reads the label twice."""

    def __init__(
        self,
        port: Port,
        settings: ScannerSettings | None = None,
        faults: LineFaults = CLEAN,
        double_trigger: float = 0.0,
        rng: random.Random | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        self.port = port
        self._device = TextScanner(settings)
        self._settings = settings or ScannerSettings()
        self._faults = faults
        self._double_trigger = double_trigger
        self._rng = rng or random.Random()
        self._pause = pause

    def power_up(self) -> None:
        """What reaches the wire when the scanner gets power: nothing, or garbage."""
        if strikes(self._faults.power_up, self._rng):
            self.port.send(power_up_garbage(self._rng))

    def scan(self, text: str) -> None:
        """Pull the trigger on a label."""
        self._send(text)
        if strikes(self._double_trigger, self._rng):
            self._pause(0.15)
            self._send(text)

    def _send(self, text: str) -> None:
        frame = line(text, self._settings)
        transmit(self.port, self._device, frame, self._faults, self._rng, self._pause)
