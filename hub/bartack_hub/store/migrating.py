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

    def run_script(name: str) -> None:
        @migrations(name=name)
        def apply(db: Database) -> None:
            for statement in _statements(_SQL / f"{name}.sql"):
                db.execute(statement)

    for name in SCHEMAS:
        run_script(name)
    return migrations


def _statements(file: Path) -> Iterator[str]:
    statement = ""
    for line in file.read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
