"""The ledger on a real disk: durable, whole, its own, and honest when it cannot save."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bartack.events import Event, Head, seal
from bartack.heads import public_key, signer
from bartack.identify import Scan
from bartack.ledger import (
    Ledger,
    LedgerDamaged,
    LedgerError,
    LedgerReader,
    LedgerUnavailable,
)
from bartack.projection import Rules, State
from bartack.station import decide
from sewing import (
    KEY,
    OPERATIONS,
    OPERATORS,
    badge,
    bundle,
    bundle_rows,
    moment,
    rules,
    signed,
    table,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger(path, max_mb=64) as opened:
        for name, rows in (
            ("operators", OPERATORS),
            ("operations", OPERATIONS),
            ("bundles", bundle_rows(5000)),
        ):
            opened.store_reference(table(name, rows))
        yield opened


def work(ledger: Ledger, state: State, acts: list[Scan]) -> tuple[State, list[Event]]:
    """Commit each act on its own, as the core does with what waits."""
    events: list[Event] = []
    for number, scan in enumerate(acts):
        decision = decide(state, scan, moment(number))
        ledger.commit(decision.events, decision.state, signed(decision.state))
        events += decision.events
        state = decision.state
    return state, events


def some_acts(count: int) -> list[Scan]:
    return [badge(), *(bundle(number) for number in range(1, count))]


def alter(path: Path, statement: str, *values: object) -> None:
    """What somebody with a SQLite tool and the right to write would do."""
    with sqlite3.connect(path) as connection:
        connection.execute(statement, values)
    connection.close()


def test_what_was_committed_is_there_after_reopening(ledger: Ledger, path: Path) -> None:
    """The state that is loaded is the state that was lived, reference data included."""
    state, events = work(ledger, ledger.load(rules()), some_acts(20))
    again = ledger.load(rules())
    assert again == state
    with LedgerReader(path) as reader:
        assert reader.events_after(0, 1000, 10**6) == events
        assert reader.tail(3) == events[-3:]
        assert reader.head() == state.head
        assert reader.verify() == (len(events), None)


def test_the_file_keeps_what_was_promised(ledger: Ledger, path: Path) -> None:
    """The journal is a WAL and tables are strict; synchronous is FULL on the writer."""
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        tables = "SELECT name, strict FROM pragma_table_list WHERE schema = 'main'"
        strict = dict(connection.execute(tables).fetchall())
    connection.close()
    ours = {name: value for name, value in strict.items() if not name.startswith(("sqlite", "_"))}
    assert "event" in ours
    assert all(ours.values())
    synchronous = ledger._connection.execute("PRAGMA synchronous").fetchone()[0]
    assert synchronous == 2


def test_two_agents_never_share_a_ledger(ledger: Ledger, path: Path) -> None:
    """A second agent on the same file is turned away in words that say why."""
    with pytest.raises(LedgerError, match="another agent runs on this ledger"):
        Ledger(path, max_mb=64)


def test_every_ledger_is_a_log_of_its_own(tmp_path: Path) -> None:
    """Two files never have the same log id."""
    logs = set()
    for name in ("a", "b"):
        with Ledger(tmp_path / name, max_mb=64) as opened:
            logs.add(opened.load(rules()).head.log)
    assert len(logs) == 2


def test_a_full_ledger_refuses_and_loses_nothing(path: Path) -> None:
    """When there is no room nothing is half saved, and what was saved stays."""
    with Ledger(path, max_mb=1) as small:
        small.store_reference(table("operators", OPERATORS))
        state: State = small.load(rules())
        saved = 0
        refusal = ""
        while not refusal:
            label = f"{saved:06d}" + "x" * 200
            decision = decide(state, Scan("unknown", label, "scanner"), moment())
            try:
                small.commit(decision.events, decision.state, signed(decision.state))
                state, saved = decision.state, saved + 1
            except LedgerUnavailable as error:
                refusal = str(error)
        assert "make room" in refusal
        assert saved > 100
        assert small.load(rules()) == state
    with LedgerReader(path) as reader:
        assert reader.verify() == (saved, None)


def test_a_locked_ledger_refuses_and_recovers(ledger: Ledger, path: Path) -> None:
    """While another process holds the file scans are refused; afterwards all is well."""
    state, _ = work(ledger, ledger.load(rules()), some_acts(2))
    ledger._connection.execute("PRAGMA busy_timeout = 50")
    intruder = sqlite3.connect(path, isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    decision = decide(state, bundle(7), moment(9))
    with pytest.raises(LedgerUnavailable, match="another program holds the file"):
        ledger.commit(decision.events, decision.state, signed(decision.state))
    intruder.execute("ROLLBACK")
    intruder.close()
    ledger.commit(decision.events, decision.state, signed(decision.state))
    assert ledger.load(rules()) == decision.state


def test_pruning_takes_only_what_the_hub_has(ledger: Ledger, path: Path) -> None:
    """Events beyond the watermark, and the last few before it, stay; the state does not change."""
    state, events = work(ledger, ledger.load(rules()), some_acts(50))
    assert ledger.acknowledge(through=30, keep_events=10) == 30
    assert ledger.acknowledge(through=50, keep_events=10) == 10
    assert ledger.acknowledge(through=20, keep_events=10) == 0
    assert ledger.acked == 50
    with LedgerReader(path) as reader:
        assert reader.events_after(0, 1000, 10**6) == events[40:]
        assert reader.verify() == (10, None)
    assert ledger.load(rules()) == state
    refused = decide(ledger.load(rules()), bundle(3), moment(99)).events[0]
    assert refused.fields["reason"] == "already_done"


def test_a_pruned_ledger_may_be_empty(ledger: Ledger, path: Path) -> None:
    """With nothing to keep, all that the hub has goes, and the next event follows all the same."""
    state, _ = work(ledger, ledger.load(rules()), some_acts(5))
    ledger.acknowledge(through=5, keep_events=0)
    assert ledger.load(rules()) == state
    _, events = work(ledger, state, [bundle(9)])
    assert events[0].seq == 6
    with LedgerReader(path) as reader:
        assert reader.verify() == (1, None)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        (
            "UPDATE event SET body = replace(body, '\"pieces\":12', '\"pieces\":99') WHERE seq = 5",
            "after seq 4",
        ),
        ("DELETE FROM event WHERE seq = 5", "seq 6"),
        ("DELETE FROM event WHERE seq > 8", "seq 8 is the last"),
    ],
    ids=["altered", "missing", "cut"],
)
def test_what_somebody_changed_is_named(
    ledger: Ledger, path: Path, statement: str, named: str
) -> None:
    """An altered, a missing and a cut-off event are each found by verify."""
    work(ledger, ledger.load(rules()), some_acts(10))
    alter(path, statement)
    with LedgerReader(path) as reader:
        assert named in str(reader.verify()[1])


def test_a_chain_written_anew_is_found_without_the_stations_key(ledger: Ledger, path: Path) -> None:
    """Whoever computes all hashes again, and signs with a key of their own, is told by the key."""
    state, events = work(ledger, ledger.load(rules()), some_acts(5))
    head, forged = Head(state.head.log), []
    for event in events:
        fields = {**event.fields, "operator": "E2"}
        forged.append(seal(head, event.place, moment(), event.type, event.source, fields))
        head = forged[-1].head
    stranger = signer(Ed25519PrivateKey.generate())(head)
    for event in forged:
        body = event.body.decode()
        alter(path, "UPDATE event SET body = ? WHERE seq = ?", body, event.seq)
    alter(path, "UPDATE head SET state = replace(state, ?, ?)", state.head.hash, head.hash)
    with LedgerReader(path) as reader:
        assert "did not sign" in str(reader.verify()[1])
    alter(path, "UPDATE head SET signed = ?", json.dumps(stranger.document()))
    with LedgerReader(path) as reader:
        assert reader.verify() == (5, None)
        signed_by = reader.signed_head()
    assert signed_by is not None
    assert signed_by.key != public_key(KEY)


def test_a_forged_signature_is_found(ledger: Ledger, path: Path) -> None:
    """A signature that is not the key's is named by verify."""
    state, _ = work(ledger, ledger.load(rules()), some_acts(3))
    forged = replace(signed(state), signature="ab" * 64)
    alter(path, "UPDATE head SET signed = ?", json.dumps(forged.document()))
    with LedgerReader(path) as reader:
        assert "signature is not that of key" in str(reader.verify()[1])


def test_a_ledger_that_contradicts_itself_is_not_continued(ledger: Ledger, path: Path) -> None:
    """The agent does not go on from a ledger whose end was cut off."""
    work(ledger, ledger.load(rules()), some_acts(10))
    alter(path, "DELETE FROM event WHERE seq > 8")
    with pytest.raises(LedgerError, match="cut off"):
        ledger.load(rules())


def test_a_file_that_is_no_ledger_is_refused_with_the_way_out(path: Path) -> None:
    """Garbage where the ledger should be is named, with what to do."""
    path.write_bytes(b"this is not a database, " * 400)
    with pytest.raises(LedgerError, match="sets the file aside"):
        Ledger(path, max_mb=64)


def test_a_ledger_of_a_newer_release_is_left_alone(ledger: Ledger, path: Path) -> None:
    """An older agent does not write into a schema that it does not know."""
    ledger._lock.close()
    alter(
        path,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('bartack-ledger', '0099_later', '2027-01-01')",
    )
    with pytest.raises(LedgerError, match="made by a newer Bartack"):
        Ledger(path, max_mb=64)


def test_a_schema_that_no_release_made_is_damage(ledger: Ledger, path: Path) -> None:
    """A flipped bit in the schema's name is no newer release, which would know ours as well."""
    ledger._lock.close()
    alter(path, "UPDATE _sqlite_migrations SET name = '0002_vork' WHERE name = '0002_work'")
    with pytest.raises(LedgerDamaged):
        Ledger(path, max_mb=64)


def test_a_start_on_a_current_ledger_loads_no_library_for_migrations(path: Path) -> None:
    """It would be a fifth of every start of an agent; only a new or an old file needs it."""
    Ledger(path, max_mb=64).close()
    program = (
        "import sys, pathlib, bartack.compose, bartack.ledger\n"
        "bartack.ledger.Ledger(pathlib.Path(sys.argv[1]), max_mb=64).close()\n"
        "assert not {'sqlite_utils', 'numpy'} & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_station_with_another_name_gets_a_ledger_of_its_own(ledger: Ledger) -> None:
    """A renamed station does not go on in the old one's ledger; one moved to another line does."""
    work(ledger, ledger.load(rules()), some_acts(2))
    moved = replace(rules(), place=replace(rules().place, line="l04"))
    assert ledger.load(moved).head == ledger.load(rules()).head
    renamed = replace(rules(), place=replace(rules().place, station="st08"))
    with pytest.raises(LedgerError, match="ledger of station st07"):
        ledger.load(renamed)


def test_a_closed_ledger_is_not_called_damaged(ledger: Ledger) -> None:
    """Being too late at the end of a shift must not have a good ledger set aside."""
    state = ledger.load(rules())
    decision = decide(state, badge(), moment())
    ledger._connection.close()
    with pytest.raises(LedgerError) as caught:
        ledger.commit(decision.events, decision.state, signed(decision.state))
    assert not isinstance(caught.value, LedgerDamaged)


def test_reading_what_is_not_there_says_so(tmp_path: Path) -> None:
    """No ledger yet is told as that, and none is made by looking."""
    with pytest.raises(LedgerError, match="no ledger here"):
        LedgerReader(tmp_path / "none.db")
    assert list(tmp_path.iterdir()) == []


def test_reference_is_kept_whole_over_restarts(ledger: Ledger) -> None:
    """The newest version of each table is what a restarted station works with."""
    ledger.store_reference(table("bundles", bundle_rows(3, pieces=7), version=2))
    loaded = ledger.load(rules()).reference
    assert loaded.version("bundles") == 2
    assert {bundle.pieces for bundle in loaded.bundles.values()} == {7}
    assert set(loaded.badges.by_text) == {"62E3086CED", "AA00000001", "AA00000002"}


def test_a_table_that_no_longer_holds_is_left_out(ledger: Ledger) -> None:
    """What an older agent took and this one refuses is no damage: the rest is loaded, and the hub
    is heard again; but rows that do not fit their hash are damage."""
    foremen = [{**row, "role": "foreman"} for row in OPERATORS]
    ledger.store_reference(table("operators", foremen, version=2))
    loaded = ledger.load(rules()).reference
    assert (loaded.version("operators"), loaded.version("bundles")) == (0, 1)
    ledger.store_reference(replace(table("operators", foremen, version=2), sha256="0" * 64))
    with pytest.raises(LedgerDamaged, match="operators row 1: role: 'foreman'"):
        ledger.load(rules())


def test_a_new_ledger_is_an_empty_log(path: Path) -> None:
    """The first state knows nothing and its first event will be seq 1."""
    with Ledger(path, max_mb=64) as opened:
        state = opened.load(Rules(rules().place))
    assert replace(state, head=Head(state.head.log)) == state
    assert state.session is None
