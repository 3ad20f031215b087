"""A damaged ledger is set aside whole, what verifies is carried over, and a new log begins.

Nothing is merged: the new ledger has a log of its own, and its first events say what it replaced.
Carried over are the events that the hub may not have (each with its own good hash), the credits,
so that nothing is counted twice, and the reference data. The session is not: the operator taps the
badge again.

A damaged write-ahead log is a case of its own: SQLite would just not see what follows the damage.
Events that are found there nevertheless are committed again where they continue the chain; where
they do not, the ledger counts as damaged.

The new file is built beside the old one and takes its place by renaming, so that a power cut at
any moment leaves either the damaged ledger, to be salvaged again, or the finished new one.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Final

from bartack.events import (
    LOG,
    Event,
    EventError,
    Head,
    Json,
    canonical,
    first_break,
    parse_event,
)
from bartack.heads import SignedHead
from bartack.ledger.connection import LedgerDamaged, LedgerError, opened
from bartack.ledger.rows import (
    ALL_CREDITS,
    PUT_CREDIT,
    CreditRow,
    account_from,
    credits_of,
    sound_row,
)
from bartack.ledger.wal import events_in
from bartack.ledger.writer import Ledger
from bartack.projection import Rules, State, apply
from bartack.reference import InvalidReferenceError, Reference, with_table
from bartack.wire import ReferenceTable, reference_hash

_SUFFIXES: Final = ("", "-wal", "-shm")

AccountRow = tuple[str, str, str]
"""Operator, date, sums."""

Sign = Callable[[Head], SignedHead]


@dataclass(frozen=True, slots=True)
class Replaced:
    """What became of a damaged ledger: where it lies now and what was carried over.

    ``log`` is empty when not even that could be read, ``acked`` 0 when the watermark could not.
    """

    file: str
    damage: str
    log: str
    acked: int
    events: int
    credits: int

    def document(self) -> dict[str, Json]:
        return {
            "file": self.file,
            "damage": self.damage,
            "replaced_log": self.log,
            "acked": self.acked,
            "events": self.events,
            "credits": self.credits,
        }


@dataclass(frozen=True, slots=True)
class _Remains:
    log: str
    acked: int
    events: tuple[Event, ...]
    credits: tuple[CreditRow, ...]
    accounts: tuple[AccountRow, ...]
    tables: tuple[ReferenceTable, ...]


def open_or_replace(
    path: Path, max_mb: int, rules: Rules, stamp: str, sign: Sign
) -> tuple[Ledger, State]:
    """Open the ledger and load its state; a damaged one is replaced, and set aside under ``stamp``.

    ``sign`` signs the head where events of a damaged write-ahead log are committed again.
    Raises ``LedgerError`` when the ledger cannot be used for another reason.
    """
    suspect = suspect_file(path)
    _finish_renaming(path)
    logged = _logged(path)
    try:
        if suspect.exists():
            raise LedgerDamaged(suspect.read_text(encoding="utf-8", errors="replace")[:400])
        ledger, state = _loaded(path, max_mb, rules, logged, sign)
    except LedgerDamaged as damage:
        try:
            _replace(path, max_mb, stamp, str(damage), logged)
            suspect.unlink(missing_ok=True)
        except (OSError, sqlite3.Error) as error:
            raise LedgerError(f"{path}: cannot be set aside: {error}") from error
        ledger, state = _opened(path, max_mb, rules)
    _kept_log(path).unlink(missing_ok=True)
    return ledger, state


def suspect_file(path: Path) -> Path:
    """Where a running agent leaves word that it met damage, for the next start to act upon."""
    return path.with_name(path.name + ".suspect")


def set_aside_files(path: Path) -> list[Path]:
    """Damaged ledgers that lie here, for a person to look at and take away."""
    found = path.parent.glob(f"{path.name}.damaged-*")
    return sorted(file for file in found if not file.name.endswith(_SUFFIXES[1:]))


def _opened(path: Path, max_mb: int, rules: Rules) -> tuple[Ledger, State]:
    ledger = Ledger(path, max_mb)
    try:
        return ledger, ledger.load(rules)
    except LedgerError:
        ledger.close()
        raise


def _loaded(
    path: Path, max_mb: int, rules: Rules, logged: Sequence[Event], sign: Sign
) -> tuple[Ledger, State]:
    ledger, state = _opened(path, max_mb, rules)
    unseen = _unseen(logged, state.head)
    if not unseen:
        return ledger, state
    # Closed, SQLite lets go of the old log and begins another: the old one must stay whole, under
    # the name that we gave it, until what is only there was committed.
    ledger.close()
    ledger, state = _opened(path, max_mb, rules)
    try:
        return ledger, _regain(ledger, state, unseen, sign)
    except LedgerError:
        ledger.close()
        raise


def _kept_log(path: Path) -> Path:
    """A second name of the write-ahead log, because SQLite takes the first away when it closes."""
    return path.with_name(path.name + ".wal-kept")


def _logged(path: Path) -> list[Event]:
    """Events in the write-ahead log as the last process left it, and in one that was kept from an
    earlier start that failed. To be called before SQLite opens the file."""
    log, kept = Path(f"{path}-wal"), _kept_log(path)
    try:
        contents = [file.read_bytes() for file in (kept, log) if file.exists()]
    except OSError as error:
        raise LedgerError(f"{log}: {error.strerror}; check the disk") from error
    if any(contents) and not kept.exists():
        # Needs no room. Where a file system cannot do it, only this second chance is missing.
        with contextlib.suppress(OSError):
            kept.hardlink_to(log)
    found = {(event.log, event.seq, event.hash): event for c in contents for event in events_in(c)}
    return list(found.values())


def _unseen(logged: Sequence[Event], head: Head) -> list[Event]:
    """Events in the log that SQLite does not see: beyond the head, or of another ledger."""
    found = (event for event in logged if event.log != head.log or event.seq > head.seq)
    return sorted(found, key=lambda event: (event.log, event.seq))


def _regain(ledger: Ledger, state: State, unseen: Sequence[Event], sign: Sign) -> State:
    """Commit events again that SQLite did not see. Raises ``LedgerDamaged`` if some are lost."""
    broken = first_break(unseen, state.head)
    if broken:
        raise LedgerDamaged(f"{ledger.path}: the write-ahead log is damaged: {broken}")
    state = reduce(apply, unseen, state)
    ledger.commit(unseen, state, sign(state.head))
    ledger.regained = len(unseen)
    return state


def _replace(path: Path, max_mb: int, stamp: str, damage: str, logged: Sequence[Event]) -> None:
    fresh, aside = _fresh(path), _free_name(path, stamp)
    for suffix in _SUFFIXES:
        Path(f"{fresh}{suffix}").unlink(missing_ok=True)
    remains = _read_what_verifies(path, logged)
    replaced = Replaced(
        aside.name,
        damage,
        remains.log,
        remains.acked,
        len(remains.events),
        len(remains.credits),
    )
    _build(fresh, max_mb, remains, replaced)
    for suffix in _SUFFIXES:
        file = Path(f"{path}{suffix}")
        if file.exists():
            file.rename(f"{aside}{suffix}")
    kept = _kept_log(path)
    if kept.exists():
        kept.rename(f"{aside}-wal")  # SQLite may have tidied that away
    fresh.rename(path)
    _sync_folder(path.parent)


def _finish_renaming(path: Path) -> None:
    """A power cut came after the damaged file was set aside and before the new one was in place."""
    fresh = _fresh(path)
    if fresh.exists() and not path.exists():
        # What is left of the old one's log must not be taken for the new one's.
        for left in (Path(f"{path}-wal"), Path(f"{path}-shm"), _kept_log(path)):
            left.unlink(missing_ok=True)
        suspect_file(path).unlink(missing_ok=True)
        fresh.rename(path)
        _sync_folder(path.parent)


def _fresh(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _free_name(path: Path, stamp: str) -> Path:
    """A dated name that nothing has; without a battery clock a date may come twice."""
    name = path.with_name(f"{path.name}.damaged-{stamp}")
    number = 1
    while name.exists():
        number += 1
        name = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
    return name


def _build(fresh: Path, max_mb: int, remains: _Remains, replaced: Replaced) -> None:
    with closing(opened(fresh, max_mb)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO salvaged (log, seq, body) VALUES (?, ?, ?)",
            [(e.log, e.seq, e.body.decode("utf-8")) for e in remains.events],
        )
        connection.executemany(PUT_CREDIT, remains.credits)
        connection.executemany(
            "INSERT INTO account (operator, date, sums) VALUES (?, ?, ?)", remains.accounts
        )
        connection.executemany(
            "INSERT INTO reference (name, version, sha256, rows) VALUES (?, ?, ?, ?)",
            [
                (t.name, t.version, t.sha256, canonical([dict(row) for row in t.rows]).decode())
                for t in remains.tables
            ],
        )
        connection.execute(
            "INSERT INTO replaced (id, body) VALUES (1, ?)",
            (canonical(replaced.document()).decode("utf-8"),),
        )
        connection.execute("COMMIT")
    # Closing moved everything from the WAL into the file; now the file itself must be on disk.
    descriptor = os.open(fresh, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_what_verifies(path: Path, logged: Sequence[Event]) -> _Remains:
    """Whatever of a damaged file and its log can be read and stands its own test."""
    try:
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error:
        return _Remains("", 0, tuple(logged), tuple(credits_of(logged)), (), ())
    connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
    with closing(connection):
        log, acked = "", 0
        for name, through in _rows(connection, "SELECT log, acked FROM log"):
            if isinstance(name, str) and LOG.fullmatch(name) and isinstance(through, int):
                log, acked = name, through
        events = _with_logged(list(_good_events(connection, log, acked)), logged, log, acked)
        # The table is as new as the last event or newer, so its rows come last and win.
        credits = [*credits_of([*logged, *events]), *_good_credits(connection)]
        accounts = tuple(_good_accounts(connection))
        tables = tuple(_good_tables(connection))
        # What an older ledger left here and the hub does not have yet goes along.
        carried = list(_parsed(connection, "SELECT body FROM salvaged"))
    if events and all(event.log != log for event in events):
        log, acked = events[0].log, 0  # the file was so empty that it was given a new log
    everything = {(event.log, event.seq): event for event in [*carried, *events]}
    return _Remains(log, acked, tuple(everything.values()), tuple(credits), accounts, tables)


def _parsed(connection: sqlite3.Connection, sql: str) -> Iterator[Event]:
    for (body,) in _rows(connection, sql):
        with contextlib.suppress(EventError):
            yield parse_event(str(body))


def _with_logged(events: list[Event], logged: Sequence[Event], log: str, acked: int) -> list[Event]:
    """Events of the file, and those that only its write-ahead log has."""
    kept = (event for event in logged if event.log != log or event.seq > acked)
    known = {(event.log, event.seq): event for event in kept}
    known |= {(event.log, event.seq): event for event in events}
    return [known[key] for key in sorted(known)]


def _rows(connection: sqlite3.Connection, sql: str) -> Iterator[tuple[object, ...]]:
    """Rows up to the first one that cannot be read."""
    try:
        yield from connection.execute(sql)
    except (sqlite3.DatabaseError, UnicodeDecodeError):  # the second from a message about damage
        return


def _good_events(connection: sqlite3.Connection, log: str, acked: int) -> Iterator[Event]:
    """Events beyond the watermark with a good hash, read from both ends towards the damage."""
    found: dict[int, Event] = {}
    for order in ("ASC", "DESC"):
        sql = f"SELECT body FROM event WHERE seq > {acked} ORDER BY seq {order}"  # noqa: S608  # a number
        for (body,) in _rows(connection, sql):
            try:
                event = parse_event(body) if isinstance(body, str) else None
            except EventError:
                continue
            if event is not None and (not log or event.log == log):
                if order == "DESC" and event.seq in found:
                    break
                found[event.seq] = event
    yield from (found[seq] for seq in sorted(found))


def _good_credits(connection: sqlite3.Connection) -> Iterator[CreditRow]:
    for row in _rows(connection, ALL_CREDITS):
        with contextlib.suppress(TypeError, ValueError, ArithmeticError):
            yield sound_row(row)


def _good_accounts(connection: sqlite3.Connection) -> Iterator[AccountRow]:
    for operator, date, sums in _rows(connection, "SELECT operator, date, sums FROM account"):
        with contextlib.suppress(TypeError, ValueError, ArithmeticError):
            account_from(str(sums))
            yield str(operator), str(date), str(sums)


def _good_tables(connection: sqlite3.Connection) -> Iterator[ReferenceTable]:
    for name, version, sha256, text in _rows(
        connection, "SELECT name, version, sha256, rows FROM reference"
    ):
        try:
            rows = tuple(json.loads(str(text)))
            table = ReferenceTable(str(name), int(str(version)), str(sha256), rows)
            with_table(Reference(), table)
            if reference_hash(rows) == sha256:
                yield table
        except (InvalidReferenceError, LookupError, TypeError, ValueError, AttributeError):
            continue


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
