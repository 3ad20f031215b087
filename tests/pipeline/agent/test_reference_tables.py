"""Reference tables at a station: refused ones leave the old in force, and all outlive a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bartack.status import ask
from bartack.wire import ReferenceTable, Row, reference_hash, reference_topic, split_reference
from rig import Rig
from running import wait_until

OPTIONAL = {
    "rates": "style,operation,from,rate\nS1,OP310,2026-01-01,0.50\n",
    "faults": "code,name\nF01,Skipped stitch\n",
}
VERSIONS = {
    "operators": 1,
    "operations": 1,
    "bundles": 1,
    "rates": 1,
    "faults": 1,
    "shifts": 1,
    "strays": 1,
}


@contextmanager
def client(rig: Rig) -> Iterator[paho.Client]:
    """Somebody else at the broker, who may write what the hub writes."""
    other = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    other.connect("127.0.0.1", rig.port)
    other.loop_start()
    try:
        yield other
    finally:
        other.disconnect()
        other.loop_stop()


def publish(other: paho.Client, table: ReferenceTable) -> None:
    for chunk in split_reference(table):
        topic = reference_topic("dhk1", "l03", table.name, chunk.chunk)
        other.publish(topic, chunk.payload(), qos=1).wait_for_publish(10)


def table(name: str, rows: list[Row], version: int) -> ReferenceTable:
    return ReferenceTable(name, version, reference_hash(rows), tuple(rows))


def told(rig: Rig) -> dict[str, Any]:
    """What ``bartack status --json`` shows, from the socket that it asks."""
    return dict(ask(rig.folder / "agent.sock"))


def start(rig: Rig) -> None:
    """Three tables as ever, two optional ones, and the shifts of the line."""
    folder = rig.folder / "reference"
    folder.mkdir()
    for name, text in OPTIONAL.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    rig.start_all()
    wait_until(lambda: told(rig)["reference"] == VERSIONS, "all tables")


def test_refused_tables_leave_the_old_ones_in_force(rig: Rig) -> None:
    """A bad cell in one chunk of many and a hash that does not fit are refused, logged with table
    and version, and raise an alarm that lasts until each table is in force again."""
    start(rig)
    good = [{"code": f"F{number}", "name": "Skipped stitch" * 20} for number in range(600)]
    bad = [*good[:-1], {**good[-1], "code": "no id"}]
    assert len(split_reference(table("faults", bad, 2))) > 2
    forged = ReferenceTable("rates", 9, "0" * 64, ())

    def is_refused(words: str) -> bool:
        return any(words in line and "stays" in line for line in rig.agent.said().splitlines())

    with client(rig) as other:
        publish(other, table("faults", bad, 2))
        publish(other, forged)
        wait_until(lambda: is_refused("faults row 600: code:"), "faults refused")
        wait_until(lambda: is_refused("rates version 9: the hash does not fit"), "rates refused")
        assert told(rig)["reference"] == VERSIONS
        assert "reference_refused" in told(rig)["alarms"]
        assert "ALARM     reference_refused" in rig.run(
            "bartack", "status", "--config", str(rig.station_file)
        )
        publish(other, table("faults", good, 3))
        wait_until(lambda: told(rig)["reference"]["faults"] == 3, "good faults")
        assert "reference_refused" in told(rig)["alarms"]
        rates = {"style": "S1", "operation": "OP310", "from": "2026-01-01", "rate": "0.7"}
        publish(other, table("rates", [rates], 10))
        wait_until(lambda: told(rig)["reference"]["rates"] == 10, "good rates")
        assert "reference_refused" not in told(rig)["alarms"]
    refusals = [json.loads(line) for line in rig.agent.said().splitlines() if "stays" in line]
    assert {(item["table"], item["version"]) for item in refusals} == {("faults", 2), ("rates", 9)}


def test_all_tables_outlive_a_restart(rig: Rig) -> None:
    """Killed and started without broker and hub, the station has every table in the version it had,
    a chunked one too."""
    start(rig)
    many = [{"code": f"F{number}", "name": "Skipped stitch" * 20} for number in range(600)]
    with client(rig) as other:
        publish(other, table("faults", many, 2))
    wait_until(lambda: told(rig)["reference"]["faults"] == 2, "the chunked table")
    rig.broker.kill()
    rig.hub.kill()
    rig.agent.kill()
    rig.agent.start()
    rig.wait_ready()
    assert told(rig)["reference"] == {**VERSIONS, "faults": 2}
