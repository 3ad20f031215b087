"""Right times for what was scanned before the station's clock was set.

A Pi has no battery clock: after a power cut it counts on with a wrong date until a time server
answers. Every event also carries milliseconds since the boot, which are right all along; the first
event of the same boot with a synchronised clock tells what they mean. The ledger keeps the original
label; only what is shown is corrected.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bartack.events import Event

WAITING_MAX: Final = 5000
"""Events of one boot that wait for a synchronised one; past it the oldest keep their label."""

BOOTS_MAX: Final = 4096

Boot = tuple[str, str]
"""Log and boot id."""


@dataclass(slots=True)
class _BootClock:
    """One boot: the first event known of it with a good clock, and those without."""

    seq: int = 0
    """Of the event that ``start`` comes from; 0 while there is none."""
    start: datetime | None = None
    """True time at which the boot's milliseconds were 0."""
    unsynced: deque[Event] = field(default_factory=lambda: deque(maxlen=WAITING_MAX))


@dataclass(slots=True)
class Clocks:
    """What is known of every boot's clock, whatever the order it came in. Single-threaded."""

    _boots: dict[Boot, _BootClock] = field(default_factory=dict)

    def take(self, event: Event) -> Iterator[Event]:
        """The event as it should be shown, then earlier ones that only now can be put right.

        Raises ``ValueError`` or ``OverflowError`` for a date that does not exist.
        """
        known = self._boots.get((event.log, event.boot))
        if known is None:
            if len(self._boots) >= BOOTS_MAX:
                del self._boots[next(iter(self._boots))]
            known = self._boots[event.log, event.boot] = _BootClock()
        if event.clock == "unsynced":
            known.unsynced.append(event)
            yield _corrected(event, known.start)
            return
        yield event
        if known.start is None or event.seq < known.seq:
            known.seq = event.seq
            known.start = _time(event) - timedelta(milliseconds=event.mono_ms)
            for earlier in known.unsynced:
                yield _corrected(earlier, known.start)


def _corrected(event: Event, start: datetime | None) -> Event:
    if start is None:
        return event
    moment = start + timedelta(milliseconds=event.mono_ms)
    at = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return replace(event, at=at, clock="synced")


def _time(event: Event) -> datetime:
    return datetime.fromisoformat(event.at).astimezone(UTC)
