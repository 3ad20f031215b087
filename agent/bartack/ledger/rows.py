"""Credits, accounts and what is open as rows of the ledger, and back.

Pure but for the statements themselves.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import Final, cast, get_args

from immutables import Map

from bartack.events import Event, Json, canonical
from bartack.projection import (
    Account,
    Credit,
    OpenKey,
    State,
    Work,
    credit_of,
    open_row,
    row_of,
)

CreditRow = tuple[str, str, int, str, int, str, int, str, str, str, str, int, int]
"""In the order of ``CREDIT_COLUMNS``."""

CREDIT_COLUMNS: Final = (
    "bundle, operation, first, operator, pieces, at, seq, log, earned, minutes, shares, disputed,"
    " contested"
)
PUT_CREDIT: Final = (
    f"INSERT OR REPLACE INTO credit ({CREDIT_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"  # noqa: S608  # fixed text
)
ALL_CREDITS: Final = f"SELECT {CREDIT_COLUMNS} FROM credit"  # noqa: S608  # fixed text

PUT_OPEN: Final = "INSERT OR REPLACE INTO waiting (part, key, row) VALUES (?, ?, ?)"

_MONEY: Final = frozenset(it.name for it in fields(Account) if it.type == "Fraction")


def credit_row(work: Work, credit: Credit) -> CreditRow:
    """The row of one credit."""
    return (
        *(*work, credit.first, credit.operator, credit.pieces, credit.at, credit.seq, credit.log),
        *(str(credit.earned), str(credit.minutes), json.dumps(credit.shares)),
        *(int(credit.disputed), int(credit.contested)),
    )


def credits_from(rows: Iterable[CreditRow]) -> dict[Work, tuple[Credit, ...]]:
    """The credits of the rows, by bundle and operation. Raises ``ValueError`` if altered."""
    found: dict[Work, list[Credit]] = defaultdict(list)
    for row in rows:
        bundle, operation, first, operator, pieces, at, seq, log, earned, minutes, *rest = row
        shares, disputed, contested = rest
        found[bundle, operation].append(
            Credit(
                operator,
                pieces,
                at,
                seq,
                log,
                first,
                Fraction(earned),
                Fraction(minutes),
                tuple((str(who), int(weight)) for who, weight in json.loads(str(shares))),
                bool(disputed),
                bool(contested),
            )
        )
    return {work: tuple(sorted(it, key=lambda c: c.first)) for work, it in found.items()}


def sound_row(row: Sequence[object]) -> CreditRow:
    """The row, if it is one that could have been written. Raises ``TypeError``, ``ValueError``."""
    kinds = get_args(CreditRow)
    if [type(it) for it in row] != [*kinds]:
        raise TypeError("not a row of a credit")
    known = cast(CreditRow, tuple(row))
    credits_from([known])
    return known


def credits_of(events: Sequence[Event]) -> Iterator[CreditRow]:
    """Rows of what these events credit and none of them takes back."""
    voided = {
        (event.text("of_log") or event.log, event.number("voids"))
        for event in events
        if event.type == "work.voided"
    }
    for event in events:
        if event.type == "work.done" and (event.log, event.seq) not in voided:
            work = (event.text("bundle"), event.text("operation"))
            yield credit_row(work, credit_of(event))


def write_credits(connection: sqlite3.Connection, events: Iterable[Event], state: State) -> None:
    """Bring the credits of the work that these events are about to what they are in ``state``."""
    touched = {
        (event.text("bundle"), event.text("operation"))
        for event in events
        if event.type.startswith("work.")
    }
    if not touched:
        return
    connection.executemany("DELETE FROM credit WHERE bundle = ? AND operation = ?", touched)
    connection.executemany(
        PUT_CREDIT,
        [credit_row(work, it) for work in touched for it in state.credits.get(work, ())],
    )


def write_accounts(
    connection: sqlite3.Connection,
    before: Map[tuple[str, str], Account],
    after: Map[tuple[str, str], Account],
) -> None:
    """Write the accounts that have changed."""
    if after is before:
        return
    gone = [key for key in before if key not in after]
    connection.executemany("DELETE FROM account WHERE operator = ? AND date = ?", gone)
    connection.executemany(
        "INSERT OR REPLACE INTO account (operator, date, sums) VALUES (?, ?, ?)",
        [
            (*key, account_text(account))
            for key, account in after.items()
            if before.get(key) is not account
        ],
    )


def write_open(
    connection: sqlite3.Connection,
    before: Mapping[str, Map[OpenKey, object]],
    after: Mapping[str, Map[OpenKey, object]],
) -> None:
    """Write what is open and has changed."""
    for part, kept in after.items():
        known = before.get(part, Map())
        if kept is known:
            continue
        connection.executemany(
            "DELETE FROM waiting WHERE part = ? AND key = ?",
            [(part, _key_text(key)) for key in known if key not in kept],
        )
        connection.executemany(
            PUT_OPEN,
            [
                (part, _key_text(key), canonical(open_row(key, value)).decode("utf-8"))
                for key, value in kept.items()
                if known.get(key) is not value
            ],
        )


def open_rows(connection: sqlite3.Connection) -> dict[str, list[Json]]:
    """What ``write_open`` wrote, by part."""
    found: dict[str, list[Json]] = defaultdict(list)
    for part, row in connection.execute("SELECT part, row FROM waiting"):
        found[part].append(json.loads(row))
    return found


def _key_text(key: OpenKey) -> str:
    return canonical(key if isinstance(key, int) else [*key]).decode("utf-8")


def account_text(account: Account) -> str:
    """An account's sums as JSON, money as exact fractions."""
    return canonical(row_of(account)).decode("utf-8")


def account_from(text: str) -> Account:
    """The account that ``account_text`` wrote. Raises ``ValueError`` or ``TypeError`` if not."""
    names = [it.name for it in fields(Account)]
    sums: Mapping[str, object] = dict(zip(names, json.loads(text), strict=True))
    values = {k: Fraction(str(v)) if k in _MONEY else int(str(v)) for k, v in sums.items()}
    return Account(**values)  # type: ignore[arg-type]  # each as its field has it
