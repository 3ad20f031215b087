"""The writing side of the ledger: everything of one commit in one transaction."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from immutables import Map

from bartack.events import Event, EventError, Head, Json, canonical, parse_event
from bartack.heads import SignedHead
from bartack.ledger.connection import (
    LedgerBroken,
    LedgerDamaged,
    LedgerError,
    LedgerUnavailable,
    acked_of,
    locked,
    opened,
    translated,
)
from bartack.ledger.rows import (
    ALL_CREDITS,
    account_from,
    credits_from,
    open_rows,
    write_accounts,
    write_credits,
    write_open,
)
from bartack.projection import Account, OpenKey, Rules, State, open_parts, restore, snapshot
from bartack.reference import InvalidReferenceError, Reference, with_table
from bartack.wire import ReferenceTable, reference_hash

PRUNE_BATCH: Final = 1000
"""Events that one transaction forgets: it must not hold up the scan that comes meanwhile."""

CHECKPOINT_COMMITS: Final = 150
"""Commits between two checkpoints; at six pages each the WAL stays near 4 MB."""

CHECKPOINT_AGAIN_COMMITS: Final = 10

EVENTS_AS_COMMIT: Final = 20
"""So many events in one commit weigh as much as another: a flood must not grow the WAL for good."""


class Ledger:
    """The writing side. One thread at a time may use it."""

    def __init__(self, path: Path, max_mb: int) -> None:
        """Open or create the ledger at ``path``, which never grows past ``max_mb``.

        Raises ``LedgerError``.
        """
        self.path = path
        self.regained = 0
        """Events that were found in a damaged write-ahead log and committed again."""
        self._accounts: Map[tuple[str, str], Account] = Map()
        self._open: dict[str, Map[OpenKey, object]] = {}
        """As they are on disk."""
        self._commits = 0
        self._lock = locked(path)
        try:
            self._connection = opened(path, max_mb)
        except LedgerError:
            self._lock.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file and its lock."""
        self._connection.close()
        self._lock.close()

    @property
    def acked(self) -> int:
        """The hub's watermark as this file has it."""
        return acked_of(self._connection)

    def load(self, rules: Rules) -> State:
        """The state as of the last event.

        Raises ``LedgerDamaged`` if the file contradicts itself, other ``LedgerError`` if it cannot
        be read now.
        """
        try:
            state = self._stored(rules)
            row = self._connection.execute("SELECT body FROM event ORDER BY seq DESC LIMIT 1")
            last = row.fetchone()
            end = parse_event(last[0]) if last else None
            head = end.head if end else state.head
        except sqlite3.Error as error:
            raise translated(self.path, error) from error
        except (EventError, InvalidReferenceError, LookupError, TypeError, ValueError) as error:
            raise LedgerDamaged(f"{self.path}: altered or damaged: {error}") from error
        if end is not None and (end.site, end.station) != (rules.place.site, rules.place.station):
            raise LedgerError(
                f"{self.path}: the ledger of station {end.station} at {end.site}; give this "
                "station one of its own, or the hub could not tell the two apart"
            )
        if state.head != head:
            raise LedgerDamaged(
                f"{self.path}: the last event is {head.seq}, but {state.head.seq} were counted: "
                "events were cut off or added"
            )
        return state

    def _stored(self, rules: Rules) -> State:
        reference = Reference()
        for name, version, sha256, rows in self._connection.execute(
            "SELECT name, version, sha256, rows FROM reference ORDER BY name"
        ):
            table = ReferenceTable(name, version, sha256, tuple(json.loads(rows)))
            try:
                reference = with_table(reference, table)
            except InvalidReferenceError:
                # An older agent took what this one refuses: not damage, and the hub sends it again.
                if reference_hash(table.rows) != sha256:
                    raise
        credits = credits_from(self._connection.execute(ALL_CREDITS))
        self._accounts = Map(
            {
                (operator, date): account_from(sums)
                for operator, date, sums in self._connection.execute(
                    "SELECT operator, date, sums FROM account"
                )
            }
        )
        (log,) = self._connection.execute("SELECT log FROM log").fetchone()
        stored = self._connection.execute("SELECT state FROM head").fetchone()
        if stored is None:
            return State(rules, Head(log), reference, credits=Map(credits), accounts=self._accounts)
        document = json.loads(stored[0]) | open_rows(self._connection)
        state = restore(rules, reference, document, credits, self._accounts)
        self._open = open_parts(state)
        return state

    def commit(self, events: Sequence[Event], state: State, signed: SignedHead) -> None:
        """Make ``events`` durable together with the state and the signed head they lead to.

        When this returns they are on disk. Raises ``LedgerUnavailable`` (nothing saved) or
        ``LedgerBroken``.
        """
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO event (seq, body) VALUES (?, ?)",
                [(event.seq, event.body.decode("utf-8")) for event in events],
            )
            write_credits(self._connection, events, state)
            write_accounts(self._connection, self._accounts, state.accounts)
            write_open(self._connection, self._open, open_parts(state))
            self._connection.execute(
                "INSERT INTO head (id, state, signed) VALUES (1, ?, ?) ON CONFLICT (id)"
                " DO UPDATE SET state = excluded.state, signed = excluded.signed",
                (
                    canonical(snapshot(state)).decode("utf-8"),
                    canonical(signed.document()).decode("utf-8"),
                ),
            )
        self._accounts, self._open = state.accounts, open_parts(state)
        self._commits += len(events) // EVENTS_AS_COMMIT

    def store_reference(self, table: ReferenceTable) -> None:
        """Keep a reference table for restarts. Raises as ``commit``."""
        rows: list[Json] = [dict(row) for row in table.rows]
        with self._transaction():
            self._connection.execute(
                "INSERT INTO reference (name, version, sha256, rows) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET version = excluded.version,"
                " sha256 = excluded.sha256, rows = excluded.rows",
                (table.name, table.version, table.sha256, canonical(rows).decode("utf-8")),
            )
        # Into the file soon: events find a way out of a damaged log, reference data does not.
        self._commits = CHECKPOINT_COMMITS

    def acknowledge(self, through: int, keep_events: int) -> int:
        """Move the watermark up to ``through`` and prune; returns how many events went.

        Only events that the hub has committed are pruned, and of those the last ``keep_events``
        stay for whoever wants to check them here. Raises as ``commit``.
        """
        with self._transaction():
            self._connection.execute("UPDATE log SET acked = max(acked, ?)", (through,))
            head = self._connection.execute("SELECT max(seq) FROM event").fetchone()[0] or 0
            cursor = self._connection.execute(
                "DELETE FROM event WHERE seq IN"
                " (SELECT seq FROM event WHERE seq <= ? ORDER BY seq LIMIT ?)",
                (min(through, acked_of(self._connection), head - keep_events), PRUNE_BATCH),
            )
        return cursor.rowcount

    def take_back(self, through: int) -> None:
        """Move the watermark back: the hub lost what followed ``through``. Raises as ``commit``."""
        with self._transaction():
            self._connection.execute("UPDATE log SET acked = min(acked, ?)", (through,))

    def checkpoint(self) -> None:
        """Copy the WAL into the file once enough was committed. To be called after the lights.

        Raises ``LedgerBroken`` when the disk fails: a sync that failed is never tried again.
        """
        if self._commits < CHECKPOINT_COMMITS:
            return
        try:
            row = self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        _, in_log, copied = row
        # A reader in the middle of something keeps the last frames back: try again soon.
        self._commits = 0 if copied == in_log else CHECKPOINT_COMMITS - CHECKPOINT_AGAIN_COMMITS

    def free_bytes(self) -> int:
        """Room for more, on the disk or up to ``max_mb``, whichever is less. As ``commit``."""
        try:
            pages, most, spare, size = (
                int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])
                for name in ("page_count", "max_page_count", "freelist_count", "page_size")
            )
        except sqlite3.Error as error:
            raise translated(self.path, error) from error
        disk = os.statvfs(self.path.parent)
        return min(disk.f_bavail * disk.f_frsize, (most - pages + spare) * size)

    def replaced(self) -> dict[str, Json] | None:
        """What this ledger replaced, as ``Replaced.document``; None if it replaced nothing."""
        row = self._connection.execute("SELECT body FROM replaced").fetchone()
        document: dict[str, Json] | None = json.loads(row[0]) if row else None
        return document

    def forget_salvaged(self, log: str, through: int) -> None:
        """The hub has the events of a replaced log up to ``through``. Raises as ``commit``."""
        with self._transaction():
            self._connection.execute(
                "DELETE FROM salvaged WHERE log = ? AND seq <= ?", (log, through)
            )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
            self._commits += 1
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise self._failure(error) from error

    def _failure(self, error: sqlite3.Error) -> LedgerError:
        wrong = translated(self.path, error)
        known = isinstance(wrong, (LedgerUnavailable, LedgerDamaged))
        return wrong if known else LedgerBroken(str(wrong))
