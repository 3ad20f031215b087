"""A damaged ledger: set aside whole, salvaged as far as it verifies, never merged."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bartack.events import Event
from bartack.heads import signer
from bartack.identify import Scan
from bartack.ledger import Ledger, LedgerReader, open_or_replace
from bartack.ledger.salvage import set_aside_files, suspect_file
from bartack.projection import State
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

STAMP = "20261122T010203.000Z"
MAX_MB = 64


def fill(path: Path, acts: list[Scan], acked: int = 0) -> tuple[State, list[Event]]:
    """A ledger with reference data and these acts, closed as a clean stop leaves it."""
    events: list[Event] = []
    with Ledger(path, MAX_MB) as ledger:
        for name, rows in (
            ("operators", OPERATORS),
            ("operations", OPERATIONS),
            ("bundles", bundle_rows(300)),
        ):
            ledger.store_reference(table(name, rows))
        state = ledger.load(rules())
        for number, scan in enumerate(acts):
            decision = decide(state, scan, moment(number))
            ledger.commit(decision.events, decision.state, signed(decision.state))
            state = decision.state
            events += decision.events
        if acked:
            ledger.acknowledge(acked, keep_events=1000)
    return state, events


def some_work(count: int) -> list[Scan]:
    return [badge(), *(bundle(number) for number in range(1, count))]


def reopen(path: Path) -> tuple[Ledger, State]:
    return open_or_replace(path, MAX_MB, rules(), STAMP, signer(KEY))


def goes_on(ledger: Ledger, state: State) -> None:
    """An operator signs in and is credited with a bundle that nobody did."""
    for scan in (badge(), bundle(299)):
        decision = decide(state, scan, moment(900))
        ledger.commit(decision.events, decision.state, signed(decision.state))
        state = decision.state
    assert [it.pieces for it in state.credits["B000299", "OP310"]] == [12]


def test_a_good_ledger_is_left_alone(tmp_path: Path) -> None:
    """Nothing is set aside when nothing is wrong."""
    path = tmp_path / "ledger.db"
    state, _ = fill(path, some_work(10))
    ledger, again = reopen(path)
    with ledger:
        assert again == state
        assert ledger.replaced() is None
    assert set_aside_files(path) == []


@pytest.mark.parametrize("damage", ["zeroed", "truncated", "garbage", "empty"])
def test_a_file_that_is_no_database_any_more_is_set_aside_as_it_was(
    tmp_path: Path, damage: str
) -> None:
    """The old bytes stay under a dated name; a new log begins and takes scans."""
    path = tmp_path / "ledger.db"
    state, _ = fill(path, some_work(30))
    size = path.stat().st_size
    bytes_ = {
        "zeroed": b"\0" * size,
        "truncated": path.read_bytes()[:100],
        "garbage": random.Random(1).randbytes(size),
        "empty": b"not a database",
    }[damage]
    path.write_bytes(bytes_)
    ledger, fresh = reopen(path)
    with ledger:
        assert fresh.head.log != state.head.log
        assert fresh.head.seq == 0
        replaced = ledger.replaced()
        assert replaced is not None
        assert "damage" in replaced
        with Ledger(tmp_path / "other.db", MAX_MB) as other:
            other_log = other.load(rules()).head.log
        assert other_log != fresh.head.log
    (aside,) = set_aside_files(path)
    assert aside.name == f"ledger.db.damaged-{STAMP}"
    assert aside.read_bytes() == bytes_


def test_what_the_hub_does_not_have_is_carried_over(tmp_path: Path) -> None:
    """With one event altered, all other unsent events are salvaged, and nothing counts twice."""
    path = tmp_path / "ledger.db"
    _, events = fill(path, some_work(30), acked=10)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE event SET body = replace(body, '12', '99') WHERE seq = 20")
        connection.execute("UPDATE event SET body = replace(body, '12', '99') WHERE seq = 30")
    connection.close()
    ledger, state = reopen(path)
    with ledger:
        with LedgerReader(path) as reader:
            kept = reader.salvaged()
        assert kept == [e for e in events if e.seq > 10 and e.seq not in (20, 30)]
        assert state.session is None
        assert decide(state, badge(), moment()).feedback is not None
        opened = decide(state, badge(), moment()).state
        again = decide(opened, bundle(5), moment()).feedback
        assert again is not None
        assert again.reason == "already_done"
        goes_on(ledger, state)
        ledger.forget_salvaged(events[0].log, through=25)
        with LedgerReader(path) as reader:
            assert [e.seq for e in reader.salvaged()] == [26, 27, 28, 29]


def test_word_of_damage_from_a_running_agent_is_acted_upon(tmp_path: Path) -> None:
    """What a thread met while running is salvaged at the next start, once."""
    path = tmp_path / "ledger.db"
    fill(path, some_work(5))
    suspect_file(path).write_text("a damaged event", encoding="utf-8")
    ledger, _ = reopen(path)
    with ledger:
        replaced = ledger.replaced()
        assert replaced is not None
        assert replaced["damage"] == "a damaged event"
        assert replaced["events"] == 5
    ledger, _ = reopen(path)
    ledger.close()
    assert len(set_aside_files(path)) == 1


def test_a_power_cut_between_the_renames_loses_nothing(tmp_path: Path) -> None:
    """The finished new ledger takes its place at the next start."""
    path = tmp_path / "ledger.db"
    fill(path, some_work(5))
    suspect_file(path).write_text("x", encoding="utf-8")
    ledger, state = reopen(path)
    ledger.close()
    path.rename(tmp_path / "ledger.db.new")
    ledger, again = reopen(path)
    with ledger:
        assert again.head.log == state.head.log
        assert again.credits == state.credits


@settings(max_examples=60)
@given(st.integers(0, 2**32), st.integers(1, 40))
@example(seed=834, flips=5)  # a column name in the schema of the migrations
def test_whatever_bits_flip_the_operator_can_go_on(seed: int, flips: int) -> None:
    """With bits flipped anywhere, the ledger is whole, or replaced by one that takes scans.

    Whatever is carried over stands its own test: no event that was not written is ever salvaged.
    """
    import tempfile

    choose = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        _, events = fill(path, some_work(40), acked=5)
        content = bytearray(path.read_bytes())
        for _ in range(flips):
            content[choose.randrange(len(content))] ^= 1 << choose.randrange(8)
        path.write_bytes(bytes(content))
        ledger, state = reopen(path)
        with ledger:
            with LedgerReader(path) as reader:
                assert {(e.seq, e.hash) for e in reader.salvaged()} <= {
                    (e.seq, e.hash) for e in events
                }
            if "B000299" in state.reference.bundles and state.reference.badges.by_text:
                state = replace(state, session=None)
            decision = decide(state, Scan("unknown", "x", "scanner"), moment(900))
            ledger.commit(decision.events, decision.state, signed(decision.state))
