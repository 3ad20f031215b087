"""Ledgers of stations as tests want them: sealed events, batches and forks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bartack.events import Event, Head, Json, Moment, Place, seal
from bartack.wire import EventBatch

PLACE = Place("dhk1", "l03", "st07")
LOG = "9f" * 16
BOOT = "3c2b8d1e-0000-4000-8000-000000000001"
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def ledger(
    count: int,
    *,
    log: str = LOG,
    place: Place = PLACE,
    head: Head | None = None,
    pieces: int = 12,
) -> list[Event]:
    """``count`` credits in a row, the first after ``head``."""
    events: list[Event] = []
    head = head or Head(log)
    for _ in range(count):
        number = head.seq + 1
        now = Moment(
            f"2026-11-21T08:{number // 60 % 60:02}:{number % 60:02}.000Z", "synced", BOOT, number
        )
        fields: dict[str, Json] = {
            "operator": "E1044",
            "bundle": f"B{number:06d}",
            "operation": "OP310",
            "style": "S1",
            "pieces": pieces,
            "sam": "0.50",
            "rate": "0.45",
        }
        events.append(seal(head, place, now, "work.done", "scan", fields))
        head = events[-1].head
    return events


def batch(events: Sequence[Event]) -> EventBatch:
    return EventBatch(events[0].place, events[0].log, tuple(events), replay=len(events) > 1)
