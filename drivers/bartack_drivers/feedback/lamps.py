"""Lamps and a buzzer that are switched by one line each: names in, levels of lines out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, Self

from bartack_drivers.feedback.gpio import GpioLines
from bartack_drivers.feedback.lamp_names import Lamp
from bartack_drivers.feedback.simulated import SCHEME, SimulatedLines


class Lines(Protocol):
    """Output lines that this process alone holds, all of them off until they are set."""

    def set(self, active: frozenset[int]) -> None:
        """Make these lines active and all others inactive. Raises ``DeviceError``."""

    def close(self) -> None: ...


class Lamps:
    """Open lamps. Dark when opened and when closed; use them in a ``with`` block."""

    def __init__(self, lines: Lines, offsets: Mapping[Lamp, int]) -> None:
        """``offsets``: the line of each lamp that is wired. Closes ``lines``."""
        self._lines = lines
        self._offsets = dict(offsets)

    def light(self, lit: frozenset[Lamp]) -> None:
        """Light these, and nothing else; what is not wired stays away. Raises ``DeviceError``."""
        self._lines.set(frozenset(self._offsets[lamp] for lamp in lit & self._offsets.keys()))

    def close(self) -> None:
        self._lines.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def open_lamps(port: str, offsets: Mapping[Lamp, int], *, active_low: bool) -> Lamps:
    """Take the lines of a GPIO chip such as ``/dev/gpiochip0``, or of ``sim:/path``, all dark.

    ``active_low``: a lamp is lit by pulling its line down. Raises a ``DeviceError`` that names
    chip and line, or ``MissingExtra``.
    """
    numbers = tuple(offsets.values())
    if port.startswith(SCHEME):
        return Lamps(SimulatedLines(port, numbers, active_low=active_low), offsets)
    return Lamps(GpioLines(port, numbers, active_low=active_low), offsets)
