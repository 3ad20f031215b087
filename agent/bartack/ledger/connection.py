"""Opening the ledger's file: durable settings, schema, the lock, and errors in our own words."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import IO, Final

LOCK_WAIT_S: Final = 2.0
"""How long a commit waits for another process that holds the database."""

MIGRATIONS: Final = "bartack-ledger"
SCHEMAS: Final = ("0001_ledger", "0002_work", "0003_waiting")
"""What a ledger of this release has gone through, in order."""

_FULL: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_FULL_EXTENDED: Final = {sqlite3.SQLITE_IOERR_SHMSIZE}
_DAMAGED: Final = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    # Our SQL is fixed, so these too mean that the file is not what we wrote.
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
}


class LedgerError(Exception):
    """The ledger cannot be used; the text names the file and the way out."""


class LedgerUnavailable(LedgerError):
    """Nothing was saved, but it may work later: disk full, read-only, or locked."""


class LedgerBroken(LedgerError):
    """A write failed in a way that leaves the disk in doubt. The process must end."""


class LedgerDamaged(LedgerError):
    """The file cannot be read or contradicts itself. Nothing more may be written to it."""


def opened(path: Path, max_mb: int) -> sqlite3.Connection:
    """A durable connection with the newest schema. Raises ``LedgerError``."""
    connection: sqlite3.Connection | None = None
    try:
        # Opened where the parts are wired, then used by the core thread alone.
        connection = sqlite3.connect(
            path, timeout=LOCK_WAIT_S, isolation_level=None, check_same_thread=False
        )
        _prepare(path, connection)
        page_bytes = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {max_mb * 1024**2 // page_bytes}")
    except (sqlite3.Error, LookupError, TypeError, ValueError, LedgerError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, sqlite3.Error):
            raise translated(path, error) from error
        if isinstance(error, LedgerError):
            raise
        # Names or texts of the schema are not what was written.
        raise LedgerDamaged(f"{path}: {error!r}") from error
    return connection


def translated(path: Path, error: sqlite3.Error) -> LedgerError:
    """SQLite's error as ours, with the way out."""
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    code = extended & 0xFF
    # A closed connection or a wrong call is a mistake of ours and says nothing about the file.
    ours = isinstance(error, (sqlite3.ProgrammingError, sqlite3.InterfaceError))
    if code in _DAMAGED and not ours:
        return LedgerDamaged(f"{path}: {error}; the agent sets the file aside when it starts")
    text = f"{path}: {error}; {_way_out(code)}"
    if code in _FULL or extended in _FULL_EXTENDED or code == sqlite3.SQLITE_READONLY:
        return LedgerUnavailable(text)
    if code == sqlite3.SQLITE_IOERR:
        return LedgerBroken(text)
    return LedgerError(text)


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    # The WAL keeps its grown size: reusing it costs half the writes of growing it again.
    connection.execute("PRAGMA journal_size_limit = -1")
    # SQLite's own checkpoints keep their errors to themselves; ours are asked for and looked at.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    journal = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    connection.execute("PRAGMA synchronous = FULL")
    synchronous = connection.execute("PRAGMA synchronous").fetchone()[0]
    if (journal, synchronous) != ("wal", 2):
        raise LedgerError(
            f"{path}: journal {journal}, synchronous {synchronous}: this file system cannot keep "
            "the ledger; use a local disk (ext4)"
        )
    applied = _applied(connection)
    if unknown := applied - {*SCHEMAS}:
        if applied.issuperset(SCHEMAS):
            raise LedgerError(f"{path}: made by a newer Bartack ({min(unknown)}); update it")
        raise LedgerDamaged(f"{path}: of no release's making ({min(unknown)})")
    if not applied.issuperset(SCHEMAS):
        # Loaded for a new or an old file only: its library would slow down every start.
        from bartack.ledger.migrating import migrate

        migrate(connection)
    # A damaged write-ahead log costs less, the less there is in it.
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    loose = [
        name
        for _, name, kind, _, _, strict in connection.execute("PRAGMA main.table_list")
        if kind == "table" and not strict and not name.startswith(("sqlite_", "_sqlite"))
    ]
    if loose:
        raise LedgerDamaged(f"{path}: table {loose[0]} is not STRICT; not our ledger")


def _applied(connection: sqlite3.Connection) -> set[str]:
    """The names of the schemas that this file has; none of them in a new one."""
    named = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    if connection.execute(named).fetchone() is None:
        return set()
    rows = connection.execute(
        "SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [MIGRATIONS]
    )
    return {name for (name,) in rows}


def locked(path: Path) -> IO[bytes]:
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


def acked_of(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT acked FROM log").fetchone()[0])


def _way_out(code: int) -> str:
    match code:
        case sqlite3.SQLITE_FULL:
            return "make room on the disk, or raise max_mb"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "another program holds the file; close it"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return "check the folder, its owner and whether the disk is mounted read-only"
        case _:
            return "check the disk"
