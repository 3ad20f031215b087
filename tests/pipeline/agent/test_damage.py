"""A station whose ledger is damaged goes on, tells a person, and saves what verifies."""

from __future__ import annotations

import sqlite3

from rig import Rig
from running import wait_until


def alter(rig: Rig, statement: str) -> None:
    with sqlite3.connect(rig.folder / "ledger.db") as connection:
        connection.execute(statement)
    connection.close()


def test_a_destroyed_ledger_costs_no_more_than_itself(rig: Rig) -> None:
    """With the file overwritten, an operator scans again after a start, and the status says why."""
    rig.start_all(20)
    rig.tap()
    rig.scan("B000001")
    rig.wait_drained()
    rig.agent.kill()
    for suffix in ("", "-wal"):
        (rig.folder / f"ledger.db{suffix}").write_bytes(b"\0" * 40_000)
    rig.agent.start()
    rig.wait_ready()
    rig.wait_reference()
    assert rig.tap()["reason"] == "signed_in"
    assert rig.scan("B000002")["outcome"] == "ok"
    assert "ledger_replaced" in rig.status()["alarms"]
    assert rig.ledger()[0].type == "ledger.replaced"
    assert list(rig.folder.glob("ledger.db.damaged-*"))
    rig.wait_drained()
    assert len({event.log for event in rig.committed()}) == 2


def test_what_was_green_and_unsent_still_reaches_the_hub(rig: Rig) -> None:
    """Events that verify in a damaged ledger are sent in their own log, and count once."""
    rig.start_all(20)
    rig.tap()
    rig.scan("B000001")
    rig.wait_drained()
    rig.broker.kill()
    greens = [rig.scan(f"B{number:06d}") for number in range(2, 8)]
    rig.agent.kill()
    last = greens[-1]["seq"]
    alter(rig, f"UPDATE event SET body = replace(body, '12', '99') WHERE seq = {last}")  # noqa: S608
    rig.agent.start()
    rig.wait_ready()
    assert rig.tap()["reason"] == "signed_in"
    assert rig.scan("B000003")["reason"] == "already_done"
    rig.broker.start()
    wanted = {(light["log"], light["seq"]) for light in greens[:-1]}
    wait_until(
        lambda: wanted <= {(event.log, event.seq) for event in rig.committed()}, "the salvaged", 40
    )
    done = [event.text("bundle") for event in rig.committed() if event.type == "work.done"]
    assert sorted(done) == [f"B{number:06d}" for number in range(1, 7)]


def test_damage_met_while_running_ends_in_a_salvage(rig: Rig) -> None:
    """A thread that meets a damaged event ends the agent with 6; started again, it goes on."""
    rig.start_all(20)
    rig.tap()
    rig.broker.kill()
    wait_until(lambda: not rig.status()["broker"]["connected"], "the link down")
    rig.scan("B000001")
    seq = rig.scan("B000002")["seq"]
    alter(rig, f"UPDATE event SET body = replace(body, '12', '99') WHERE seq = {seq}")  # noqa: S608
    rig.broker.start()
    assert rig.agent.wait(timeout_s=20) == 6
    rig.agent.start()
    rig.wait_ready()
    assert rig.tap()["reason"] == "signed_in"
    assert rig.scan("B000003")["outcome"] == "ok"
    rig.wait_drained()
    done = [event.text("bundle") for event in rig.committed() if event.type == "work.done"]
    assert sorted(done) == ["B000001", "B000003"]


def test_a_flipped_bit_in_the_write_ahead_log_loses_no_light(rig: Rig) -> None:
    """After a kill most events stand only there; with its beginning damaged they still count."""
    rig.start_all(20)
    rig.tap()
    rig.wait_drained()
    rig.broker.kill()
    greens = [rig.scan(f"B{number:06d}") for number in range(1, 9)]
    assert {light["outcome"] for light in greens} == {"ok"}
    rig.agent.kill()
    with (rig.folder / "ledger.db-wal").open("r+b") as log_file:
        log_file.seek(32 + 24 + 100)  # in the first page of the first frame
        log_file.write(b"\xff")
    rig.agent.start()
    rig.wait_ready()
    assert rig.scan("B000008")["reason"] == "already_done"
    rig.broker.start()
    rig.wait_drained()
    wanted = {(light["log"], light["seq"]) for light in greens}
    assert wanted <= {(event.log, event.seq) for event in rig.committed()}
    assert "ledger.regained" in {event.type for event in rig.ledger()}
