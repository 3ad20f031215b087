"""Double credits: the first by trusted order stands, whatever the order in which events arrive."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.events import ClockFlag, Event, Head, Json, Moment, Place, seal
from bartack.wire import NOTICES_LAST, NOTICES_MAX, EventBatch, Notice
from bartack_hub.board import Board
from bartack_hub.clock import utc_text
from bartack_hub.settlement import PIECES_MAX, Claim, claim_of, settle
from bartack_hub.store import Store, StoreReader, open_for_reading
from unit.hub.ledgers import NOW, batch

START = datetime(2026, 11, 21, 8, tzinfo=UTC)


@dataclass
class Station:
    """A ledger that grows: minutes of a shift, with a clock that may not be set yet."""

    name: str
    events: list[Event] = field(default_factory=list)
    boot: str = "b1"
    ledger: int = 0

    @property
    def log(self) -> str:
        return f"{self.ledger or int(self.name[2:]):032x}"

    def add(
        self, type_: str, minute: int, clock: ClockFlag = "synced", off_by: int = 0, **fields: Json
    ) -> Event:
        """An event of that minute, whose label is ``off_by`` minutes late."""
        head = self.events[-1].head if self.events else Head(self.log)
        at = utc_text(START + timedelta(minutes=minute + off_by))
        now = Moment(at, clock, self.boot, 10**9 + minute * 60_000)
        place = Place("dhk1", "l03", self.name)
        self.events.append(seal(head, place, now, type_, "scan", fields))
        return self.events[-1]

    def work(
        self,
        minute: int,
        bundle: int = 1,
        first: int = 1,
        pieces: int = 12,
        clock: ClockFlag = "synced",
        off_by: int = 0,
    ) -> Event:
        return self.add(
            *("work.done", minute, clock, off_by),
            operator=f"E{self.name[2:]}",
            bundle=f"B{bundle:06d}",
            operation="OP310",
            style="S1",
            first=first,
            pieces=pieces,
            sam="0.50",
            rate="0.45",
        )

    def void(self, event: Event, minute: int) -> Event:
        return self.add("work.voided", minute, voids=event.seq)


def claim(log: int, first: int, pieces: int, minute: int, *, synced: bool = True) -> Claim:
    at = utc_text(START + timedelta(minutes=minute))
    return Claim(
        f"{log:032x}", log, f"st{log}", "E1", "B000001", "OP310", first, pieces, at, synced
    )


claims = st.lists(
    st.tuples(
        st.integers(1, 4), st.integers(1, 12), st.integers(1, 12), st.integers(0, 5), st.booleans()
    ),
    max_size=10,
).map(
    lambda made: [
        replace(claim(log, first, pieces, minute, synced=synced), seq=seq)
        for seq, (log, first, pieces, minute, synced) in enumerate(made, 1)
    ]
)


def pieces_of(item: Claim) -> set[int]:
    return set(range(item.first, item.first + item.pieces))


@given(claims, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(made: list[Claim], shuffler: random.Random) -> None:
    """The same claims in any order stand or are disputed alike."""
    again = list(made)
    shuffler.shuffle(again)
    assert settle(made) == settle(again)


@given(claims)
def test_no_piece_counts_twice_and_none_is_left_out(made: list[Claim]) -> None:
    """Standing claims share no piece; each disputed one meets an earlier one that stands."""
    settled = settle(made)
    standing = [piece for item in settled.standing for piece in pieces_of(item)]
    assert len(standing) == len(set(standing))
    assert {*settled.standing, *settled.disputed} == set(made)
    assert not set(settled.standing) & set(settled.disputed)
    for disputed, rival in settled.disputed.items():
        met = [item for item in settled.standing if pieces_of(item) & pieces_of(disputed)]
        assert rival == min(met, key=lambda item: item.order)
        assert rival.order < disputed.order


def test_a_trusted_clock_comes_first() -> None:
    """A claim whose clock was set stands before an earlier one whose clock was not."""
    early, late = claim(1, 1, 12, 0, synced=False), claim(2, 1, 12, 5)
    assert settle([early, late]).disputed == {early: late}


@pytest.mark.parametrize(
    "fields",
    [
        {"pieces": 0},
        {"pieces": PIECES_MAX + 1},
        {"first": 0},
        {"first": "1"},
        {"first": -3},
        {"bundle": "B 1"},
        {"operation": None},
        {"operator": ""},
    ],
)
def test_an_impossible_claim_is_none(fields: dict[str, Json]) -> None:
    """What cannot be production is refused with the field's name, and claims nothing."""
    done = Station("st1").work(0)
    assert claim_of(done).last == 12
    with pytest.raises(ValueError, match=next(iter(fields))):
        claim_of(replace(done, fields={**done.fields, **fields}))


def test_a_claim_without_first_begins_at_the_first_piece() -> None:
    """Events of releases that knew only whole bundles claim them from piece 1."""
    done = Station("st1").work(0, first=5)
    whole = {name: value for name, value in done.fields.items() if name != "first"}
    assert (claim_of(done).first, claim_of(replace(done, fields=whole)).first) == (5, 1)


# --- in the store ---------------------------------------------------------------------------------


@contextmanager
def new_store() -> Iterator[Store]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store(Path(folder) / "hub.db", "dhk1")) as store,
    ):
        yield store


def told(store: StoreReader, *stations: Station) -> list[list[Notice]]:
    """The notices of each station, by their event."""
    return [
        sorted(store.notices(one.name, NOW).notices.notices, key=lambda notice: notice.seq)
        for one in stations
    ]


def kinds(store: Store, *stations: Station) -> list[list[tuple[int, str, str]]]:
    return [
        [(notice.seq, notice.kind, notice.station) for notice in notices]
        for notices in told(store.read, *stations)
    ]


def commit(store: Store, events: Iterable[Event]) -> tuple[str, ...]:
    return store.commit([batch(list(events))], received_at=NOW).noticed


def test_the_later_of_two_is_disputed_and_both_are_told() -> None:
    """Each station is told of its own event, with who the other was and when."""
    one, two = Station("st1"), Station("st2")
    later, first = one.work(5), two.work(3)
    with new_store() as store:
        assert commit(store, one.events) == ()
        assert commit(store, two.events) == ("st1", "st2")
        assert told(store.read, one, two) == [
            [Notice(one.log, 1, "disputed", "st2", "E2", first.at, "B000001", "OP310")],
            [Notice(two.log, 1, "stands", "st1", "E1", later.at, "B000001", "OP310")],
        ]
        assert commit(store, two.events) == ()


def test_other_pieces_operations_and_bundles_do_not_contradict() -> None:
    """Two stations that share a bundle by its pieces are in nobody's way."""
    one, two = Station("st1"), Station("st2")
    one.work(1, bundle=1, first=1, pieces=6)
    two.work(2, bundle=1, first=7, pieces=6)
    two.work(3, bundle=2)
    with new_store() as store:
        assert commit(store, one.events) + commit(store, two.events) == ()
        assert kinds(store, one, two) == [[], []]


def test_a_void_of_the_standing_one_lets_the_other_stand() -> None:
    """A late void is judged anew: the dispute is settled for both, nothing vanishes."""
    one, two = Station("st1"), Station("st2")
    first = one.work(1)
    two.work(2)
    with new_store() as store:
        commit(store, one.events)
        commit(store, two.events)
        assert kinds(store, one, two) == [[(1, "stands", "st2")], [(1, "disputed", "st1")]]
        assert commit(store, [one.void(first, 9)]) == ("st1", "st2")
        assert kinds(store, one, two) == [[(1, "settled", "st2")], [(1, "settled", "st1")]]
        three = Station("st3")
        three.work(3)
        assert commit(store, three.events) == ("st2", "st3")
        assert kinds(store, two, three) == [[(1, "stands", "st3")], [(1, "disputed", "st2")]]


def test_work_of_an_older_ledger_can_be_voided_by_its_station_only() -> None:
    """After a ledger was replaced, its station still has a say over what is in the old one,
    even if the old one's events reach the hub later; no other station has."""
    one, two, other, new = Station("st1"), Station("st2"), Station("st9"), Station("st1")
    new.ledger = 77
    done, _ = one.work(1), two.work(2)
    other.add("work.voided", 3, voids=done.seq, of_log=one.log)
    with new_store() as store:
        board = Board("dhk1", {})
        commit(store, other.events)
        commit(store, one.events)
        commit(store, two.events)
        assert kinds(store, two) == [[(1, "disputed", "st1")]]
        new.add("work.voided", 4, voids=done.seq, of_log=one.log)
        assert commit(store, new.events) == ("st1", "st2")
        assert kinds(store, two) == [[(1, "settled", "st1")]]
        for event in [*other.events, *one.events, *two.events]:
            board.take_event(event)
        assert len(board.snapshot(NOW)["refusals"]["l03"]) == 1  # type: ignore[index]  # JSON-ready
        board.take_event(new.events[0])
        assert board.snapshot(NOW)["refusals"]["l03"] == []  # type: ignore[index]  # as above


def test_a_correction_keeps_the_time_of_the_work() -> None:
    """Pieces that a supervisor puts right later do not lose their place to a later claim."""
    one, two = Station("st1"), Station("st2")
    wrong = one.work(1, pieces=12)
    two.work(2)
    with new_store() as store:
        commit(store, one.events)
        commit(store, two.events)
        right = {**wrong.fields, "pieces": 10, "worked_at": wrong.at}
        commit(store, [one.void(wrong, 9), one.add("work.done", 9, "synced", 0, **right)])
        assert kinds(store, one, two) == [
            [(1, "settled", "st2"), (3, "stands", "st2")],
            [(1, "disputed", "st1")],
        ]


@pytest.mark.parametrize(
    "worked_at",
    ["1970-01-01T00:00:00.000Z", "2026-11-21T09:00:00.000Z", "2026-11-31T00:00:00.000Z", "x", 5],
)
def test_a_time_of_work_that_cannot_be_is_not_believed(worked_at: Json) -> None:
    """Work that claims to be from long ago, or from later, counts as of its event."""
    done = Station("st1").work(0)
    assert claim_of(replace(done, fields={**done.fields, "worked_at": worked_at})).at == done.at


def test_a_clock_that_is_set_later_decides_too() -> None:
    """Once a boot's clock is known, what was labelled wrongly is judged by its true time."""
    one, two = Station("st1"), Station("st2")
    one.work(1, clock="unsynced", off_by=-9000)
    two.work(2)
    with new_store() as store:
        commit(store, one.events)
        commit(store, two.events)
        assert kinds(store, one, two) == [[(1, "disputed", "st2")], [(1, "stands", "st1")]]
        assert commit(store, [one.add("clock.stepped", 5)]) == ("st1", "st2")
        (mine,), (theirs,) = told(store.read, one, two)
        assert (mine.kind, theirs.kind) == ("stands", "disputed")
        assert theirs.at == utc_text(START + timedelta(minutes=1))


Act = tuple[int, str, int, int, int, int]
"""Station, kind, bundle, first piece, pieces or which event to void, minute's hundredth."""

acts = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from(["work", "work", "work", "unsynced", "void", "clock", "boot"]),
        st.integers(1, 2),
        st.integers(1, 6),
        st.integers(1, 6),
        st.integers(0, 8),
    ),
    max_size=14,
)


def lived(acts_: Sequence[Act]) -> list[Station]:
    stations = {number: Station(f"st{number}") for number in (1, 2, 3)}
    for number, kind, bundle, first, pieces, minute in acts_:
        one = stations[number]
        match kind:
            case "work":
                one.work(minute, bundle, first, pieces)
            case "unsynced":
                one.work(minute, bundle, first, pieces, clock="unsynced", off_by=-500)
            case "void":
                done = [event for event in one.events if event.type == "work.done"]
                if done:
                    one.void(done[pieces % len(done)], minute)
            case "clock":
                one.add("clock.stepped", minute)
            case "boot":
                one.boot = f"b{len(one.events) + 2}"
    return [one for one in stations.values() if one.events]


def interleaved(stations: Sequence[Station], shuffler: random.Random) -> Iterator[EventBatch]:
    """Batches of each log in its order, those of different logs in any."""
    left = {one.name: list(one.events) for one in stations}
    while left:
        name = shuffler.choice(sorted(left))
        count = shuffler.randint(1, 3)
        yield batch(left[name][:count])
        left[name] = left[name][count:]
        if not left[name]:
            del left[name]


def true_claims(stations: Sequence[Station]) -> list[Claim]:
    """What settling should work on, by hand: without voided ones, times of known boots right."""
    found: list[Claim] = []
    for one in stations:
        voided = {event.number("voids") for event in one.events if event.type == "work.voided"}
        for event in one.events:
            if event.type != "work.done" or event.seq in voided:
                continue
            item = claim_of(event)
            if any(e.clock == "synced" and e.boot == event.boot for e in one.events):
                at = START + timedelta(milliseconds=event.mono_ms - 10**9)
                item = replace(item, at=utc_text(at), is_synced=True)
            found.append(item)
    return found


@settings(max_examples=40, deadline=None)
@given(acts, st.randoms(use_true_random=False))
def test_whatever_arrives_when_the_same_claims_are_disputed(
    acts_: list[Act], shuffler: random.Random
) -> None:
    """Any interleaving of the stations' logs leads to the same standing and disputed claims, on
    the notices and on the dashboard, and they are those of the whole."""
    stations = lived(acts_)
    whole = true_claims(stations)
    settled = [
        settle([item for item in whole if item.bundle == bundle])
        for bundle in {item.bundle for item in whole}
    ]
    disputed = {(item.log, item.seq) for found in settled for item in found.disputed}
    rivals = {(rival.log, rival.seq) for found in settled for rival in found.disputed.values()}
    with new_store() as store:
        board = Board("dhk1", {})
        for part in interleaved(stations, shuffler):
            for event in store.commit([part], received_at=NOW).events:
                board.take_event(event)
        notices = [notice for one in told(store.read, *stations) for notice in one]
    shown = board.snapshot(NOW)["refusals"]
    assert isinstance(shown, dict)
    assert {(n.log, n.seq) for n in notices if n.kind == "disputed"} == disputed
    assert {(n.log, n.seq) for n in notices if n.kind == "stands"} == rivals
    assert {row["id"] for row in shown.get("l03", [])} == {f"{log}:{seq}" for log, seq in disputed}


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    """Claims and notices are in the file, and a later void finds them there."""
    one, two = Station("st1"), Station("st2")
    first = one.work(1)
    two.work(2)
    file = tmp_path / "hub.db"
    with closing(Store(file, "dhk1")) as store:
        commit(store, one.events)
        commit(store, two.events)
    with closing(Store(file, "dhk1")) as store:
        assert kinds(store, two) == [[(1, "disputed", "st1")]]
        commit(store, [one.void(first, 9)])
    with closing(StoreReader(open_for_reading(file))) as reader:
        assert [notice.kind for notice in told(reader, two)[0]] == ["settled"]


def test_a_store_of_an_earlier_release_is_settled_when_it_is_opened(tmp_path: Path) -> None:
    """What was committed before contradictions were looked for is judged as well."""
    one, two = Station("st1"), Station("st2")
    one.work(1)
    two.work(2)
    file = tmp_path / "hub.db"
    with closing(Store(file, "dhk1")) as store:
        commit(store, one.events)
        commit(store, two.events)
    with closing(sqlite3.connect(file)) as db:
        for table in ("settled", "claim", "voided", "boot_clock", "notice"):
            db.execute(f"DROP TABLE {table}")  # names from above
        db.execute("DELETE FROM _sqlite_migrations WHERE name = '0002_settlement'")
        db.commit()
    with closing(Store(file, "dhk1")) as store:
        assert kinds(store, one, two) == [[(1, "stands", "st2")], [(1, "disputed", "st1")]]


def test_a_station_is_told_the_newest_and_nothing_that_is_old() -> None:
    """The list is bounded, and after forty days a notice is gone from it."""
    one, two = Station("st1"), Station("st2")
    for bundle in range(NOTICES_MAX + 5):
        one.work(1, bundle)
        two.work(2, bundle)
    with new_store() as store:
        for start in range(0, len(one.events), 50):
            commit(store, one.events[start : start + 50])
            commit(store, two.events[start : start + 50])
        notices = store.read.notices("st2", NOW)
        assert (notices.line, len(notices.notices.notices)) == ("l03", NOTICES_MAX)
        assert [notice.seq for notice in notices.notices.notices[:2]] == [
            NOTICES_MAX + 5,
            NOTICES_MAX + 4,
        ]
        later = NOW + NOTICES_LAST + timedelta(seconds=1)
        assert store.read.notices("st2", later).notices.notices == ()
        assert store.read.noticed_stations() == ["st1", "st2"]
