"""A damaged write-ahead log: SQLite sees nothing of what follows the damage, and we do."""

from __future__ import annotations

import random
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.events import Event
from bartack.heads import signer
from bartack.ledger import Ledger, LedgerReader, LedgerUnavailable, open_or_replace
from bartack.ledger.salvage import set_aside_files
from bartack.ledger.wal import events_in
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

FRAME_BYTES = 24 + 4096
HEADER_BYTES = 32


@dataclass(frozen=True)
class Killed:
    """The files of a ledger whose process was killed: most events are only in its log."""

    file: bytes
    log_file: bytes
    events: tuple[Event, ...]


@cache
def killed() -> Killed:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        with Ledger(path, max_mb=64) as ledger:
            for name, rows in (
                ("operators", OPERATORS),
                ("operations", OPERATIONS),
                ("bundles", bundle_rows(100)),
            ):
                ledger.store_reference(table(name, rows))
            state, events = ledger.load(rules()), list[Event]()
            for number, scan in enumerate([badge(), *map(bundle, range(1, 40))]):
                decision = decide(state, scan, moment(number))
                ledger.commit(decision.events, decision.state, signed(decision.state))
                state, events = decision.state, events + list(decision.events)
            log_file = path.with_name("ledger.db-wal").read_bytes()
            shutil.copyfile(path, path.with_name("copy.db"))
        return Killed(path.with_name("copy.db").read_bytes(), log_file, tuple(events))


def start_on(folder: Path, log_file: bytes) -> tuple[Ledger, State]:
    path = folder / "ledger.db"
    path.write_bytes(killed().file)
    path.with_name("ledger.db-wal").write_bytes(log_file)
    return open_or_replace(path, 64, rules(), "20261122T010203.000Z", signer(KEY))


def kept(ledger: Ledger) -> dict[int, str]:
    """Hash by seq of what is in the ledger, or was salvaged into it."""
    with LedgerReader(ledger.path) as reader:
        assert reader.verify()[1] is None
        log = killed().events[0].log
        events = [*reader.tail(1000), *reader.salvaged()]
        return {event.seq: event.hash for event in events if event.log == log}


def written() -> dict[int, str]:
    return {event.seq: event.hash for event in killed().events}


def test_what_was_committed_is_found_without_sqlite() -> None:
    """Every event of a log is read from its bytes, each once."""
    found = list(events_in(killed().log_file))
    assert {event.seq: event for event in found} == {event.seq: event for event in killed().events}
    assert len(found) == len(killed().events)


@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_a_flipped_bit_costs_at_most_one_event(seed: int) -> None:
    """Wherever in the log it is, it costs the newest event or one whose page was just full, and
    that is told; to SQLite alone all that follows would be lost without a word."""
    choose = random.Random(seed)
    content = bytearray(killed().log_file)
    content[choose.randrange(len(content))] ^= 1 << choose.randrange(8)
    with tempfile.TemporaryDirectory() as folder:
        ledger, state = start_on(Path(folder), bytes(content))
        with ledger:
            missing = written().items() - kept(ledger).items()
            assert len(missing) <= 1
            is_told = bool(set_aside_files(ledger.path))
            assert is_told or missing <= {max(written().items())}
            decision = decide(state, badge("AA00000002"), moment(900))
            ledger.commit(decision.events, decision.state, signed(decision.state))


@pytest.mark.parametrize("damaged_bytes", [HEADER_BYTES, HEADER_BYTES + 5 * FRAME_BYTES])
def test_a_log_whose_beginning_is_gone_is_committed_again(
    tmp_path: Path, damaged_bytes: int
) -> None:
    """The events continue the same chain, and how many there were is told."""
    content = bytes(damaged_bytes) + killed().log_file[damaged_bytes:]
    ledger, state = start_on(tmp_path, content)
    with ledger:
        if set_aside_files(ledger.path):
            # Not even the schema was in the file: what is found counts as salvaged.
            assert kept(ledger) == written()
        else:
            assert ledger.regained > 0
            assert kept(ledger) == written()
            assert state.head == killed().events[-1].head


def test_an_event_that_is_gone_makes_the_ledger_damaged(tmp_path: Path) -> None:
    """What follows a hole cannot continue the chain: it is salvaged, and the rest set aside."""
    victim = killed().events[20]
    damaged = killed().log_file.replace(victim.body, victim.body.replace(b"B0000", b"B9999"))
    ledger, state = start_on(tmp_path, damaged)
    with ledger:
        assert state.head.log != victim.log
        assert set_aside_files(ledger.path)
        assert kept(ledger).items() == written().items() - {(victim.seq, victim.hash)}


def test_what_was_never_committed_stays_so(tmp_path: Path) -> None:
    """Frames that no commit follows are of a scan that was refused, or had no light yet."""
    frames = (len(killed().log_file) - HEADER_BYTES) // FRAME_BYTES
    content = bytearray(killed().log_file)
    last_commit = HEADER_BYTES + (frames - 1) * FRAME_BYTES
    content[last_commit + 4 : last_commit + 8] = bytes(4)
    ledger, state = start_on(tmp_path, bytes(content))
    with ledger:
        assert state.head == killed().events[-2].head
        assert ledger.regained == 0


def reopen(path: Path) -> tuple[Ledger, State]:
    return open_or_replace(path, 64, rules(), "20261122T010204.000Z", signer(KEY))


def test_a_start_that_fails_does_not_cost_what_only_the_log_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk stops the second commit; the next start finds every event all the same."""

    def full(*_: object) -> None:
        raise LedgerUnavailable("the disk is full")

    damaged = bytes(HEADER_BYTES) + killed().log_file[HEADER_BYTES:]
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "commit", full)
        with pytest.raises(LedgerUnavailable):
            start_on(tmp_path, damaged)
    ledger, state = reopen(tmp_path / "ledger.db")
    with ledger:
        assert state.head == killed().events[-1].head
        assert kept(ledger) == written()
    assert not (tmp_path / "ledger.db.wal-kept").exists()


@pytest.mark.parametrize("renames", [1, 2, 3])
def test_a_power_cut_between_two_renamings_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renames: int
) -> None:
    """Wherever the replacement of a damaged ledger is cut off, the next start has all that verifies
    and takes no old log for the new ledger's."""
    (tmp_path / "ledger.db.suspect").write_text("a damaged event", encoding="utf-8")
    log_file, whole, done = killed().log_file, Path.rename, 0

    def cut(self: Path, target: str | Path) -> Path:
        nonlocal done
        done += 1
        if done > renames:
            raise KeyboardInterrupt
        return whole(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "rename", cut)
        with pytest.raises(KeyboardInterrupt):
            start_on(tmp_path, log_file)
    ledger, state = reopen(tmp_path / "ledger.db")
    with ledger:
        assert state.head.log != killed().events[0].log
        assert kept(ledger) == written()


def test_what_was_salvaged_once_outlives_the_next_damage(tmp_path: Path) -> None:
    """Events of a first damaged ledger that the hub does not have yet go along into the third."""
    path = tmp_path / "ledger.db"
    for _ in range(2):
        (tmp_path / "ledger.db.suspect").write_text("a damaged event", encoding="utf-8")
        if not path.exists():
            ledger, state = start_on(tmp_path, killed().log_file)
        else:
            ledger, state = reopen(path)
        with ledger:
            assert kept(ledger) == written()
            assert ("B000001", "OP310") in state.credits
