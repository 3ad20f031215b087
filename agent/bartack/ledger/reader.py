"""The reading side of the ledger, for other threads and for commands."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Final, Self

from bartack.events import Event, EventError, Head, first_break, parse_event
from bartack.heads import SignedHead, is_genuine, signed_head_from
from bartack.ledger.connection import (
    LOCK_WAIT_S,
    LedgerDamaged,
    LedgerError,
    acked_of,
    translated,
)

LATE_EVENTS: Final = 10_000
"""So many events back it is looked whether the station stood elsewhere."""


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
            raise translated(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._connection.close()

    @property
    def acked(self) -> int:
        return acked_of(self._connection)

    def head(self) -> Head:
        """The head that the state was counted up to."""
        log = str(self._connection.execute("SELECT log FROM log").fetchone()[0])
        row = self._connection.execute("SELECT state FROM head").fetchone()
        if row is None:
            return Head(log)
        document = json.loads(row[0])
        return Head(log, int(document["seq"]), str(document["hash"]))

    def signed_head(self) -> SignedHead | None:
        """The last head and the station's signature; None before the first event."""
        row = self._connection.execute("SELECT signed FROM head").fetchone()
        try:
            return signed_head_from(json.loads(row[0])) if row else None
        except (EventError, ValueError) as error:
            raise LedgerDamaged(f"{self.path}: the signed head is damaged: {error}") from error

    def events_after(self, seq: int, max_events: int, max_bytes: int) -> list[Event]:
        """The next events, at least one if there is any. Raises ``LedgerError`` if damaged."""
        events: list[Event] = []
        size_bytes = 0
        try:
            for (body,) in self._connection.execute(
                "SELECT body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", (seq, max_events)
            ):
                size_bytes += len(body.encode("utf-8"))
                if events and size_bytes > max_bytes:
                    break
                events.append(self._parse(body))
        except sqlite3.DatabaseError as error:
            raise translated(self.path, error) from error
        return events

    def late_lines(self) -> set[str]:
        """The lines where the latest events were made: more than one if the station was moved."""
        try:
            rows = self._connection.execute(
                "SELECT DISTINCT json_extract(body, '$.line') FROM"
                " (SELECT body FROM event ORDER BY seq DESC LIMIT ?)",
                (LATE_EVENTS,),
            )
            return {str(line) for (line,) in rows}
        except sqlite3.DatabaseError as error:
            raise translated(self.path, error) from error

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

    def salvaged(self) -> list[Event]:
        """Events of a ledger that this one replaced and that the hub may not have yet."""
        rows = self._connection.execute("SELECT body FROM salvaged ORDER BY log, seq")
        return [self._parse(body) for (body,) in rows]

    def _parse(self, body: str) -> Event:
        try:
            return parse_event(body)
        except EventError as error:
            raise LedgerDamaged(f"{self.path}: a damaged event: {error}") from error
