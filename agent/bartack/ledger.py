"""The station's append-only ledger: the only module that touches SQLite.

WAL with ``synchronous=FULL``: what a commit returned for survives a power cut. That, and STRICT
tables, are asserted at start; the ledger refuses to run on anything less. One thread writes;
everyone else reads through ``LedgerReader`` on a connection of their own.

A full disk or a lock held by another process is ``LedgerUnavailable``: nothing was saved, and
trying again later is right. A failed write or fsync is ``LedgerBroken`` and is never retried,
because after it nobody knows what is on the disk; the process must end without a light.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from sqlite_utils import Database, Migrations

from bartack.events import Event, EventError, Head, Json, canonical, first_break, parse_event
from bartack.heads import SignedHead, is_genuine, signed_head_from
from bartack.projection import Credit, Rules, State, replay, restore, snapshot
from bartack.reference import Reference, with_table
from bartack.wire import ReferenceTable

_TABLES: Final = frozenset({"event", "credit", "snapshot", "reference", "signed_head", "log"})

LOCK_WAIT_S: Final = 2.0
"""How long a commit waits for another process that holds the database."""

PRUNE_BATCH: Final = 1000
_SCHEMA: Final = "0001_ledger"
_FULL: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL_EXTENDED: Final = {sqlite3.SQLITE_IOERR_SHMSIZE}
_READ_ONLY: Final = sqlite3.SQLITE_READONLY


class LedgerError(Exception):
    """The ledger cannot be used; the text names the file and the way out."""


class LedgerUnavailable(LedgerError):
    """Nothing was saved, but it may work later: disk full, read-only, or locked."""


class LedgerBroken(LedgerError):
    """A write failed in a way that leaves the disk in doubt. The process must end."""


class Ledger:
    """The writing side. One thread at a time may use it."""

    def __init__(self, path: Path, max_mb: int) -> None:
        """Open or create the ledger at ``path``, which never grows past ``max_mb``.

        Raises ``LedgerError``.
        """
        self.path = path
        self._lock = _lock(path)
        try:
            self._connection = _connect(path)
            self._prepare()
            page_bytes = self._connection.execute("PRAGMA page_size").fetchone()[0]
            self._connection.execute(f"PRAGMA max_page_count = {max_mb * 1024**2 // page_bytes}")
        except sqlite3.Error as error:
            self._lock.close()
            raise LedgerError(f"{path}: {error}; {_way_out(error)}") from error
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
        self._connection.close()
        self._lock.close()

    @property
    def acked(self) -> int:
        """The hub's watermark as this file has it."""
        return _acked(self._connection)

    def load(self, rules: Rules) -> State:
        """The state as of the last event. Raises ``LedgerError`` if the file contradicts itself."""
        reference = Reference()
        for name, version, sha256, rows in self._connection.execute(
            "SELECT name, version, sha256, rows FROM reference ORDER BY name"
        ):
            table = ReferenceTable(name, version, sha256, tuple(json.loads(rows)))
            reference = with_table(reference, table)
        last = self._connection.execute("SELECT body FROM event ORDER BY seq DESC LIMIT 1")
        row = last.fetchone()
        stored = self._connection.execute("SELECT body FROM snapshot").fetchone()
        if stored is None:
            return replay(rules, reference, self._log(), ())
        credits = {
            (bundle, operation): Credit(operator, pieces, at, seq)
            for bundle, operation, operator, pieces, at, seq in self._connection.execute(
                "SELECT bundle, operation, operator, pieces, at, seq FROM credit"
            )
        }
        try:
            state = restore(rules, reference, json.loads(stored[0]), credits)
            head = parse_event(row[0]).head if row else state.head
        except (EventError, KeyError, TypeError, ValueError) as error:
            raise LedgerError(f"{self.path}: altered or damaged: {error}") from error
        if state.head != head:
            raise LedgerError(
                f"{self.path}: the last event is {head.seq}, but {state.head.seq} were counted: "
                "events were cut off or added; set the file aside and tell the hub's keeper"
            )
        return state

    def commit(self, events: Sequence[Event], state: State, signed: SignedHead) -> None:
        """Make ``events`` durable together with the state and the signed head they lead to.

        When this returns they are on disk. Raises ``LedgerUnavailable`` (nothing saved) or
        ``LedgerBroken``.
        """
        with self._transaction():
            self._connection.executemany(
                "INSERT INTO event (seq, body) VALUES (?, ?)",
                [(event.seq, event.canonical().decode("utf-8")) for event in events],
            )
            self._connection.executemany(
                "INSERT INTO credit (bundle, operation, operator, pieces, at, seq)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [_credit_row(event) for event in events if event.type == "work.done"],
            )
            self._connection.execute(
                "INSERT INTO snapshot (id, body) VALUES (1, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (canonical(snapshot(state)).decode("utf-8"),),
            )
            self._connection.execute(
                "INSERT INTO signed_head (id, body) VALUES (1, ?)"
                " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (canonical(signed.document()).decode("utf-8"),),
            )

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
                (min(_acked(self._connection), head - keep_events), PRUNE_BATCH),
            )
        return cursor.rowcount

    def _prepare(self) -> None:
        journal = self._connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        self._connection.execute("PRAGMA synchronous = FULL")
        synchronous = self._connection.execute("PRAGMA synchronous").fetchone()[0]
        if (journal, synchronous) != ("wal", 2):
            raise LedgerError(
                f"{self.path}: journal {journal}, synchronous {synchronous}: this file system "
                "cannot keep the ledger; use a local disk (ext4)"
            )
        migrations, database = _migrations(), Database(self._connection)
        newer = {step.name for step in migrations.applied(database)} - {_SCHEMA}
        if newer:
            raise LedgerError(
                f"{self.path}: made by a newer Bartack ({min(newer)}); update this one"
            )
        migrations.apply(database)
        loose = [
            row[1]
            for row in self._connection.execute("PRAGMA table_list")
            if row[1] in _TABLES and not row[5]
        ]
        if loose:
            raise LedgerError(f"{self.path}: table {loose[0]} is not STRICT; not our ledger")

    def _log(self) -> str:
        return str(self._connection.execute("SELECT log FROM log").fetchone()[0])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
            text = f"{self.path}: {error}; {_way_out(error)}"
            if code & 0xFF in _FULL or code in _FULL_EXTENDED or code & 0xFF == _READ_ONLY:
                raise LedgerUnavailable(text) from error
            raise LedgerBroken(text) from error


class LedgerReader:
    """The reading side, for other threads and commands. Never waits for the writer."""

    def __init__(self, path: Path) -> None:
        """Raises ``LedgerError`` when there is no ledger at ``path``."""
        if not path.is_file():
            raise LedgerError(f"{path}: no ledger here; it is made when the agent first runs")
        self.path = path
        try:
            self._connection = sqlite3.connect(
                f"file:{path}?mode=ro", uri=True, timeout=LOCK_WAIT_S, isolation_level=None
            )
            self._connection.execute("SELECT log FROM log").fetchone()
        except sqlite3.Error as error:
            raise LedgerError(f"{path}: {error}; {_way_out(error)}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    @property
    def acked(self) -> int:
        return _acked(self._connection)

    def head(self) -> Head:
        """The head that the state was counted up to."""
        log = str(self._connection.execute("SELECT log FROM log").fetchone()[0])
        row = self._connection.execute("SELECT body FROM snapshot").fetchone()
        if row is None:
            return Head(log)
        document = json.loads(row[0])
        return Head(log, int(document["seq"]), str(document["hash"]))

    def signed_head(self) -> SignedHead | None:
        """The last head and the station's signature; None before the first event."""
        row = self._connection.execute("SELECT body FROM signed_head").fetchone()
        try:
            return signed_head_from(json.loads(row[0])) if row else None
        except (EventError, ValueError) as error:
            raise LedgerError(f"{self.path}: the signed head is damaged: {error}") from error

    def events_after(self, seq: int, max_events: int, max_bytes: int) -> list[Event]:
        """The next events, at least one if there is any. Raises ``LedgerError`` if damaged."""
        events: list[Event] = []
        size_bytes = 0
        for (body,) in self._connection.execute(
            "SELECT body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, max_events)
        ):
            size_bytes += len(body.encode("utf-8"))
            if events and size_bytes > max_bytes:
                break
            events.append(self._parse(body))
        return events

    def tail(self, count: int) -> list[Event]:
        """The last ``count`` events, oldest first."""
        rows = self._connection.execute(
            "SELECT body FROM event ORDER BY seq DESC LIMIT ?", (count,)
        ).fetchall()
        return [self._parse(body) for (body,) in reversed(rows)]

    def verify(self) -> tuple[int, str | None]:
        """Check every hash, every link, the end of the chain and its signature.

        Returns how many events were checked and, in words, where the chain first breaks (None
        when it holds).
        """
        checked = 0
        head = self.head()
        end: Head | None = None
        for (body,) in self._connection.execute("SELECT body FROM event ORDER BY seq"):
            try:
                event = parse_event(body)
            except EventError as error:
                return checked, f"after seq {end.seq if end else 0}: {error}"
            start = end or Head(head.log, event.seq - 1, event.prev)
            broken = first_break([event], start)
            if broken:
                return checked, broken
            end = event.head
            checked += 1
        if end is not None and end != head:
            return checked, f"seq {end.seq} is the last event, but {head.seq} were counted"
        if end is None and head.seq and self.acked < head.seq:
            return checked, f"all events are gone, but {head.seq} were counted"
        signed = self.signed_head()
        if head.seq and (signed is None or signed.head != head):
            return checked, f"seq {head.seq} is the end, but the station did not sign it"
        if signed is not None and not is_genuine(signed):
            return checked, f"seq {head.seq}: the signature is not that of key {signed.key}"
        return checked, None

    def _parse(self, body: str) -> Event:
        try:
            return parse_event(body)
        except EventError as error:
            raise LedgerError(f"{self.path}: a damaged event: {error}") from error


def _migrations() -> Migrations:
    migrations = Migrations("bartack-ledger")

    @migrations(name=_SCHEMA)
    def first(database: Database) -> None:
        script = resources.files("bartack").joinpath(f"sql/{_SCHEMA}.sql").read_text("utf-8")
        for statement in script.split(";\n"):
            if statement.strip():
                database.execute(statement)
        database.execute(
            "INSERT INTO log (id, log, acked) VALUES (1, ?, 0)", [secrets.token_hex(16)]
        )

    return migrations


def _connect(path: Path) -> sqlite3.Connection:
    # Opened where the parts are wired, then used by the core thread alone.
    connection = sqlite3.connect(
        path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False
    )
    # The WAL keeps its grown size: reusing it costs half the writes of growing it again.
    connection.execute("PRAGMA journal_size_limit = -1")
    return connection


def _lock(path: Path) -> IO[bytes]:
    """Hold the ledger for this process alone; two agents on one ledger would fork its chain."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("ab")
    except OSError as error:
        raise LedgerError(f"{path}: {error.strerror}; check the folder and its owner") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise LedgerError(f"{path}: another agent runs on this ledger; stop it first") from error
    os.set_inheritable(lock.fileno(), False)
    return lock


def _acked(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT acked FROM log").fetchone()[0])


def _credit_row(event: Event) -> tuple[str, str, str, int, str, int]:
    return (
        event.text("bundle"),
        event.text("operation"),
        event.text("operator"),
        event.number("pieces"),
        event.at,
        event.seq,
    )


def _way_out(error: sqlite3.Error) -> str:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL:
            return "make room on the disk, or raise max_mb"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another program holds the file; close it"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return "check the folder, its owner and whether the disk is mounted read-only"
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return "the file is damaged; set it aside, keep it, and start with a new one"
        case _:
            return "check the disk"
