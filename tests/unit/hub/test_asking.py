"""What stations did not know: a line is told of other lines' bundles that it was shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bartack.events import Event, Head, Json, Moment, Place, seal
from bartack.wire import CHUNK_MAX_BYTES, Row, parse_reference
from bartack_hub.reference_chunks import strays_message
from bartack_hub.store import Store
from bartack_hub.store.asking import ASKED_KEPT
from bartack_hub.store.reader import ASKED_STRAYS
from unit.hub.ledgers import BOOT, LOG, NOW, PLACE, batch

BUNDLES: list[Row] = [
    {"bundle": "B000001", "line": "l03", "style": "S1", "tag": "E2AA01"},
    {"bundle": "B000002", "line": "l04", "style": "S1", "tag": "E2AA02"},
    {"bundle": "B000003", "line": "", "style": "S1"},
    {"bundle": "B000004", "line": "l04", "style": "S1"},
]


class Asking:
    """A station that is shown what it does not know."""

    def __init__(self, store: Store, place: Place = PLACE, log: str = LOG) -> None:
        self._store, self._place, self._head = store, place, Head(log)

    def event(self, type_: str, fields: Mapping[str, Json]) -> tuple[str, ...]:
        """Have the hub commit an event; the lines that it says have asked."""
        at = f"2026-11-21T08:00:00.{self._head.seq % 1000:03}Z"
        now = Moment(at, "synced", BOOT, self._head.seq)
        event: Event = seal(self._head, self._place, now, type_, "scan", fields)
        self._head = event.head
        later = NOW + timedelta(seconds=event.seq)
        return self._store.commit([batch([event])], received_at=later).asked

    def refused(self, reason: str, bundle: str | None, label: str = "") -> tuple[str, ...]:
        return self.event("scan.refused", {"reason": reason, "bundle": bundle, "label": label})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "hub.db", "dhk1")) as opened:
        opened.import_reference({"bundles": BUNDLES}, NOW)
        yield opened


def strays(store: Store, line: str = "l03") -> list[str]:
    return [row["bundle"] for row in store.read.strays(line).rows]


def test_a_line_is_told_of_others_bundles_that_it_was_shown(store: Store) -> None:
    """By refusal, by held work or by tag: the last first, and no bundle twice."""
    station = Asking(store)
    assert strays(store) == []
    assert station.refused("unknown_bundle", "B000002") == ("l03",)
    assert strays(store) == ["B000002"]
    assert station.event("work.held", {"bundle": "B000004"}) == ("l03",)
    assert strays(store) == ["B000004", "B000002"]
    assert station.refused("unknown_tag", None, "e2aa02") == ("l03",)
    assert strays(store) == ["B000002", "B000004"]
    assert strays(store, "l04") == []


def test_nothing_else_is_told(store: Store) -> None:
    """Not what is unknown to all, nor the line's own bundles, nor what was refused otherwise."""
    station = Asking(store)
    for bundle in ("B000001", "B000003", "B999999"):
        station.refused("unknown_bundle", bundle)
    assert station.refused("already_done", "B000002") == ()
    assert station.refused("unknown_bundle", None) == ()
    assert strays(store) == []


def test_what_is_imported_later_is_told_then(store: Store) -> None:
    """A bundle that was asked for is told once an import brings it, or moves it elsewhere."""
    station = Asking(store)
    station.refused("unknown_bundle", "B000009")
    station.refused("unknown_bundle", "B000001")
    moved = [{**BUNDLES[0], "line": "l04"}, {"bundle": "B000009", "line": "l04", "style": "S1"}]
    store.import_reference({"bundles": [*moved, *BUNDLES[1:]]}, NOW)
    assert strays(store) == ["B000001", "B000009"]
    assert store.read.strays("l03").version == 2


def test_only_the_newest_are_kept(store: Store) -> None:
    """Labels that somebody prints without end push out the oldest, of their own line only."""
    other = Asking(store, Place("dhk1", "l05", "st01"), "8e" * 16)
    other.refused("unknown_bundle", "B000002")
    station = Asking(store)
    station.refused("unknown_bundle", "B000002")
    for number in range(ASKED_KEPT - 1):
        station.refused("unknown_bundle", f"X{number:06d}")
    assert strays(store) == ["B000002"]
    station.refused("unknown_bundle", "one more")
    assert strays(store) == []
    assert strays(store, "l05") == ["B000002"]


def test_what_waited_before_the_hub_was_updated_is_told(tmp_path: Path) -> None:
    """Work that a station held while the hub's release could not tell is not forgotten."""
    file = tmp_path / "hub.db"
    with closing(Store(file, "dhk1")) as store:
        store.import_reference({"bundles": BUNDLES}, NOW)
        Asking(store).event("work.held", {"bundle": "B000004"})
    with closing(sqlite3.connect(file)) as db:
        db.execute("DROP TABLE asked")
        db.execute("DROP INDEX reference_row_bundle")
        db.execute("DROP INDEX reference_row_tag")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = '0003_asked'")
        db.commit()
    with closing(Store(file, "dhk1")) as store:
        assert strays(store) == ["B000004"]


def test_bundles_are_found_by_their_index(tmp_path: Path) -> None:
    """What a line is told is looked up, and not searched for among all bundles of the site."""
    file = tmp_path / "hub.db"
    Store(file, "dhk1").close()
    with closing(sqlite3.connect(file)) as db:
        plan = str(db.execute(f"EXPLAIN QUERY PLAN {ASKED_STRAYS}", ("l03",)).fetchall())
    for index in ("reference_row_bundle", "reference_row_tag"):
        assert f"USING INDEX {index} (<expr>=?)" in plan


def test_a_line_is_told_no_more_than_one_message_holds(store: Store) -> None:
    """Of long rows the last asked for are told, whole, and the hash is of what is told."""
    rows = [
        {"bundle": f"B{number:06d}", "line": "l04", "style": "S1", "order": "x" * 1000}
        for number in range(200)
    ]
    store.import_reference({"bundles": rows}, NOW)
    station = Asking(store)
    for row in rows:
        station.refused("unknown_bundle", row["bundle"])
    wanted = strays_message("dhk1", "l03", store.read.strays("l03"))
    assert len(wanted.payload) <= CHUNK_MAX_BYTES
    chunk = parse_reference(wanted.payload)
    assert (chunk.chunk, chunk.chunks) == (0, 1)
    assert 50 < len(chunk.rows) < 200
    assert chunk.rows[0]["bundle"] == "B000199"
