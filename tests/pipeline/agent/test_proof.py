"""A real station's signed heads, proven at a real hub."""

from __future__ import annotations

import json
import sqlite3

from rig import Rig
from running import wait_until


def proof(rig: Rig, code: int = 0) -> str:
    return rig.run("bartack-hub", "verify", "--config", str(rig.hub_file), code=code)


def test_a_days_work_is_proven_and_a_changed_pay_line_is_named(rig: Rig) -> None:
    """Whole it is good, signed to its end; one altered credit is named with exit code 6."""
    rig.start_all(5)
    rig.tap()
    for number in (1, 2, 3):
        rig.scan(f"B{number:06d}")
    rig.wait_drained()
    wait_until(lambda: "good: 5 events" in proof(rig), "five events proven")
    wait_until(lambda: "newer than" not in proof(rig), "signed to the end")
    key = json.loads(
        rig.run("bartack", "ledger", "verify", "--json", "--config", str(rig.station_file))
    )["key"]
    rig.run("bartack", "ledger", "verify", "--key", key, "--config", str(rig.station_file))
    rig.hub.terminate()
    with sqlite3.connect(rig.folder / "hub.db") as connection:
        connection.execute("DROP TRIGGER event_stays")
        connection.execute(
            "UPDATE event SET body = replace(body, '\"E1\"', '\"E2\"') WHERE seq = 4"
        )
    connection.close()
    assert "seq 4 is altered" in proof(rig, code=6)


def test_a_station_with_a_new_key_needs_a_persons_word(rig: Rig) -> None:
    """A ledger begun anew under a new key is told until somebody trusts it by name."""
    rig.start_all(5)
    rig.tap()
    rig.wait_drained()
    wait_until(lambda: "newer than" not in proof(rig), "the first key is known")
    rig.agent.kill()
    for file in rig.folder.glob("ledger.db*"):
        file.unlink()
    rig.agent.start()
    rig.wait_ready()
    hub = ("--config", str(rig.hub_file))
    wait_until(lambda: "2 logs" in rig.run("bartack-hub", "verify", *hub, code=None), "both logs")
    wait_until(lambda: "key is replaced" in rig.run("bartack-hub", "verify", *hub, code=None), "it")
    told = proof(rig, code=6)
    command = next(line for line in told.splitlines() if "bartack-hub trust" in line)
    station, key = command.split("bartack-hub trust ")[1].split()
    rig.run("bartack-hub", "trust", *hub, station, key)
    assert "good" in proof(rig)
