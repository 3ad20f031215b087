"""Reading the store: events for exports and the board, logs, reports and reference data."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bartack.events import Event, Json
from bartack.heads import SignedHead, signed_head_from
from bartack.wire import (
    NOTICES_LAST,
    NOTICES_MAX,
    STRAYS,
    Notice,
    Notices,
    ReferenceTable,
    reference_hash,
)
from bartack_hub.clock import utc_text
from bartack_hub.store.connection import translated
from bartack_hub.store.values import Chain, LogState, Report, StationNotices

_THROUGH_HASH = """coalesce((SELECT lower(hex(hash)) FROM event
    WHERE event.log_id = log.id AND event.seq = log.through), '')"""
_WAITING = """(SELECT count(*) FROM event WHERE event.log_id = log.id AND seq > log.through)"""
_LOG_COLUMNS = (
    "log, line, station, through, highest, events, first_seen, last_seen,"
    f" {_WAITING}, {_THROUGH_HASH}"
)
LOGS = f"SELECT {_LOG_COLUMNS} FROM log"  # noqa: S608  # no outside text in it

_STANDS_AT = "SELECT line FROM log WHERE station = ? ORDER BY last_seen DESC, id DESC LIMIT 1"
_NOTICES = """SELECT log.log, notice.seq, kind, notice.station, operator, at, bundle, operation
    FROM notice JOIN log ON log.id = log_id WHERE log.station = ? AND told_at >= ?
    ORDER BY told_at DESC, log_id DESC, notice.seq DESC LIMIT ?"""

# Two halves, each by its index, for which "+" takes the column's affinity away: looking through the
# bundles for each code would stop the hub for minutes.
ASKED_STRAYS = """SELECT row FROM (
    SELECT at, code, row FROM asked CROSS JOIN reference_row
        ON name = 'bundles' AND json_extract(row, '$.bundle') = +code WHERE line = ?1
    UNION ALL SELECT at, code, row FROM asked CROSS JOIN reference_row
        ON name = 'bundles' AND json_extract(row, '$.tag') = +code WHERE line = ?1
    ) ORDER BY at DESC, code"""

_ENVELOPE = tuple(item.name for item in fields(Event) if item.name not in ("fields", "body"))


class StoreReader:
    """Reads the store. Every method raises ``StoreError``."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """``connection`` comes from ``open_for_reading``, or is the writer's own."""
        self._db = connection

    def close(self) -> None:
        self._db.close()

    def events(self, received_since: datetime) -> Iterator[Event]:
        """Events that came since then, in the order they were committed."""
        sql = "SELECT body FROM event WHERE received_at >= ? ORDER BY id"
        for (body,) in self._rows(sql, utc_text(received_since)):
            yield _event(body)

    def events_from(self, row: int, count: int) -> list[tuple[int, Event]]:
        """At most ``count`` events committed after that row, each with its own."""
        sql = "SELECT id, body FROM event WHERE id > ? ORDER BY id LIMIT ?"
        return [(at_row, _event(body)) for at_row, body in self._rows(sql, row, count)]

    def canonical_events(self, type_: str | None = None) -> Iterator[str]:
        """The canonical form of every event: logs as they were first seen, each by seq."""
        sql = "SELECT body FROM event WHERE ?1 IS NULL OR type = ?1 ORDER BY log_id, seq"
        for (body,) in self._rows(sql, type_):
            yield body

    def logs(self) -> list[LogState]:
        """Every log, as first seen."""
        return [LogState(*row) for row in self._rows(f"{LOGS} ORDER BY id")]

    def log(self, log: str) -> LogState | None:
        """One log, None when it is not known."""
        for row in self._rows(f"{LOGS} WHERE log = ?", log):
            return LogState(*row)
        return None

    def signed_head(self, log_id: int) -> SignedHead | None:
        """The newest signed head of a log whose events are committed."""
        for (body,) in self._rows("SELECT body FROM signed_head WHERE log_id = ?", log_id):
            return signed_head_from(json.loads(body))
        return None

    def missing(self, log_id: int) -> tuple[tuple[int, int], ...]:
        """First and last of each run of events that the station no longer had."""
        sql = "SELECT first, last FROM missing WHERE log_id = ? ORDER BY first"
        return tuple(self._rows(sql, log_id))

    def chains(self) -> Iterator[Chain]:
        """Every log with what vouches for it; read each one's events before the next."""
        events = "SELECT body FROM event WHERE log_id = ? ORDER BY seq"
        for log_id, *row in list(self._rows(f"SELECT id, {_LOG_COLUMNS} FROM log ORDER BY id")):  # noqa: S608  # no outside text in it
            bodies = self._bodies(events, log_id)
            yield Chain(LogState(*row), self.signed_head(log_id), bodies, self.missing(log_id))

    def _bodies(self, sql: str, log_id: int) -> Iterator[str]:
        for (body,) in self._rows(sql, log_id):
            yield body

    def trusted_keys(self) -> set[tuple[str, str]]:
        """Station and key of everything that was made a station's own."""
        return set(self._rows("SELECT station, key FROM trusted_key"))

    def reports(self) -> list[Report]:
        """The last report of every station."""
        sql = "SELECT line, station, document, received_at FROM station_status ORDER BY 1, 2"
        return [
            Report(line, station, json.loads(document), datetime.fromisoformat(received_at))
            for line, station, document, received_at in self._rows(sql)
        ]

    def set_aside_counts(self) -> dict[str, int]:
        """How often something was set aside, by kind."""
        return dict(self._rows("SELECT kind, times FROM set_aside_count ORDER BY kind"))

    def contradictions(self) -> dict[str, int]:
        """How many events are kept that contradict the committed ones, by log."""
        sql = "SELECT log, count(*) FROM set_aside WHERE log != '' GROUP BY log"
        return dict(self._rows(sql))

    def set_aside(self) -> list[dict[str, Json]]:
        """What is kept of that, oldest first; ``body`` is shortened and unreadable bytes shown."""
        columns = "kind, reason, topic, log, seq, size_bytes, times, first_at, last_at"
        rows = self._rows(f"SELECT {columns}, body FROM set_aside ORDER BY id")  # noqa: S608  # no outside text in it
        return [
            dict(zip(columns.split(", "), row[:-1], strict=True))
            | {"body": row[-1].decode("utf-8", "backslashreplace")}
            for row in rows
        ]

    def reference_versions(self) -> dict[str, int]:
        """The version of each table that was ever imported."""
        return dict(self._rows("SELECT name, version FROM reference_table"))

    def reference(self, name: str) -> ReferenceTable | None:
        """A reference table, None if it was never imported."""
        with self._snapshot():
            found = list(
                self._rows("SELECT version, sha256 FROM reference_table WHERE name = ?", name)
            )
            sql = "SELECT row FROM reference_row WHERE name = ? ORDER BY position"
            rows = tuple(json.loads(text) for (text,) in self._rows(sql, name))
        return ReferenceTable(name, found[0][0], found[0][1], rows) if found else None

    def strays(self, line: str) -> ReferenceTable:
        """The bundles of other lines that this one was shown, the last first; in the version of
        all bundles, which is 0 when none were ever imported."""
        with self._snapshot():
            version = self.reference_versions().get("bundles", 0)
            found = [json.loads(text) for (text,) in self._rows(ASKED_STRAYS, line)]
        others = {row["bundle"]: row for row in found if row["line"] not in ("", line)}
        rows = tuple(others.values())
        return ReferenceTable(STRAYS, version, reference_hash(rows), rows)

    def reference_chunks(self) -> dict[tuple[str, str], int]:
        """The most chunks that were ever published, by line and table."""
        rows = self._rows("SELECT line, name, most FROM reference_chunk")
        return {(line, name): most for line, name, most in rows}

    def noticed_stations(self) -> list[str]:
        """Stations that were ever told of contradicting claims."""
        sql = "SELECT DISTINCT log.station FROM notice JOIN log ON log.id = log_id ORDER BY 1"
        return [station for (station,) in self._rows(sql)]

    def notices(self, station: str, now: datetime) -> StationNotices:
        """What a known station should be told now: the newest notices that are not too old."""
        (line,) = next(self._rows(_STANDS_AT, station))
        since = utc_text(now - NOTICES_LAST)
        rows = self._rows(_NOTICES, station, since, NOTICES_MAX)
        return StationNotices(line, station, Notices(tuple(Notice(*row) for row in rows)))

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment."""
        with translated():
            self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.rollback()

    def _rows(self, sql: str, *values: object) -> Iterator[Any]:
        with translated():
            yield from self._db.execute(sql, values)


def _event(body: str) -> Event:
    """An event from the store, where it was checked before it was written."""
    document = json.loads(body)
    own = {key: value for key, value in document.items() if key not in _ENVELOPE and key != "v"}
    envelope = {name: document[name] for name in _ENVELOPE}
    return Event(fields=MappingProxyType(own), body=body.encode("utf-8"), **envelope)
