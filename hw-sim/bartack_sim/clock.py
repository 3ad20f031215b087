"""The only place where the simulator asks for wall time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo


def local_now(timezone: str) -> datetime:
    """The time now in this zone (an IANA name)."""
    return datetime.now(ZoneInfo(timezone))
