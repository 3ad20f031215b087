"""The station's clock: wall time as a label, monotonic time for order, and whether NTP has it.

A Raspberry Pi has no battery clock, so wall time is only trusted once the kernel says that it is
synchronised (``adjtimex(2)``: every state but TIME_ERROR).
"""

from __future__ import annotations

import ctypes
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bartack.events import ClockFlag, Moment
from bartack.projection import utc_label

FLAG_EVERY_MS: Final = 250
"""How often the kernel is asked whether the clock is synchronised."""

_TIME_ERROR: Final = 5
_TIMEX_BYTES: Final = 512  # struct timex is smaller; modes = 0 at its start means "only read"


class Clock:
    """Reads the machine's clocks."""

    def __init__(self) -> None:
        boot = Path("/proc/sys/kernel/random/boot_id")
        self.boot = boot.read_text(encoding="ascii").strip()
        # Without letting go of the interpreter: the call is over sooner than a handover would be.
        self._libc = ctypes.PyDLL(None)
        self._timex = ctypes.create_string_buffer(_TIMEX_BYTES)
        self._flag: ClockFlag = "unsynced"
        self._asked_ms = -FLAG_EVERY_MS

    def now(self) -> Moment:
        wall = utc_label(datetime.now(UTC))
        mono_ms = time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
        if mono_ms - self._asked_ms >= FLAG_EVERY_MS:
            self._flag, self._asked_ms = self._ask(), mono_ms
        return Moment(wall, self._flag, self.boot, mono_ms)

    def mono_s(self) -> float:
        """Monotonic seconds for timers."""
        return time.monotonic()

    def _ask(self) -> ClockFlag:
        state = self._libc.adjtimex(self._timex)
        return "unsynced" if state in (-1, _TIME_ERROR) else "synced"


def step_ms(before: Moment, after: Moment) -> int:
    """By how much wall time was moved between two moments of one boot, in milliseconds."""
    moved = datetime.fromisoformat(after.at) - datetime.fromisoformat(before.at)
    return round(moved.total_seconds() * 1000) - (after.mono_ms - before.mono_ms)


def seconds_between(earlier: str, later: str) -> int:
    """Whole seconds between two wall-time labels; 0 when the clock went back in between."""
    gap = datetime.fromisoformat(later) - datetime.fromisoformat(earlier)
    return max(0, int(gap.total_seconds()))
