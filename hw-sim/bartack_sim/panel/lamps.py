"""Lamps and a buzzer on the lines of a chip: requests and values in, what is lit out. Pure."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Mapping
from typing import Final

CHIP_LINES: Final = 54
"""As on a Raspberry Pi 4."""

LAMPS: Final = ("green", "amber", "red", "buzzer")


class LampBoard:
    """``wiring``: the line of each lamp. ``wired_low``: a lamp is lit while its line is low.

    ``on_change`` is told the monotonic time at which other lamps were lit than before.
    """

    def __init__(
        self,
        wiring: Mapping[str, int],
        wired_low: bool = False,
        on_change: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._wiring = dict(wiring)
        self._lit_level = not wired_low
        self._active_low = False
        self._levels: dict[int, bool] = {}
        """Of the lines that a program drives; a line that nobody drives lights nothing."""
        self._on_change = on_change

    @property
    def lit(self) -> tuple[str, ...]:
        """The lamps that are lit, in the order of ``LAMPS``."""
        return tuple(
            lamp
            for lamp in LAMPS
            if lamp in self._wiring and self._levels.get(self._wiring[lamp]) is self._lit_level
        )

    def receive(self, packet: bytes, at_s: float) -> int:
        """One question of a program; the error number that it is answered with, 0 for none."""
        before = self.lit
        number = self._answer(packet)
        if self.lit != before:
            self._on_change(at_s)
        return number

    def _answer(self, packet: bytes) -> int:
        try:
            question = json.loads(packet)
        except ValueError:
            return errno.EINVAL
        match question:
            case {"request": [*lines], "active_low": bool(active_low)}:
                return self._take(lines, active_low)
            case {"values": {**values}}:
                return self._set(values)
        return errno.EINVAL

    def release(self) -> None:
        """The program is gone: nobody drives the lines."""
        self._levels = {}

    def _take(self, lines: list[object], active_low: bool) -> int:
        if not lines or len(set(map(str, lines))) != len(lines):
            return errno.EINVAL
        levels: dict[int, bool] = {}
        for line in lines:
            if not isinstance(line, int) or not 0 <= line < CHIP_LINES:
                return errno.EINVAL
            levels[line] = active_low  # inactive
        self._active_low, self._levels = active_low, levels
        return 0

    def _set(self, values: dict[object, object]) -> int:
        levels = dict(self._levels)
        for line, active in values.items():
            number = int(line) if isinstance(line, str) and line.isdecimal() else -1
            if number not in levels or not isinstance(active, bool):
                return errno.EINVAL
            levels[number] = active is not self._active_low
        self._levels = levels
        return 0
