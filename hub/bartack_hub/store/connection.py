"""How the store's SQLite file is opened: durable settings, and the schema by migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bartack_hub.store.values import StoreError

BUSY_TIMEOUT_S: Final = 5.0

MIGRATIONS: Final = "bartack_hub"
SCHEMAS: Final = ("0001_first", "0002_settlement", "0003_asked")
"""What a store of this release has gone through, in order."""

_FULL: Final = 2
_PASSING: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})


def open_for_writing(file: Path) -> sqlite3.Connection:
    """A durable connection with the newest schema. Raises ``StoreError``."""
    if not file.parent.is_dir():
        raise StoreError(f"{file}: the folder does not exist; create it")
    try:
        with translated():
            # The thread that opens it hands it over to the one that writes.
            db = sqlite3.connect(
                file, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            _prepare(db)
    except StoreError as error:
        raise StoreError(f"{file}: {error}", passing=error.passing) from error
    return db


def open_for_reading(file: Path) -> sqlite3.Connection:
    """A connection that cannot write, for use beside a running hub. Raises ``StoreError``."""
    if not file.is_file():
        raise StoreError(f"{file}: there is no store yet; run or import first")
    try:
        with translated():
            db = sqlite3.connect(
                f"{file.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
            )
            db.execute("SELECT count(*) FROM log")
    except StoreError as error:
        raise StoreError(f"{file}: {error}", passing=error.passing) from error
    return db


@contextmanager
def translated() -> Iterator[None]:
    """SQLite's errors as ``StoreError``."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        passing = code is not None and code & 0xFF in _PASSING
        raise StoreError(str(error), passing=passing) from error


def _prepare(db: sqlite3.Connection) -> None:
    """Durable settings and the schema; refuses to go on with anything less."""
    db.execute("PRAGMA journal_mode = WAL")
    db.execute(f"PRAGMA synchronous = {_FULL}")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("BEGIN IMMEDIATE")  # an import and a hub may both be the first
    if not _is_current(db):
        # Loaded for a new or an old store only: its library would slow down every start.
        from bartack_hub.store.migrating import migrate

        migrate(db)
    db.execute("COMMIT")
    mode = db.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = db.execute("PRAGMA synchronous").fetchone()[0]
    loose = [
        row[1]
        for row in db.execute("PRAGMA main.table_list")
        if row[2] == "table" and not row[5] and not row[1].startswith(("sqlite_", "_sqlite"))
    ]
    if mode != "wal" or synchronous != _FULL or loose:
        raise StoreError(
            f"not durable enough: journal {mode}, synchronous {synchronous}, "
            f"tables without types {loose}; keep it on a local disk"
        )


def _is_current(db: sqlite3.Connection) -> bool:
    """Whether the store has gone through every step."""
    named = "SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'"
    if db.execute(named).fetchone() is None:
        return False
    rows = db.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [MIGRATIONS])
    return {*SCHEMAS} <= {name for (name,) in rows}
