"""Proof over all stations: each way of cheating is found, and named at its first event."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bartack.events import Event, Head, Json, Moment, seal
from bartack.heads import SignedHead, signer
from bartack_hub.proof import Proof, prove
from bartack_hub.store import Report, Store
from unit.hub.ledgers import BOOT, LOG, NOW, PLACE, batch, ledger

KEY = Ed25519PrivateKey.from_private_bytes(b"a key for tests, of 32 bytes ...")


def report(signed: SignedHead, acked: int = 0) -> Report:
    document: dict[str, Json] = {
        "v": 1,
        "online": True,
        "boot": BOOT,
        "log": signed.head.log,
        "head": signed.head.seq,
        "acked": acked,
        "signed": signed.document(),
    }
    return Report(PLACE.line, PLACE.station, document, NOW)


class Bench:
    """A store with ten signed events of one station, and a hand that alters the file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.events = ledger(10)
        with_head = report(signer(KEY)(self.events[-1].head))
        self.store = Store(file, "dhk1")
        self.store.commit([batch(self.events)], [with_head], received_at=NOW)

    def alter(self, *statements: str) -> None:
        """What somebody with a SQLite tool can do, who first takes the triggers off."""
        with sqlite3.connect(self.file) as connection:
            for statement in ("DROP TRIGGER event_stays", "DROP TRIGGER event_is_kept"):
                connection.execute(statement)
            for statement in statements:
                connection.execute(statement)
        connection.close()

    def proof(self) -> Proof:
        reader = self.store.read
        return prove(reader.chains(), reader.trusted_keys(), reader.contradictions())

    def finding(self) -> str:
        (found,) = self.proof().findings
        return found.what


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    ready = Bench(tmp_path / "hub.db")
    yield ready
    ready.store.close()


def test_what_is_whole_is_good(bench: Bench) -> None:
    """Ten events with their signed head hold, and none is unsigned."""
    assert bench.proof() == Proof(logs=1, events=10, unsigned=0, findings=())


def test_events_after_the_last_signature_are_counted(bench: Bench) -> None:
    """A live log is good; how much of it is not yet signed is said."""
    later = ledger(3, head=bench.events[-1].head)
    bench.store.commit([batch(later)], received_at=NOW)
    assert bench.proof() == Proof(logs=1, events=13, unsigned=3, findings=())


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        (
            "UPDATE event SET body = replace(body, '\"pieces\":12', '\"pieces\":99') WHERE seq = 4",
            "seq 4 is altered",
        ),
        ("DELETE FROM event WHERE seq = 4", "seq 5: follows seq 3"),
        ("DELETE FROM event WHERE seq > 7", "cut off after seq 7: the station signed seq 10"),
        ("DELETE FROM event", "cut off after seq 0"),
    ],
    ids=["altered", "missing", "cut", "gone"],
)
def test_the_first_event_that_does_not_hold_is_named(
    bench: Bench, statement: str, told: str
) -> None:
    """An altered event, a missing one and a cut tail are each named."""
    bench.alter(statement)
    assert told in bench.finding()


def test_events_in_another_order_are_named(bench: Bench) -> None:
    """Two events whose places were swapped break the chain at the first of them."""
    bench.alter(
        "UPDATE event SET seq = 1000 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = 5",
        "UPDATE event SET seq = 5 WHERE seq = 1000",
    )
    assert "seq 5: follows seq 3" in bench.finding()


def test_a_chain_written_anew_is_found_by_the_signature(bench: Bench) -> None:
    """All hashes made to fit again do not make the station's signature fit."""
    head = Head(LOG)
    forged: list[Event] = []
    for event in bench.events:
        fields = {**event.fields, "pieces": 99}
        now = Moment(event.at, event.clock, event.boot, event.mono_ms)
        forged.append(seal(head, PLACE, now, event.type, event.source, fields))
        head = forged[-1].head
    with sqlite3.connect(bench.file) as connection:
        connection.execute("DROP TRIGGER event_stays")
        for event in forged:
            body = event.body.decode()
            connection.execute("UPDATE event SET body = ? WHERE seq = ?", (body, event.seq))
    connection.close()
    assert "seq 10 is not the event that the station signed" in bench.finding()


def test_a_replaced_key_is_told_until_a_person_vouches_for_it(bench: Bench) -> None:
    """A station's second ledger under another key is found; trust makes it good."""
    stranger = Ed25519PrivateKey.generate()
    second = ledger(2, log="ab" * 16)
    signed = signer(stranger)(second[-1].head)
    bench.store.commit([batch(second)], [report(signed)], received_at=NOW)
    assert "its key is replaced" in bench.finding()
    bench.store.trust(PLACE.station, signed.key, NOW)
    assert bench.proof().good


def test_a_head_signed_by_another_key_is_set_aside(bench: Bench) -> None:
    """The key of a log's first signed head is the log's for ever."""
    later = ledger(1, head=bench.events[-1].head)
    signed = signer(Ed25519PrivateKey.generate())(later[-1].head)
    bench.store.commit([batch(later)], [report(signed)], received_at=NOW)
    assert bench.store.read.set_aside_counts() == {"other_key": 1}
    assert bench.proof().unsigned == 1


def test_a_forged_signature_is_set_aside(bench: Bench) -> None:
    """A signature that does not fit its head is kept for a person and believed by nobody."""
    later = ledger(1, head=bench.events[-1].head)
    signed = replace(signer(KEY)(later[-1].head), signature="00" * 64)
    bench.store.commit([batch(later)], [report(signed)], received_at=NOW)
    assert bench.store.read.set_aside_counts() == {"bad_signature": 1}


def test_a_cloned_log_is_found(bench: Bench) -> None:
    """Two cards that went on from one image contradict each other; the second is set aside."""
    first, second = (
        ledger(2, head=bench.events[-1].head),
        ledger(2, head=bench.events[-1].head, pieces=20),
    )
    bench.store.commit([batch(first)], received_at=NOW)
    bench.store.commit([batch(second)], received_at=NOW)
    assert "cloned or tampered: 2 events" in bench.finding()
