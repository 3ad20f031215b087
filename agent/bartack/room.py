"""How long the disk will last: room left against what the ledger takes an hour. Pure.

Room is what the file system has free or what ``max_mb`` still allows, whichever is less. Unsent
events are never thrown away to make room, so a person must hear of it days before.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

LOW_HOURS: Final = 72
"""Less than this is an alarm: a long week-end."""

LOW_BYTES: Final = 64 * 1024**2
"""Less than this is an alarm whatever the pace: a burst or a log file may take it at once."""

HOURS_SHOWN_MAX: Final = 10_000
SAMPLE_EVERY_S: Final = 60.0
SAMPLES_MAX: Final = 8 * 60
PACE_LEAST_S: Final = 600.0
"""A pace is only believed after this long."""

BYTES_PER_EVENT: Final = 700
"""What an event takes with its credit: 650 for a credited bundle, 590 for a refusal, over 8,000."""


@dataclass(slots=True)
class Room:
    """Remembers how many events there were, to know the pace. Times are monotonic seconds."""

    _samples: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=SAMPLES_MAX))

    def sample(self, now_s: float, head: int) -> None:
        """Note how far the log is; more often than once a minute is ignored."""
        if not self._samples or now_s - self._samples[-1][0] >= SAMPLE_EVERY_S:
            self._samples.append((now_s, head))

    def hours_left(self, free_bytes: int) -> int | None:
        """Hours until nothing can be saved at the pace of late; None while that is not known."""
        if len(self._samples) < 2:
            return None
        (began_s, first), (ended_s, last) = self._samples[0], self._samples[-1]
        if ended_s - began_s < PACE_LEAST_S or last <= first:
            return None
        bytes_per_hour = (last - first) * BYTES_PER_EVENT * 3600 / (ended_s - began_s)
        return min(HOURS_SHOWN_MAX, int(free_bytes / bytes_per_hour))


def is_low(free_bytes: int, hours_left: int | None) -> bool:
    """Whether a person should make room now."""
    return free_bytes < LOW_BYTES or (hours_left is not None and hours_left < LOW_HOURS)
