"""The store's laws: each event once, watermarks without gaps, contradictions never merged."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.events import Event, Head, Place, first_break, parse_event
from bartack_hub.store import Report, Store, StoreError, StoreReader, Unreadable, open_for_reading
from bartack_hub.store.writer import CONTRADICTIONS_KEPT_PER_LOG, UNREADABLE_KEPT
from unit.hub.ledgers import LOG, NOW, PLACE, batch, ledger

LENGTH = 24
GENUINE = ledger(LENGTH)
FORK_AFTER = 9
FORGED = ledger(LENGTH - FORK_AFTER, head=GENUINE[FORK_AFTER - 1].head, pieces=99)
EVENTS_FULL = 200

Span = tuple[int, int]
spans = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, 6))
"""First index and length of a batch."""


@contextmanager
def new_store() -> Iterator[Store]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store(Path(folder) / "hub.db", "dhk1")) as store,
    ):
        yield store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "hub.db", "dhk1")) as opened:
        yield opened


def committed(store: Store) -> list[Event]:
    return [parse_event(body) for body in store.read.canonical_events()]


def through(store: Store, log: str = LOG) -> int:
    state = store.read.log(log)
    return state.through if state else 0


@settings(max_examples=60)
@given(st.lists(st.lists(spans, max_size=4), max_size=6))
def test_any_order_and_overlap_commits_each_event_once(commits: list[list[Span]]) -> None:
    """However batches come, what continues the log is there once, and nothing behind a gap is."""
    mark = 0
    with new_store() as store:
        for group in commits:
            batches = [batch(GENUINE[start : start + length]) for start, length in group]
            new = store.commit(batches, received_at=NOW).events
            before = mark
            for start, length in group:
                if start <= mark:
                    mark = max(mark, start + length)
            assert [event.seq for event in new] == list(range(before + 1, mark + 1))
            assert through(store) == mark
        assert committed(store) == GENUINE[:mark]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), spans), max_size=12))
def test_two_branches_of_a_log_are_never_mixed(deliveries: list[tuple[bool, Span]]) -> None:
    """From a ledger and its forgery one unbroken chain is committed, and every event that could
    have continued it is either in it or set aside."""
    offered: dict[str, Event] = {}
    with new_store() as store:
        for forged, (start, length) in deliveries:
            ledger_ = GENUINE[:FORK_AFTER] + FORGED if forged else GENUINE
            events = ledger_[start : start + length]
            if events[0].seq <= through(store) + 1:
                offered |= {event.hash: event for event in events}
            store.commit([batch(events)], received_at=NOW)
        kept = committed(store)
        aside = {str(row["body"]) for row in store.read.set_aside()}
        assert len(kept) == through(store)
        assert first_break(kept, Head(LOG)) is None
        for event in offered.values():
            assert event in kept or event.body.decode() in aside


def test_another_event_of_a_committed_number_is_set_aside(store: Store) -> None:
    """The same (log, seq) with another hash is kept for a person, and no watermark passes it."""
    store.commit([batch(GENUINE[: FORK_AFTER + 1])], received_at=NOW)
    result = store.commit([batch(FORGED[:3])], received_at=NOW)
    assert [found.kind for found in result.contradictions] == ["other_hash"] + 2 * ["broken_link"]
    assert result.events == ()
    assert through(store) == FORK_AFTER + 1
    assert store.read.set_aside_counts() == {"other_hash": 1, "broken_link": 2}


def test_what_follows_a_gap_has_to_come_again(store: Store) -> None:
    """Behind a gap a copied card cannot be told from the true one, so nothing there is taken."""
    store.commit([batch(GENUINE[:3]), batch(GENUINE[5:])], received_at=NOW)
    assert committed(store) == GENUINE[:3]
    store.commit([batch(GENUINE[3:5])], received_at=NOW)
    result = store.commit([batch(GENUINE[5:])], received_at=NOW)
    assert [(state.through, state.through_hash) for state in result.logs] == [
        (LENGTH, GENUINE[-1].hash)
    ]


def test_salvaged_events_are_taken_as_they_are(store: Store) -> None:
    """What a damaged ledger lost never comes, so the rest is committed behind the gap."""
    store.commit([batch(GENUINE[:3])], received_at=NOW)
    salvaged = replace(batch(GENUINE[5:]), salvaged=True)
    assert store.commit([salvaged], received_at=NOW).events == tuple(GENUINE[5:])
    assert through(store) == 3


def test_repeated_events_tell_the_watermark_again(store: Store) -> None:
    """A station that sends what is committed hears the watermark, though nothing moved."""
    store.commit([batch(GENUINE)], received_at=NOW)
    result = store.commit([batch(GENUINE[:2])], received_at=NOW)
    assert result.events == ()
    assert [(state.log, state.through) for state in result.logs] == [(LOG, LENGTH)]


def test_a_log_stays_with_its_station(store: Store) -> None:
    """Another station cannot add to a log; the station itself may move to another line."""
    store.commit([batch(GENUINE[:2])], received_at=NOW)
    head = GENUINE[1].head
    foreign = ledger(1, place=replace(PLACE, station="st08"), head=head)
    result = store.commit([batch(foreign)], received_at=NOW)
    assert [found.kind for found in result.contradictions] == ["other_station"]
    moved = ledger(1, place=replace(PLACE, line="l04"), head=head)
    assert store.commit([batch(moved)], received_at=NOW).logs[0].line == "l04"


def test_two_logs_of_one_station_are_apart(store: Store) -> None:
    """A station whose card was made anew starts a new log beside the old one."""
    store.commit([batch(GENUINE[:4])], received_at=NOW)
    other = ledger(2, log="aa" * 16)
    store.commit([batch(other)], received_at=NOW)
    assert [(state.log, state.through) for state in store.read.logs()] == [
        (LOG, 4),
        ("aa" * 16, 2),
    ]
    assert committed(store) == GENUINE[:4] + other


def test_committed_events_survive_and_read_back(tmp_path: Path) -> None:
    """A store that is opened again holds the same events, reports and watermarks."""
    file = tmp_path / "hub.db"
    report = Report("l03", "st07", {"v": 1, "online": True, "log": LOG}, NOW)
    with closing(Store(file, "dhk1")) as store:
        store.commit([batch(GENUINE)], [report], received_at=NOW)
    with closing(Store(file, "dhk1")) as store:
        assert committed(store) == GENUINE
        assert through(store) == LENGTH
        assert store.read.reports() == [report]
    with closing(open_for_reading(file)) as connection:
        reader = StoreReader(connection)
        assert list(reader.events(NOW)) == GENUINE
        assert list(reader.events(NOW + timedelta(seconds=1))) == []


def test_committed_events_cannot_be_edited(tmp_path: Path, store: Store) -> None:
    """Neither an update nor a delete of an event goes through, also not by the writer itself."""
    store.commit([batch(GENUINE)], received_at=NOW)
    for sql in ("UPDATE event SET body = '{}'", "DELETE FROM event"):
        with pytest.raises(Exception, match="committed events are not"):
            store._db.execute(sql)
    assert committed(store) == GENUINE


def test_a_reader_cannot_write(tmp_path: Path, store: Store) -> None:
    """The connection of export and dashboard refuses every write."""
    with (
        closing(open_for_reading(tmp_path / "hub.db")) as connection,
        pytest.raises(Exception, match="readonly"),
    ):
        connection.execute("INSERT INTO set_aside_count VALUES ('x', 1)")


def test_a_full_disk_loses_nothing(store: Store) -> None:
    """A commit that does not fit raises a passing error and changes nothing; later it fits."""
    events = ledger(EVENTS_FULL)
    store.commit([batch(events[:1])], received_at=NOW)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full") as caught:
        store.commit([batch(events)], received_at=NOW)
    assert caught.value.passing
    assert committed(store) == events[:1]
    store._db.execute("PRAGMA max_page_count = 100000")
    store.commit([batch(events)], received_at=NOW)
    assert committed(store) == events


def test_a_store_belongs_to_one_site(tmp_path: Path) -> None:
    """A store is not opened for another site, and the message names both."""
    file = tmp_path / "hub.db"
    Store(file, "dhk1").close()
    with pytest.raises(StoreError, match="site dhk1, not of ctg2"):
        Store(file, "ctg2")


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    """A file of something else, or a missing folder, is refused with its path."""
    file = tmp_path / "hub.db"
    file.write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match=r"hub\.db: file is not a database"):
        Store(file, "dhk1")
    with pytest.raises(StoreError, match="the folder does not exist"):
        Store(tmp_path / "none" / "hub.db", "dhk1")
    with pytest.raises(StoreError, match="there is no store yet"):
        open_for_reading(tmp_path / "other.db")


def test_unreadable_messages_are_bounded_and_counted(store: Store) -> None:
    """Of messages that cannot be read the newest are kept, all are counted, repeats are one."""
    count = UNREADABLE_KEPT + 5
    rubbish = [Unreadable("unreadable", "no", "t", b"%d" % number) for number in range(count)]
    store.commit([], [], rubbish, received_at=NOW)
    store.commit([], [], rubbish[-1:], received_at=NOW)
    kept = store.read.set_aside()
    assert len(kept) == UNREADABLE_KEPT
    assert (kept[0]["body"], kept[-1]["body"], kept[-1]["times"]) == ("5", str(count - 1), 2)
    assert store.read.set_aside_counts() == {"unreadable": count + 1}


def test_contradictions_of_a_log_are_bounded_and_counted(store: Store) -> None:
    """Of events that contradict a log the first are kept, so a flood cannot push them out."""
    store.commit([batch(GENUINE[:1])], received_at=NOW)
    many = CONTRADICTIONS_KEPT_PER_LOG + 5
    for pieces in range(100, 100 + many):
        store.commit([batch(ledger(1, pieces=pieces))], received_at=NOW)
    kept = store.read.set_aside()
    assert len(kept) == CONTRADICTIONS_KEPT_PER_LOG
    assert '"pieces":100' in str(kept[0]["body"])
    assert store.read.set_aside_counts() == {"other_hash": many}


def test_a_forged_first_event_does_not_take_a_log(store: Store) -> None:
    """An event that is refused binds its log to no station."""
    victim = "bb" * 16
    rootless = ledger(1, log=victim, place=Place("dhk1", "l03", "st66"))[0]
    store.commit([batch([replace(rootless, prev="11" * 32)])], received_at=NOW)
    genuine = ledger(1, log=victim)
    assert store.commit([batch(genuine)], received_at=NOW).events == tuple(genuine)


def test_an_import_without_changes_keeps_versions(store: Store) -> None:
    """A table's version moves only when its rows change."""
    operators = [{"operator": "E1", "name": "Asha", "badges": "", "language": "bn"}]
    tables = {"operators": operators, "bundles": []}
    first = store.import_reference(tables, NOW)
    assert [(item.name, item.rows, item.version, item.changed) for item in first] == [
        ("operators", 1, 1, True),
        ("bundles", 0, 1, True),
    ]
    again = store.import_reference(tables, NOW)
    assert [(item.version, item.changed) for item in again] == [(1, False), (1, False)]
    tables["operators"] = [{**operators[0], "name": "Linh"}]
    assert [item.version for item in store.import_reference(tables, NOW)] == [2, 1]
    table = store.read.reference("operators")
    assert table is not None
    assert (table.version, table.rows[0]["name"]) == (2, "Linh")


def test_a_copied_card_cannot_fill_what_was_told_missing(store: Store) -> None:
    """A run that its station no longer has stays missing, unless events come that lead up to what
    follows it; a branch of another card is set aside."""
    events = ledger(30)
    other = ledger(5, head=events[9].head, pieces=99)
    told = replace(batch(events[20:]), missing_from=11)
    store.commit([batch(events[:10]), told], received_at=NOW)
    assert through(store) == 30
    taken = store.commit([batch(other)], received_at=NOW)
    assert taken.events == ()
    assert {found.kind for found in taken.contradictions} == {"in_missing"}
    assert store.commit([batch(events[10:20])], received_at=NOW).events == tuple(events[10:20])
    assert committed(store) == events
