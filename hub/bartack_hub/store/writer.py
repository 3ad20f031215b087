"""Writing the store: one thread of one process, everything that arrived in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from bartack.events import NO_HASH, Event, Place, canonical
from bartack.wire import (
    EventBatch,
    Row,
    events_topic,
    reference_hash,
    signed_head_of,
    status_topic,
)
from bartack_hub.admission import Admission, Contradiction, Link, admit, doubt_of
from bartack_hub.clock import utc_now, utc_text
from bartack_hub.store.asking import take_asked
from bartack_hub.store.connection import open_for_writing, translated
from bartack_hub.store.reader import LOGS, StoreReader
from bartack_hub.store.settling import Settling
from bartack_hub.store.values import (
    Committed,
    Imported,
    LogState,
    Report,
    StoreError,
    Unreadable,
)

UNREADABLE_KEPT: Final = 1000
"""Messages that could not be read: only the newest are kept, all are counted."""

CONTRADICTIONS_KEPT_PER_LOG: Final = 100
"""Events of one log that contradict committed ones: the first are kept, all are counted."""

CAUGHT_UP_TOGETHER: Final = 5000
"""Events that one transaction settles when a store of an earlier release is opened."""

BODY_KEPT_BYTES: Final = 8192


class Store:
    """Writes the store; one thread at a time. ``read`` reads over the same connection."""

    def __init__(self, file: Path, site: str) -> None:
        """Open ``file`` and bring its schema up to date. Raises ``StoreError``."""
        self._db = open_for_writing(file)
        self.read = StoreReader(self._db)
        self._settling = Settling(self._db)
        self._belong_to(site, file)
        self._catch_up()

    def close(self) -> None:
        self._db.close()

    def commit(
        self,
        batches: Sequence[EventBatch],
        reports: Sequence[Report] = (),
        unreadable: Sequence[Unreadable] = (),
        *,
        received_at: datetime,
    ) -> Committed:
        """Write what arrived, all of it or, with ``StoreError``, none.

        An event that is committed already changes nothing. One that contradicts what is
        committed, or whose log belongs to another station, is set aside; no watermark passes it.
        """
        now = utc_text(received_at)
        events: list[Event] = []
        contradictions: list[Contradiction] = []
        told: dict[int, None] = {}
        with self._transaction():
            for batch in batches:
                log_id, admission = self._take(batch, now)
                events += admission.new
                contradictions += admission.contradictions
                if (admission.new and self._move_watermark(log_id)) or admission.repeated:
                    told[log_id] = None
            for report in reports:
                if not report.document:
                    self._db.execute(_TAKE_BACK_REPORT, (report.line, report.station))
                    continue
                self._db.execute(_PUT_REPORT, _report_row(report))
                self._take_head(report, now)
            for message in unreadable:
                self._set_aside_unreadable(message, now)
            logs = [self._log_state(log_id) for log_id in told]
            noticed = self._settle(events, now)
            asked = take_asked(self._db, events, now)
        return Committed(tuple(events), tuple(logs), tuple(contradictions), noticed, asked)

    def import_reference(
        self, tables: Mapping[str, Sequence[Row]], imported_at: datetime
    ) -> list[Imported]:
        """Exchange whole tables, all in one moment. One with the same rows keeps its version."""
        hashes = {name: reference_hash(rows) for name, rows in tables.items()}
        known = "SELECT version, sha256 FROM reference_table WHERE name = ?"
        done = []
        with self._transaction():
            for name, rows in tables.items():
                version, before = self._db.execute(known, (name,)).fetchone() or (0, "")
                changed = before != hashes[name]
                version += changed
                if changed:
                    self._db.execute("DELETE FROM reference_row WHERE name = ?", (name,))
                    self._db.execute(
                        _PUT_TABLE, (name, version, hashes[name], len(rows), utc_text(imported_at))
                    )
                    self._db.executemany(
                        "INSERT INTO reference_row (name, position, row) VALUES (?, ?, ?)",
                        ((name, at, canonical(dict(row)).decode()) for at, row in enumerate(rows)),
                    )
                done.append(Imported(name, len(rows), version, changed))
        return done

    def keep_reference_chunks(self, chunks: Mapping[tuple[str, str], int]) -> None:
        """Remember how many chunks are published, by line and table; never fewer than before."""
        with self._transaction():
            self._db.executemany(
                _PUT_CHUNKS, [(line, name, most) for (line, name), most in chunks.items()]
            )

    # --- parts of a commit --------------------------------------------------------------------

    def _take(self, batch: EventBatch, now: str) -> tuple[int, Admission]:
        """Write one batch; the row of its log (0 if none), and what the batch was judged to be."""
        first = batch.events[0]
        log_id, station = self._log_of(batch.log) or (0, first.station)
        through = self._log_state(log_id).through if log_id else 0
        gap = first.seq > through + 1
        is_told = batch.missing_from is not None and batch.missing_from <= through + 1
        if gap and not batch.salvaged and not is_told:
            # Behind a gap nobody can tell a copied card from the true one. It comes again.
            return log_id, Admission((), 0, ())
        if station == first.station:
            admission = admit(batch.events, self._committed_near(log_id, batch), through)
        else:
            reason = f"log {batch.log} belongs to station {station}"
            foreign = (Contradiction(event, "other_station", reason) for event in batch.events)
            admission = Admission((), 0, tuple(foreign))
        if admission.new:
            log_id = log_id or self._add_log(batch, now)
            if gap and is_told:
                self._db.execute(_ADD_MISSING, (log_id, through + 1, first.seq - 1, now))
            rows = (_event_row(log_id, event, now) for event in admission.new)
            self._db.executemany(_ADD_EVENT, rows)
            highest, count = admission.new[-1].seq, len(admission.new)
            self._db.execute(_GROW_LOG, (batch.place.line, highest, count, now, log_id))
        for contradiction in admission.contradictions:
            self._set_aside_event(contradiction, now)
        return log_id, admission

    def _take_head(self, report: Report, now: str) -> None:
        """Keep the signed head of a report, once the events that it vouches for are here."""
        signed = signed_head_of(report.document)
        found = self._log_of(signed.head.log) if signed else None
        if signed is None or found is None or found[1] != report.station:
            return
        log_id = found[0]
        if signed.head.seq > self._log_state(log_id).through:
            return  # the next report comes when the events are committed
        known = self.read.signed_head(log_id)
        row = (log_id, signed.head.seq)
        sql = "SELECT hash FROM event WHERE log_id = ? AND seq = ?"
        committed = self._db.execute(sql, row).fetchone()
        doubt = doubt_of(signed, known, committed[0].hex() if committed else NO_HASH)
        if doubt is not None:
            topic = status_topic(Place("", report.line, report.station))
            body = canonical(signed.document())
            self._set_aside_unreadable(Unreadable(*doubt, topic, body), now)
        elif known is None or known.head.seq < signed.head.seq:
            self._db.execute(_PUT_HEAD, (log_id, canonical(signed.document()).decode()))
            self._db.execute(_TRUST_FIRST, (report.station, signed.key, now, report.station))

    def trust(self, station: str, key: str, at: datetime) -> None:
        """Make a key the station's own, because a person says so."""
        with self._transaction():
            self._db.execute(_TRUST, (station, key, utc_text(at)))

    def _committed_near(self, log_id: int, batch: EventBatch) -> dict[int, Link]:
        rows = self._db.execute(
            "SELECT seq, hash, prev FROM event WHERE log_id = ? AND seq BETWEEN ? AND ?",
            (log_id, batch.events[0].seq - 1, batch.events[-1].seq + 1),
        )
        return {seq: Link(hash_.hex(), prev.hex()) for seq, hash_, prev in rows}

    def _log_of(self, log: str) -> tuple[int, str] | None:
        row = self._db.execute("SELECT id, station FROM log WHERE log = ?", (log,)).fetchone()
        return (int(row[0]), str(row[1])) if row else None

    def _add_log(self, batch: EventBatch, now: str) -> int:
        row = (batch.log, batch.place.line, batch.place.station, now, now)
        return int(self._db.execute(f"{_ADD_LOG} RETURNING id", row).fetchone()[0])

    def _move_watermark(self, log_id: int) -> bool:
        """Move a log's watermark over the events that follow it, and over those told missing."""
        through = self._log_state(log_id).through
        moved = through
        later = "SELECT seq FROM event WHERE log_id = ? AND seq > ? ORDER BY seq"
        for (seq,) in self._db.execute(later, (log_id, through)):
            if seq != moved + 1 and (moved + 1, seq - 1) not in self.read.missing(log_id):
                break
            moved = seq
        self._db.execute("UPDATE log SET through = ? WHERE id = ?", (moved, log_id))
        return moved > through

    def _log_state(self, log_id: int) -> LogState:
        return LogState(*self._db.execute(f"{LOGS} WHERE id = ?", (log_id,)).fetchone())

    def _set_aside_event(self, found: Contradiction, now: str) -> None:
        event = found.event
        body = event.body
        self._db.execute(_COUNT_SET_ASIDE, (found.kind,))
        kept = "SELECT count(*) FROM set_aside WHERE log = ?"
        (count,) = self._db.execute(kept, (event.log,)).fetchone()
        row = (found.kind, found.reason, events_topic(event.place), event.log, event.seq)
        sql = _SET_ASIDE if count < CONTRADICTIONS_KEPT_PER_LOG else _SET_ASIDE_AGAIN
        if sql is _SET_ASIDE:
            self._db.execute(sql, (*row, len(body), sha256(body).digest(), body, now, now))
        else:
            self._db.execute(sql, (now, found.kind, row[2], sha256(body).digest()))

    def _set_aside_unreadable(self, message: Unreadable, now: str) -> None:
        self._db.execute(_COUNT_SET_ASIDE, (message.kind,))
        body = message.body
        kept = body[:BODY_KEPT_BYTES]
        row = (message.kind, message.reason, message.topic, "", None, len(body))
        self._db.execute(_SET_ASIDE, (*row, sha256(body).digest(), kept, now, now))
        self._db.execute(_FORGET_UNREADABLE, (UNREADABLE_KEPT,))

    def _belong_to(self, site: str, file: Path) -> None:
        with self._transaction():
            self._db.execute("INSERT OR IGNORE INTO site (id, name) VALUES (1, ?)", (site,))
            (name,) = self._db.execute("SELECT name FROM site").fetchone()
        if name != site:
            self.close()
            raise StoreError(f"{file}: holds the events of site {name}, not of {site}")

    def _settle(self, events: Sequence[Event], now: str) -> tuple[str, ...]:
        if not events:
            return ()
        (through,) = self._db.execute("SELECT max(id) FROM event").fetchone()
        return tuple(sorted(self._settling.take(events, now, through)))

    def _catch_up(self) -> None:
        """Settle what was committed by a release that did not."""
        while True:
            with self._transaction():
                found = self.read.events_from(self._settling.through, CAUGHT_UP_TOGETHER)
                if not found:
                    return
                now = utc_text(utc_now())
                self._settling.take([event for _, event in found], now, found[-1][0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with translated():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                self._db.rollback()
                raise


_ADD_LOG = "INSERT INTO log (log, line, station, first_seen, last_seen) VALUES (?, ?, ?, ?, ?)"
_GROW_LOG = """UPDATE log SET line = ?, highest = max(highest, ?), events = events + ?,
    last_seen = ? WHERE id = ?"""
_ADD_EVENT = """INSERT INTO event (log_id, seq, hash, prev, type, received_at, body)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_PUT_REPORT = """INSERT INTO station_status (line, station, document, received_at)
    VALUES (?, ?, ?, ?) ON CONFLICT (line, station)
    DO UPDATE SET document = excluded.document, received_at = excluded.received_at"""
_TAKE_BACK_REPORT = "DELETE FROM station_status WHERE line = ? AND station = ?"
_PUT_HEAD = """INSERT INTO signed_head (log_id, body) VALUES (?, ?)
    ON CONFLICT (log_id) DO UPDATE SET body = excluded.body"""
_ADD_MISSING = "INSERT OR REPLACE INTO missing (log_id, first, last, told_at) VALUES (?, ?, ?, ?)"
_TRUST = "INSERT OR IGNORE INTO trusted_key (station, key, at) VALUES (?, ?, ?)"
_TRUST_FIRST = """INSERT INTO trusted_key (station, key, at) SELECT ?, ?, ?
    WHERE NOT EXISTS (SELECT 1 FROM trusted_key WHERE station = ?)"""
_SET_ASIDE = """INSERT INTO set_aside
    (kind, reason, topic, log, seq, size_bytes, sha256, body, first_at, last_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, topic, sha256)
    DO UPDATE SET times = times + 1, last_at = excluded.last_at"""
_SET_ASIDE_AGAIN = """UPDATE set_aside SET times = times + 1, last_at = ?
    WHERE kind = ? AND topic = ? AND sha256 = ?"""
_COUNT_SET_ASIDE = """INSERT INTO set_aside_count (kind, times) VALUES (?, 1)
    ON CONFLICT (kind) DO UPDATE SET times = times + 1"""
_FORGET_UNREADABLE = """DELETE FROM set_aside WHERE log = '' AND id <=
    (SELECT id FROM set_aside WHERE log = '' ORDER BY id DESC LIMIT 1 OFFSET ?)"""
_PUT_TABLE = """INSERT INTO reference_table (name, version, sha256, rows, imported_at)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version,
    sha256 = excluded.sha256, rows = excluded.rows, imported_at = excluded.imported_at"""
_PUT_CHUNKS = """INSERT INTO reference_chunk (line, name, most) VALUES (?, ?, ?)
    ON CONFLICT (line, name) DO UPDATE SET most = max(most, excluded.most)"""


def _event_row(log_id: int, event: Event, now: str) -> tuple[object, ...]:
    hash_, prev = bytes.fromhex(event.hash), bytes.fromhex(event.prev)
    return log_id, event.seq, hash_, prev, event.type, now, event.body.decode()


def _report_row(report: Report) -> tuple[str, str, str, str]:
    document = canonical(dict(report.document)).decode()
    return report.line, report.station, document, utc_text(report.received_at)
