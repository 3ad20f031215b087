"""Bringing a ledger's file to the newest schema: a new one, or one of an earlier release."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from importlib import resources
from types import MappingProxyType
from typing import Any, Final

from sqlite_utils import Database, Migrations

from bartack.events import canonical
from bartack.ledger.connection import MIGRATIONS, SCHEMAS
from bartack.ledger.rows import PUT_CREDIT, PUT_OPEN, CreditRow


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

    @migrations(name=SCHEMAS[2])
    def third(database: Database) -> None:
        _run_script(database, SCHEMAS[2])
        for (text,) in database.execute("SELECT state FROM head").fetchall():
            document = json.loads(text)
            database.conn.executemany(PUT_OPEN, _open_of_second(document))
            kept = {name: it for name, it in document.items() if name not in _KEY_FIELDS}
            kept["session"] = _session_of_second(document["session"])
            database.execute("UPDATE head SET state = ?", [canonical(kept).decode("utf-8")])

    return migrations


_KEY_FIELDS: Final = MappingProxyType({"started": 2, "held": 2, "defects": 1, "off": 1, "calls": 1})
"""What was open and stood in the state, and how many fields of its rows are the key."""


def _open_of_second(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for part, fields in _KEY_FIELDS.items():
        for row in document.get(part, ()):
            key = row[0] if fields == 1 else row[:fields]
            yield part, canonical(key).decode("utf-8"), canonical(row).decode("utf-8")


def _session_of_second(session: list[Any] | None) -> list[Any] | None:
    """A session without when work was last done in it, which stood between its other fields."""
    if session is None or len(session) != 13:
        return session
    return [*session[:9], *session[10:]]


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
