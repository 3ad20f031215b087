"""What is open at a station, in rows of its own in the ledger."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.identify import Scan
from bartack.ledger import Ledger
from bartack.projection import State
from bartack.station import decide
from random_acts import acts
from sewing import FLOOR, at_station, badge, bundle, bundle_rows, card, moment, signed, table

EVERYTHING: list[Scan] = [
    badge(), bundle(1), bundle(2), bundle(2), card("defect"), bundle(2), card("fault", "F01"),
    card("pieces", "2"), card("owner", "machine"), card("off-start", "NF"),
    card("help", "mechanic"), bundle(31),
]  # fmt: skip
"""Work that is begun, faulty pieces, a claim that waits, a call."""


def ledger_of(path: Path) -> Ledger:
    ledger = Ledger(path, max_mb=64)
    for name, rows in {**FLOOR, "bundles": bundle_rows(4)}.items():
        ledger.store_reference(table(name, rows))
    return ledger


def work(ledger: Ledger, state: State, scans: Sequence[Scan]) -> State:
    for number, scan in enumerate(scans):
        decision = decide(state, scan, moment(5 * number))
        ledger.commit(decision.events, decision.state, signed(decision.state))
        state = decision.state
    return state


@settings(max_examples=25, deadline=None)
@given(acts, st.sampled_from(["finish", "start_finish", "start"]))
def test_whatever_is_open_is_there_after_a_restart(scans: list[Scan], pay_on: str) -> None:
    """A commit writes what has changed only, and the whole of it is read again."""
    with tempfile.TemporaryDirectory() as folder, ledger_of(Path(folder) / "ledger.db") as ledger:
        own = at_station(pay_on=pay_on, unknown_bundle="hold").rules
        state = work(ledger, ledger.load(own), scans)
        assert ledger.load(own) == state
        again = work(ledger, ledger.load(own), scans[:5])
        assert ledger.load(own) == again


@pytest.mark.parametrize("pay_on", ["finish", "start_finish"])
def test_a_ledger_that_had_it_in_its_state_keeps_what_was_open(tmp_path: Path, pay_on: str) -> None:
    """A file of the schema before, with somebody signed in, is taken over as it was."""
    path = tmp_path / "ledger.db"
    own = at_station(pay_on=pay_on, unknown_bundle="hold").rules
    with ledger_of(path) as ledger:
        state = work(ledger, ledger.load(own), EVERYTHING)
    put_back(path)
    with Ledger(path, max_mb=64) as again:
        assert again.load(own) == state


def put_back(path: Path) -> None:
    """The file as the schema before had it: rows in the state, one more field in the session."""
    connection = sqlite3.connect(path)
    document = json.loads(connection.execute("SELECT state FROM head").fetchone()[0])
    for part, row in connection.execute("SELECT part, row FROM waiting ORDER BY part, key"):
        document.setdefault(part, []).append(json.loads(row))
    assert document["session"] is not None
    document["session"].insert(9, 0)
    connection.execute("UPDATE head SET state = ?", [json.dumps(document)])
    connection.execute("DROP TABLE waiting")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = '0003_waiting'")
    connection.commit()
    connection.close()
