"""Keeps what events claim as work, and finds the claims that contradict each other.

Runs inside the writer's transactions, so that a contradiction is as durable as the events that make
it. A work is judged anew whenever something comes that bears on it: a claim, a void, or the first
event that tells what a station's clock should have said. Labels of a clock that was not set are put
right as on the dashboard (``board.clocks``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from bartack.events import Event
from bartack.wire import NoticeKind
from bartack_hub.clock import utc_text
from bartack_hub.settlement import Claim, Key, Settlement, Work, claim_of, settle, voided_by

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)

Wanted = dict[Key, tuple[NoticeKind, Claim]]
"""What the station of each claim should know: what became of it, and the other claim."""


class Settling:
    """Claims and notices in the store. The caller holds a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._log_ids: dict[str, int] = {}

    @property
    def through(self) -> int:
        """The last event that was taken into account, by its row."""
        (through,) = self._db.execute("SELECT through FROM settled").fetchone()
        return int(through)

    def take(self, events: Iterable[Event], now: str, through: int) -> set[str]:
        """Take committed events into account; the stations that have something new to know.

        ``through`` is the row of the last event that is settled now.
        """
        self._log_ids.clear()  # a transaction that was undone took its logs along
        events = list(events)
        touched: dict[Work, None] = dict.fromkeys(self._take_claims(events))
        for found in (self._take_voids(events), self._take_clocks(events)):
            touched |= dict.fromkeys(found)
        self._db.execute("UPDATE settled SET through = ?", (through,))
        return {station for work in touched for station in self._judge(work, now)}

    def _take_claims(self, events: Iterable[Event]) -> list[Work]:
        rows: list[tuple[object, ...]] = []
        works: list[Work] = []
        for event in events:
            if event.type != "work.done":
                continue
            try:
                claim = claim_of(event)
            except ValueError:
                continue  # no production; the event itself is kept, and the dashboard counts it
            works.append(claim.work)
            rows.append(
                (
                    *(self._log_id(event.log), claim.seq, *claim.work, claim.operator),
                    *(claim.first, claim.pieces, claim.at, event.clock, event.boot),
                    event.mono_ms if claim.at == event.at else None,
                )
            )
        sql = "INSERT OR IGNORE INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        self._db.executemany(sql, rows)
        return works

    def _take_voids(self, events: Iterable[Event]) -> list[Work]:
        works: list[Work] = []
        for event in events:
            key = voided_by(event)
            if key is not None:
                row = (*key, event.station)
                self._db.execute("INSERT OR IGNORE INTO voided VALUES (?, ?, ?)", row)
                works += self._db.execute(_VOIDED_WORK, key)
        return works

    def _take_clocks(self, events: Iterable[Event]) -> list[Work]:
        """The works that a boot's first event with a set clock puts right."""
        first: dict[tuple[int, str], Event] = {}
        for event in events:
            boot = (self._log_id(event.log), event.boot)
            if event.clock == "synced" and (boot not in first or event.seq < first[boot].seq):
                first[boot] = event
        return [work for boot, event in first.items() for work in self._take_clock(boot, event)]

    def _take_clock(self, boot: tuple[int, str], event: Event) -> list[Work]:
        sql = "SELECT seq FROM boot_clock WHERE log_id = ? AND boot = ?"
        known = self._db.execute(sql, boot).fetchone()
        if known is not None and known[0] <= event.seq:
            return []
        try:
            start_ms = (datetime.fromisoformat(event.at) - _EPOCH) // _MS - event.mono_ms
        except ValueError:
            return []
        self._db.execute(
            "INSERT OR REPLACE INTO boot_clock VALUES (?, ?, ?, ?)", (*boot, event.seq, start_ms)
        )
        return self._db.execute(
            "SELECT bundle, operation FROM claim"
            " WHERE clock = 'unsynced' AND log_id = ? AND boot = ?",
            boot,
        ).fetchall()

    def _judge(self, work: Work, now: str) -> set[str]:
        """Settle a work and keep what its stations should know; the stations with news."""
        if len(self._db.execute(_TWO_CLAIMS, work).fetchall()) < 2:
            return set()  # nothing ever contradicted it
        settlement = settle(self.claims(work))
        wanted = wanted_notices(settlement)
        known = {
            (log, seq): (kind, station, operator, at)
            for log, seq, kind, station, operator, at in self._db.execute(_NOTICES, work)
        }
        logs: set[str] = set()
        for key, (kind, other) in wanted.items():
            if known.get(key) != (kind, other.station, other.operator, other.at):
                logs.add(key[0])
                told = (kind, other.station, other.operator, other.at, *work, now)
                self._db.execute(_PUT_NOTICE, (self._log_id(key[0]), key[1], *told))
        for key, (kind, *_) in known.items():
            if key not in wanted and kind != "settled":
                logs.add(key[0])
                self._db.execute(_SETTLE_NOTICE, (now, self._log_id(key[0]), key[1]))
        return {self._station_of(log) for log in logs}

    def claims(self, work: Work) -> list[Claim]:
        """All claims to a work that are not voided, their times put right."""
        found: list[Claim] = []
        for row in self._db.execute(_CLAIMS, work):
            log, seq, station, operator, first, pieces, at, clock, mono_ms, start_ms = row
            is_synced = clock == "synced"
            if not is_synced and start_ms is not None:
                is_synced = True
                at = at if mono_ms is None else _label(at, start_ms + mono_ms)
            found.append(
                Claim(log, seq, station, operator, *work, first, pieces, at, is_synced=is_synced)
            )
        return found

    def _log_id(self, log: str) -> int:
        if log not in self._log_ids:
            (log_id,) = self._db.execute("SELECT id FROM log WHERE log = ?", (log,)).fetchone()
            self._log_ids[log] = log_id
        return self._log_ids[log]

    def _station_of(self, log: str) -> str:
        (station,) = self._db.execute("SELECT station FROM log WHERE log = ?", (log,)).fetchone()
        return str(station)


def wanted_notices(settlement: Settlement) -> Wanted:
    """What stations should know of a work: for each claim in a contradiction the first other."""
    wanted: Wanted = {}
    for claim, rival in settlement.disputed.items():
        wanted[claim.log, claim.seq] = ("disputed", rival)
        wanted.setdefault((rival.log, rival.seq), ("stands", claim))
    return wanted


def _label(at: str, moment_ms: int) -> str:
    """A time that was put right; as it was where that gives no date."""
    try:
        return utc_text(_EPOCH + moment_ms * _MS)
    except OverflowError:
        return at


_TWO_CLAIMS: Final = "SELECT 1 FROM claim WHERE bundle = ? AND operation = ? LIMIT 2"
_CLAIMS: Final = """SELECT log.log, claim.seq, log.station, claim.operator, claim.first,
    claim.pieces, claim.at, claim.clock, claim.mono_ms, boot_clock.start_ms
    FROM claim JOIN log ON log.id = claim.log_id
    LEFT JOIN boot_clock ON boot_clock.log_id = claim.log_id AND boot_clock.boot = claim.boot
    LEFT JOIN voided ON voided.log = log.log AND voided.seq = claim.seq
        AND voided.station = log.station
    WHERE claim.bundle = ? AND claim.operation = ? AND voided.seq IS NULL"""
_VOIDED_WORK: Final = """SELECT bundle, operation FROM claim JOIN log ON log.id = claim.log_id
    WHERE log.log = ? AND claim.seq = ?"""
_NOTICES: Final = """SELECT log.log, notice.seq, notice.kind, notice.station, notice.operator,
    notice.at FROM notice JOIN log ON log.id = notice.log_id WHERE bundle = ? AND operation = ?"""
_PUT_NOTICE: Final = "INSERT OR REPLACE INTO notice VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SETTLE_NOTICE: Final = """UPDATE notice SET kind = 'settled', told_at = ?
    WHERE log_id = ? AND seq = ?"""
