"""What a station is told while its ledger takes nothing is not forgotten."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bartack.events import Place
from bartack.wire import NeighbourSession, session_topic
from rig import Rig
from running import wait_until


@contextmanager
def busy(rig: Rig) -> Iterator[None]:
    """Another program holds the ledger's file for itself."""
    other = sqlite3.connect(rig.folder / "ledger.db", isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


def publish(rig: Rig, topic: str, payload: bytes) -> None:
    told = threading.Event()
    other = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    other.on_connect = lambda *_: told.set()
    other.connect("127.0.0.1", rig.port)
    other.loop_start()
    assert told.wait(10)
    other.publish(topic, payload, qos=1).wait_for_publish(10)
    other.disconnect()
    other.loop_stop()


def test_news_of_a_session_elsewhere_outlives_a_busy_ledger(rig: Rig) -> None:
    """A badge that was shown at another station ends the session here once that can be saved,
    though nobody tells of it again."""
    closes = '\n[checks]\nbadge_elsewhere = "close"\n'
    rig.station_file.write_text(rig.station_file.read_text(encoding="utf-8") + closes)
    rig.start_all(10)
    rig.tap()
    opened = rig.ledger()[-1]
    place = Place(opened.site, opened.line, "st08")
    newer = opened.at[:11] + "23:59:59.999Z"
    with busy(rig):
        word = NeighbourSession("st08", opened.text("operator"), newer)
        publish(rig, session_topic(place), word.payload())
        wait_until(lambda: "nothing is saved" in rig.agent.said(), "the ledger takes nothing")
    wait_until(lambda: rig.ledger()[-1].type == "session.closed", "the session is over")
    assert rig.ledger()[-1].text("reason") == "elsewhere"
    wait_until(lambda: "ledger_unavailable" not in rig.status()["alarms"], "no alarm any more")
