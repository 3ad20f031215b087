"""What goes into the store and comes out of it, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bartack.events import Event, Json
from bartack.heads import SignedHead
from bartack.wire import Notices
from bartack_hub.admission import Contradiction


class StoreError(Exception):
    """The store cannot be used. ``passing`` says whether trying again makes sense (full, busy)."""

    def __init__(self, what: str, *, passing: bool = False) -> None:
        super().__init__(what)
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Report:
    """What a station said of itself, or the broker in its name.

    An empty ``document`` takes back what was said before: the station was moved to another line.
    """

    line: str
    station: str
    document: Mapping[str, Json]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that is no event and no status of its station. ``kind`` is a code."""

    kind: str
    reason: str
    topic: str
    body: bytes


@dataclass(frozen=True, slots=True)
class LogState:
    """A ledger as the hub has it. ``through`` is its watermark, ``highest`` its largest seq.

    ``waiting`` counts events beyond the watermark, behind a gap. ``through_hash`` is the hash of
    event ``through``, empty while there is none.
    """

    log: str
    line: str
    station: str
    through: int
    highest: int
    events: int
    first_seen: str
    last_seen: str
    waiting: int
    through_hash: str

    @property
    def missing(self) -> int:
        """Events up to the watermark that the station no longer had when it was asked."""
        return self.through - (self.events - self.waiting)


@dataclass(frozen=True, slots=True)
class Chain:
    """A log to be proven: its last signed head, and the body of every event by seq.

    ``missing`` holds first and last of each run of events that the station no longer had.
    """

    state: LogState
    signed: SignedHead | None
    events: Iterable[str]
    missing: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Committed:
    """What one transaction brought.

    ``events`` are the new ones. ``logs`` are those whose station should hear the watermark: it
    moved, or events came again that were committed before. ``contradictions`` were set aside.
    ``noticed`` are the stations whose notices changed. ``asked`` are the lines that were shown
    bundles they do not know.
    """

    events: tuple[Event, ...]
    logs: tuple[LogState, ...]
    contradictions: tuple[Contradiction, ...]
    noticed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StationNotices:
    """What a station, which stands at ``line`` now, should know of contradicting claims."""

    line: str
    station: str
    notices: Notices


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did to one table; an unchanged one keeps its version."""

    name: str
    rows: int
    version: int
    changed: bool
