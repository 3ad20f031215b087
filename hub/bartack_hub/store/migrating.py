"""Bringing the store's file to the newest schema: a new one, or one of an earlier release."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database, Migrations

from bartack_hub.store.connection import MIGRATIONS, SCHEMAS

_SQL = Path(__file__).parents[1] / "sql"


def migrate(db: sqlite3.Connection) -> None:
    """Apply what the store has not gone through yet. ``db`` is in a transaction already."""
    _migrations().apply(Database(db))


def _migrations() -> Migrations:
    migrations = Migrations(MIGRATIONS)

    @migrations(name=SCHEMAS[0])
    def first(db: Database) -> None:
        for statement in _statements(_SQL / f"{SCHEMAS[0]}.sql"):
            db.execute(statement)

    @migrations(name=SCHEMAS[1])
    def settlement(db: Database) -> None:
        for statement in _statements(_SQL / f"{SCHEMAS[1]}.sql"):
            db.execute(statement)

    return migrations


def _statements(file: Path) -> Iterator[str]:
    statement = ""
    for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
