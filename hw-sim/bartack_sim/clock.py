"""The only place where the simulator asks for wall time."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def local_now(timezone: str) -> datetime:
    """The time now in this zone (an IANA name)."""
    return datetime.now(ZoneInfo(timezone))


def seconds_until(when: datetime) -> float:
    """How long it is until then; less than 0 once it is past."""
    return (when - datetime.now(when.tzinfo)).total_seconds()


def local_date(at: str, timezone: str) -> date:
    """The day in this zone of a time in RFC 3339."""
    return datetime.fromisoformat(at).astimezone(ZoneInfo(timezone)).date()
