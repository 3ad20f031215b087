"""Bringing a ledger's file to the newest schema: a new one, or one of an earlier release."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Sequence
from fractions import Fraction
from importlib import resources
from typing import Any

from sqlite_utils import Database, Migrations

from bartack.ledger.connection import MIGRATIONS, SCHEMAS
from bartack.ledger.rows import PUT_CREDIT, CreditRow


def migrate(connection: sqlite3.Connection) -> None:
    """Apply what the file has not gone through yet, each step as a whole."""
    _migrations().apply(Database(connection))


def _migrations() -> Migrations:
    migrations = Migrations(MIGRATIONS)

    @migrations(name=SCHEMAS[0])
    def first(database: Database) -> None:
        _run_script(database, SCHEMAS[0])
        database.execute(
            "INSERT INTO log (id, log, acked) VALUES (1, ?, 0)", [secrets.token_hex(16)]
        )

    @migrations(name=SCHEMAS[1])
    def second(database: Database) -> None:
        before = database.execute(
            "SELECT bundle, operation, operator, pieces, at, credit.seq, log, body FROM log, credit"
            " LEFT JOIN event ON event.seq = credit.seq"
        ).fetchall()
        database.execute("DROP TABLE credit")
        _run_script(database, SCHEMAS[1])
        database.conn.executemany(PUT_CREDIT, map(_credit_of_first, before))

    return migrations


def _credit_of_first(row: Sequence[Any]) -> CreditRow:
    """A credit of the first release, which was of a whole bundle; its event says what it paid."""
    bundle, operation, operator, pieces, at, seq, log, body = row
    paid = json.loads(body) if body else {}
    earned, minutes = (str(pieces * Fraction(paid.get(name, "0"))) for name in ("rate", "sam"))
    return (bundle, operation, 1, operator, pieces, at, seq, log, earned, minutes, "[]", 0, 0)


def _run_script(database: Database, name: str) -> None:
    script = resources.files("bartack").joinpath(f"sql/{name}.sql").read_text("utf-8")
    for statement in script.split(";\n"):
        if statement.strip():
            database.execute(statement)
