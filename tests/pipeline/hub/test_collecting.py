"""From a bare MQTT client into the hub's store, through kills of the hub and of the broker."""

from __future__ import annotations

import shutil
import signal
import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from bartack.events import Event
from bartack.wire import (
    EventBatch,
    ack_topic,
    events_topic,
    notices_topic,
    reference_topic,
    status_topic,
)
from installed import Require
from pipeline.hub.hub_bench import Client, HubBench
from running import wait_until
from unit.hub.ledgers import LOG, PLACE, ledger

ACK = ack_topic(PLACE)
OTHER = replace(PLACE, station="st08")


def wait_through(client: Client, through: int, log: str = LOG, timeout_s: float = 30) -> None:
    expected = (log, through)
    wait_until(lambda: confirmed(client) == expected, f"watermark {through}", timeout_s)


def confirmed(client: Client) -> tuple[object, object]:
    """Log and seq of the last watermark that this client heard."""
    document = client.document(ACK)
    return document.get("log"), document.get("through")


def send_all(client: Client, events: list[Event], size: int = 10) -> None:
    for start in range(0, len(events), size):
        client.send_events(PLACE, events[start : start + size])


def test_events_are_committed_once_and_confirmed(bench: HubBench) -> None:
    """Events that come twice and overlap are exported once each, in order and canonical."""
    events = ledger(60)
    bench.start_broker()
    bench.start_hub()
    client = bench.client(ACK)
    send_all(client, events[:40])
    send_all(client, events[20:])
    send_all(client, events[5:15])
    wait_through(client, 60)
    assert bench.exported() == events
    assert bench.exported("--type", "work.done") == events
    assert bench.exported("--type", "scan.refused") == []
    wait_until(lambda: bench.asked("/healthz")["broker"], "a healthy hub")


def test_a_hub_killed_in_the_stream_loses_and_doubles_nothing(bench: HubBench) -> None:
    """SIGKILL at any moment: after the restart every event is there once and is confirmed."""
    events = ledger(1500)
    bench.start_broker()
    bench.start_hub()
    client = bench.client(ACK)
    for part in range(5):
        send_all(client, events[part * 300 : (part + 1) * 300], size=3)
        bench.hub.kill()
        bench.start_hub()
    wait_through(client, 1500)
    assert bench.exported() == events


def test_a_wiped_broker_hears_everything_again(bench: HubBench) -> None:
    """After the broker lost its disk, what the hub has to say is retained there again: watermarks,
    reference data, and notices of work that two stations claim."""
    bench.start_broker()
    bench.command("import", str(bench.write_reference()))
    bench.start_hub()
    client = bench.client(ACK)
    client.send_events(OTHER, ledger(2, log="b0" * 16, place=OTHER))
    send_all(client, ledger(20))
    wait_through(client, 20)
    client.stop()
    bench.broker.kill()
    shutil.rmtree(bench.broker_state)
    bench.broker_state.mkdir()
    bench.start_broker()
    told = {notices_topic(PLACE): "stands", notices_topic(OTHER): "disputed"}
    again = bench.client(ACK, *told, "bartack/v1/dhk1/l03/ref/#")
    wait_through(again, 20, timeout_s=45)
    topic = reference_topic("dhk1", "l03", "bundles")
    wait_until(lambda: topic in again.held, "reference data")
    wait_until(lambda: again.held.keys() >= told.keys(), "notices")
    for station, kind in told.items():
        assert [notice["kind"] for notice in again.document(station)["notices"]] == [kind] * 2


def test_a_gap_is_not_confirmed_until_it_is_filled(bench: HubBench) -> None:
    """Nothing is taken behind a gap; filled and sent again, everything is there once."""
    events = ledger(10)
    bench.start_broker()
    bench.start_hub()
    client = bench.client(ACK)
    send_all(client, events[:4])
    send_all(client, events[6:])
    send_all(client, events[4:6])
    wait_through(client, 6)
    assert len(bench.exported()) == 6
    send_all(client, events[6:])
    wait_through(client, 10)
    assert len(bench.exported()) == 10


def test_salvaged_events_are_shown_as_waiting(bench: HubBench) -> None:
    """What was saved of a damaged ledger is committed behind the gap, and status says so."""
    events = ledger(10)
    bench.start_broker()
    bench.start_hub()
    client = bench.client(ACK)
    send_all(client, events[:4])
    batch = EventBatch(PLACE, LOG, tuple(events[6:]), replay=True, salvaged=True)
    client.send(events_topic(PLACE), batch.payload())
    wait_until(lambda: len(bench.exported()) == 8, "events behind the gap")
    assert "4 more wait behind a gap" in bench.command("status").stdout


def test_a_station_that_lost_its_confirmation_hears_it_again(bench: HubBench) -> None:
    """A station whose report is behind the watermark, or that sends again, is told once more."""
    bench.start_broker()
    bench.start_hub()
    client = bench.client(ACK)
    events = ledger(10)
    send_all(client, events)
    wait_through(client, 10)
    client.held.clear()
    client.send_status(PLACE, LOG, head=10, acked=3)
    wait_through(client, 10)
    client.held.clear()
    send_all(client, events[3:5])
    wait_through(client, 10)


def test_rubbish_and_forgeries_are_set_aside_and_block_nothing(bench: HubBench) -> None:
    """Broken, foreign and forged messages are kept for a person; good ones behind them flow."""
    genuine = ledger(6)
    forged = ledger(1, head=genuine[4].head, pieces=99)
    bench.start_broker()
    bench.start_hub()
    client = bench.client(ACK)
    client.send(events_topic(PLACE), b"\xff\x00rubbish", retain=True)
    client.send(events_topic(PLACE), b"[" * 100_000)
    client.send(events_topic(PLACE), b"x" * 200_000)
    client.send(status_topic(PLACE), b'{"v":1,"online":false,"\\ud800":1}', retain=True)
    send_all(client, genuine)
    client.send(events_topic(OTHER), EventBatch(OTHER, LOG, tuple(genuine)).payload())
    send_all(client, forged)
    client.send_events(OTHER, ledger(2, place=OTHER, head=genuine[-1].head))
    more = ledger(2, head=genuine[-1].head)
    send_all(client, more)
    wait_through(client, 8)
    assert bench.exported() == genuine + more
    aside = bench.status()["set_aside"]
    assert aside["counts"] == {
        "other_hash": 1,
        "other_station": 2,
        "too_large": 1,
        "unreadable": 4,
    }
    assert [row["seq"] for row in aside["kept"] if row["kind"] == "other_hash"] == [6]
    assert bench.logged("message_set_aside") == 2


def test_a_restarted_hub_shows_its_stations_at_once(bench: HubBench) -> None:
    """Reports and pieces of before are on the board before the broker is reached."""
    bench.start_broker()
    bench.start_hub()
    client = bench.client(ACK)
    send_all(client, ledger(3))
    client.send_status(PLACE, LOG, head=3, acked=3)
    wait_until(lambda: len(bench.status()["stations"]) == 1, "the report")
    bench.hub.kill()
    bench.broker.kill()
    bench.hub.start()
    wait_until(lambda: bench.logged("dashboard") == 2, "the dashboard")
    board = bench.asked("/api/snapshot")
    assert "st07" in str(board["stations"])
    assert board["link"]["up"] is False


def test_a_hub_stops_in_order(bench: HubBench) -> None:
    """SIGTERM ends the hub with 0 within five seconds, and the port is free again."""
    bench.start_broker()
    bench.start_hub()
    bench.hub.send(signal.SIGTERM)
    assert bench.hub.wait(5) == 0
    bench.start_hub()


def test_systemd_hears_ready_alive_and_stopping(
    bench: HubBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Type=notify service: ready once it serves, the watchdog fed, and the goodbye."""
    address = str(bench.folder / "notify")
    bench.start_broker()  # first: it would tell systemd that it is ready, too
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "400000")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(address)
        systemd.settimeout(20)
        bench.hub.start()
        assert [systemd.recv(99) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]
        assert bench.asked("/healthz")["ok"] is True
        bench.hub.send(signal.SIGTERM)
        while (state := systemd.recv(99)) == b"WATCHDOG=1":
            pass
        assert state == b"STOPPING=1"
    assert bench.hub.wait(5) == 0


def test_a_second_hub_on_the_store_is_refused(bench: HubBench) -> None:
    """Two hubs would push each other off the broker; the second one says so and ends."""
    bench.start_broker()
    bench.start_hub()
    done = bench.command("run")
    assert done.returncode == 1
    assert "another hub is running on this store" in done.stderr


def test_a_broken_store_ends_the_hub(bench: HubBench) -> None:
    """What is not committed is not confirmed: a hub whose store fails ends with 6."""
    bench.start_broker()
    bench.start_hub()
    client = bench.client(ACK)
    send_all(client, ledger(2))
    wait_through(client, 2)
    with closing(sqlite3.connect(bench.folder / "hub.db", isolation_level=None)) as store:
        store.execute("ALTER TABLE event RENAME TO elsewhere")
    send_all(client, ledger(4)[2:])
    assert bench.hub.wait(15) == 6
    assert confirmed(client) == (LOG, 2)
    assert bench.logged("collector_failed") == 1


def test_a_wrong_password_is_said_once_and_shown(tmp_path: Path, require: Require) -> None:
    """The hub runs on, logs the refusal once however often it tries, and shows it."""
    passwords, password = tmp_path / "passwords", tmp_path / "hub-password"
    passwords.write_text("")
    passwords.chmod(0o600)
    password.write_text("wrong\n")
    access = f"allow_anonymous false\npassword_file {passwords}"
    link = 'insecure = true\nusername = "hub"\npassword_file = "hub-password"'
    with HubBench(tmp_path, require("mosquitto"), access, link) as bench:
        bench.start_broker()
        bench.hub.start()
        log = tmp_path / "broker.log"
        wait_until(lambda: log.read_text().count("not authorised") >= 3, "three attempts", 30)
        assert bench.logged("broker_down") == 1
        assert "refused" in bench.asked("/api/snapshot")["link"]["detail"]
        assert bench.asked("/healthz")["broker"] is False
