"""A hub that lost its store, or has an older one: stations send again what they still have."""

from __future__ import annotations

import shutil

import pytest

from faults.oracle import check_books, label, running, scan_until_counted, wait_confirmed
from faults.station_file import change
from rig import Rig
from running import wait_until

pytestmark = pytest.mark.require("mosquitto")


def copy_store(rig: Rig, source: str, target: str) -> None:
    """Put the files of a store that nobody has open somewhere else."""
    for suffix in ("", "-wal", "-shm"):
        (rig.folder / f"{target}{suffix}").unlink(missing_ok=True)
        if (rig.folder / f"{source}{suffix}").exists():
            shutil.copyfile(rig.folder / f"{source}{suffix}", rig.folder / f"{target}{suffix}")


def work(rig: Rig, first: int, last: int) -> None:
    for number in range(first, last + 1):
        scan_until_counted(rig, label(number))
    wait_confirmed(rig)


@pytest.mark.parametrize("backup", ["none", pytest.param("older", marks=pytest.mark.slow)])
def test_a_lost_store_is_filled_again(rig: Rig, backup: str) -> None:
    """Whether its disk died or an old backup was put back, the hub ends with every event, once."""
    rig.start_all()
    rig.tap()
    work(rig, 1, 3)
    rig.hub.terminate()
    if backup == "older":
        copy_store(rig, "hub.db", "backup.db")
    rig.hub.start()
    work(rig, 4, 8)
    rig.hub.kill()
    copy_store(rig, "backup.db", "hub.db")
    rig.import_reference()
    rig.hub.start()
    wait_until(
        lambda: len({event.text("bundle") for event in rig.committed()} - {""}) == 8,
        "everything is at the hub again",
    )
    wait_confirmed(rig)
    wait_until(lambda: "hub_lost" not in running(rig)["alarms"], "the end of the alarm")
    work(rig, 9, 10)
    check_books(rig, [label(number) for number in range(1, 11)])
    rig.run("bartack-hub", "verify", "--config", str(rig.hub_file))


def test_what_no_station_has_any_more_is_named(rig: Rig) -> None:
    """Events that were pruned and then lost at the hub are told by number, and work goes on."""
    change(rig, ('path = "ledger.db"', 'path = "ledger.db"\nkeep_events = 2'))
    rig.start_all()
    rig.tap()
    work(rig, 1, 5)
    wait_until(lambda: len(rig.ledger()) == 2, "the station has pruned")
    gone = rig.ledger()[0].seq - 1
    rig.hub.kill()
    copy_store(rig, "none", "hub.db")
    rig.import_reference()
    rig.hub.start()
    wait_until(lambda: len(rig.committed()) >= 2, "what is left comes")
    work(rig, 6, 7)
    said = rig.run("bartack-hub", "verify", "--config", str(rig.hub_file), code=None)
    assert f"seq 1 to {gone} are missing" in said
    assert f"{gone} are missing" in rig.run("bartack-hub", "status", "--config", str(rig.hub_file))
    assert running(rig)["backlog"] == 0
    assert running(rig)["alarms"] == ["events_missing"]
