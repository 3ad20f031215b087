"""One station as the hub knows it: its last scan, its report of itself, and what is not normal.

A report is hostile until it was looked at here: whatever its fields hold, what comes out is text
and numbers of bounded size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from bartack.events import Event
from bartack_hub.board.attendance import Sessions
from bartack_hub.board.shifts import Shift

LABEL_MAX_CHARS: Final = 160
READERS_MAX: Final = 16
ALARMS_MAX: Final = 8

BACKLOG_S: Final = 60
"""Events may wait this long for the hub before a station needs a look."""

CLOCK_OFF_S: Final = 30
"""A clock that nothing set but that agrees with the hub's this far is only mentioned."""

REFUSAL_FRESH_S: Final = 600
"""A refusal that nothing followed marks its station for this long."""

LEVELS: Final = ("alarm", "warn", "note")

Value = dict[str, object]

Entry = tuple[str, int]
"""Log and sequence number of an event."""


@dataclass(slots=True)
class Station:
    """What is known of one station. ``online`` is None until it was heard of over MQTT."""

    sessions: Sessions = field(default_factory=Sessions)
    scan: Value | None = None
    style: str = ""
    operation: str = ""
    online: bool | None = None
    heard_at: datetime | None = None
    _scan_at: Entry = ("", 0)
    _work_at: Entry = ("", 0)
    _status: Mapping[str, object] = field(default_factory=dict)
    _clock_off_s: int = 0

    def take_scan(self, event: Event, outcome: str) -> None:
        """Show a ``work.done`` or ``scan.refused``, unless what is shown is newer."""
        if not _is_newer(event, self._scan_at):
            return
        self._scan_at = (event.log, event.seq)
        self.scan = {
            "at": event.at,
            "outcome": outcome,
            "reason": event.text("reason"),
            "label": event.text("label")[:LABEL_MAX_CHARS],
            "bundle": event.text("bundle")[:LABEL_MAX_CHARS],
            "pieces": event.number("pieces"),
        }

    def take_work(self, event: Event) -> None:
        """Note what is sewn here, unless a newer event said so."""
        if _is_newer(event, self._work_at):
            self._work_at = (event.log, event.seq)
            self.style = event.text("style")[:LABEL_MAX_CHARS]
            self.operation = event.text("operation")[:LABEL_MAX_CHARS]

    def take_status(self, status: Mapping[str, object], received_at: datetime) -> None:
        """Take the station's report of itself. A Will says only that it is gone, and an empty one
        that it stands here no more."""
        if not status:
            self.online, self.heard_at, self._status = None, None, {}
            return
        self.online = status.get("online") is True
        if not self.online:
            return
        self._status = dict(status)
        self.heard_at = received_at
        at = time_or_none(str(status.get("at", "")))
        self._clock_off_s = abs(received_at - (at or received_at)) // timedelta(seconds=1)

    @property
    def unsent(self) -> int:
        """Events that the hub had not confirmed at the last report."""
        return max(self._count("head") - self._count("acked"), 0)

    @property
    def oldest_unsent_s(self) -> int:
        return self._count("oldest_unsent_s")

    @property
    def version(self) -> str:
        return str(self._status.get("version", ""))[:LABEL_MAX_CHARS]

    @property
    def readers(self) -> list[dict[str, str]]:
        """Name, driver, state and detail of each reader, as text."""
        readers = self._status.get("readers")
        if not isinstance(readers, list):
            return []
        return [
            {
                key: str(reader.get(key, ""))[:LABEL_MAX_CHARS]
                for key in ("name", "driver", "state", "detail")
            }
            for reader in readers[:READERS_MAX]
            if isinstance(reader, Mapping)
        ]

    @property
    def lags(self) -> bool:
        """Whether the hub may not know yet what was counted here."""
        waiting = self.unsent > 0 and self.oldest_unsent_s >= BACKLOG_S
        return self.online is False or waiting

    def attention(
        self, shift: Shift | None, now: datetime, twice: Sequence[str] = ()
    ) -> list[list[str]]:
        """What is not normal, worst first: level (one of ``LEVELS``), code and detail of each.

        ``twice``: bundles that were here and at another station at the same time.

        A station that is switched off outside of working time is only noted.
        """
        working = shift is None or shift.phase(now) in {"running", "break"}
        if self.online is False:
            found = [["alarm" if working else "note", "offline", ""]]
        else:
            found = self._troubles()
        if self.scan is not None and self.scan["outcome"] == "refused":
            at = datetime.fromisoformat(str(self.scan["at"]))
            if now - at <= timedelta(seconds=REFUSAL_FRESH_S):
                found.append(["warn", "refused", str(self.scan["reason"])[:LABEL_MAX_CHARS]])
        if twice:
            found.append(["warn", "bundle_twice", ", ".join(twice)[:LABEL_MAX_CHARS]])
        return sorted(found, key=lambda attention: LEVELS.index(attention[0]))

    def _troubles(self) -> list[list[str]]:
        found = [["alarm", "reader_down", r["name"]] for r in self.readers if r["state"] != "up"]
        found += [
            ["warn", "reader_trouble", f"{reader['name']}: {reader['detail']}"[:LABEL_MAX_CHARS]]
            for reader in self.readers
            if reader["state"] == "up" and reader["detail"]
        ]
        alarms = self._status.get("alarms")
        for alarm in alarms[:ALARMS_MAX] if isinstance(alarms, list) else []:
            found.append(["alarm", "alarm", str(alarm)[:LABEL_MAX_CHARS]])
        if self.lags:
            found.append(["warn", "backlog", ""])
        if self._status.get("clock") == "unsynced":
            level = "warn" if self._clock_off_s > CLOCK_OFF_S else "note"
            found.append([level, "clock", str(self._clock_off_s)])
        return found

    def _count(self, key: str) -> int:
        value = self._status.get(key)
        return value if isinstance(value, int) else 0


def time_or_none(text: str) -> datetime | None:
    """A time in UTC, or None when the text is none."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _is_newer(event: Event, shown: Entry) -> bool:
    """Whether an event is the one shown, or comes after it; another log means a new ledger."""
    log, seq = shown
    return event.log != log or event.seq >= seq
