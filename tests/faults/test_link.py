"""The link between station, broker and hub fails in every way that a network or a broker can.

Scans stay green throughout, the station says how it is, and the hub ends with each event once.
"""

from __future__ import annotations

import shutil
import signal
import threading
import time
from collections.abc import Iterator

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from faults.oracle import check_books, greens, label, running, scan_fast, wait_confirmed
from faults.proxy import FaultProxy
from faults.station_file import change
from rig import Rig
from running import wait_until

KEEPALIVE_S = 5
STALLED_S = 2 * KEEPALIVE_S + 1.5
"""Twice the keepalive, and the half second in which status is made."""

pytestmark = pytest.mark.require("mosquitto")


@pytest.fixture
def station_link(rig: Rig) -> Iterator[FaultProxy]:
    """Between station and broker."""
    with FaultProxy(rig.port) as proxy:
        change(rig, (f"port = {rig.port}", f"port = {proxy.port}\nkeepalive_s = {KEEPALIVE_S}"))
        yield proxy
        rig.agent.kill()


@pytest.fixture
def hub_link(rig: Rig) -> Iterator[FaultProxy]:
    """Between hub and broker."""
    with FaultProxy(rig.port) as proxy:
        text = rig.hub_file.read_text(encoding="utf-8")
        told = f"port = {proxy.port}\nkeepalive_s = {KEEPALIVE_S}"
        rig.hub_file.write_text(text.replace(f"port = {rig.port}", told, 1), encoding="utf-8")
        yield proxy
        rig.hub.kill()


def labels(first: int, last: int) -> list[str]:
    return [label(number) for number in range(first, last + 1)]


def scan_each(rig: Rig, texts: list[str]) -> None:
    """Scan one after the other; each must be green at once, whatever the network does."""
    for text in texts:
        light = rig.scan(text)
        assert (light["outcome"], light["bundle"]) == ("ok", text)


def test_a_black_hole_is_noticed_and_left(rig: Rig, station_link: FaultProxy) -> None:
    """Bytes vanish and the connection stays open: the status says so in twice the keepalive, a
    new connection is made, and nothing is missing, the first seconds included."""
    rig.start_all()
    rig.tap()
    scan_each(rig, labels(1, 3))
    wait_confirmed(rig)
    station_link.swallow("up", "down")
    before = station_link.accepted
    scan_each(rig, labels(4, 8))
    assert running(rig)["backlog"] == 5
    wait_until(lambda: not running(rig)["broker"]["connected"], "it is noticed", STALLED_S)
    wait_until(lambda: station_link.accepted > before, "a new connection is tried")
    scan_each(rig, labels(9, 10))
    assert running(rig)["backlog"] == 7
    station_link.heal()
    wait_confirmed(rig)
    check_books(rig, labels(1, 10))


def test_a_link_cut_in_the_middle_of_a_replay_leaves_no_gap(
    rig: Rig, station_link: FaultProxy
) -> None:
    """A backlog of 600 is sent while the link is cut five times, and no further scan helps."""
    change(rig, ('path = "ledger.db"', 'path = "ledger.db"\nkeep_events = 0'))
    rig.start_all(bundles=600)
    rig.tap()
    wait_confirmed(rig)
    station_link.refuse()
    scanned = labels(1, 600)
    scan_fast(rig, scanned)
    assert running(rig)["backlog"] >= len(scanned)
    for _ in range(5):
        station_link.heal()
        station_link.delay(0.01)
        station_link.cut_after(50_000)
        wait_until(lambda: not station_link.is_cut_pending, "the link is cut in a replay")
        assert running(rig)["backlog"] > 0
    station_link.heal()
    wait_confirmed(rig)
    check_books(rig, scanned)


def test_a_broker_that_forgets_what_it_took_costs_nothing(rig: Rig) -> None:
    """Killed and wiped after its acknowledgements and before the hub had the events, it gets them
    again from the station."""
    rig.start_all()
    rig.tap()
    wait_confirmed(rig)
    rig.hub.kill()
    seen: list[bytes] = []
    watcher = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    watcher.on_message = lambda _c, _u, message: seen.append(bytes(message.payload))
    watcher.connect("127.0.0.1", rig.port)
    watcher.subscribe("bartack/v1/+/+/+/events", 1)
    watcher.loop_start()
    scan_each(rig, labels(1, 10))
    wait_until(lambda: b"B000010" in b"".join(seen), "the broker has them")
    watcher.loop_stop()
    rig.broker.kill()
    shutil.rmtree(rig.folder / "broker")
    (rig.folder / "broker").mkdir()
    assert running(rig)["backlog"] >= 10
    rig.broker.start()
    rig.hub.start()
    wait_confirmed(rig)
    check_books(rig, labels(1, 10))


def test_a_hub_that_is_not_there_costs_nothing(rig: Rig) -> None:
    """With nobody subscribed an alarm is raised and nothing pruned; when the hub comes it gets
    everything."""
    change(rig, ('path = "ledger.db"', 'path = "ledger.db"\nkeep_events = 0'))
    rig.start_all()
    rig.tap()
    wait_confirmed(rig)
    for process in (rig.hub, rig.broker):
        process.kill()
    shutil.rmtree(rig.folder / "broker")
    (rig.folder / "broker").mkdir()
    rig.broker.start()
    wait_until(lambda: running(rig)["broker"]["connected"], "the station is back at the broker")
    scan_each(rig, labels(1, 10))
    wait_until(lambda: "hub_absent" in running(rig)["alarms"], "the alarm")
    assert greens(rig) <= {(event.log, event.seq) for event in rig.ledger()}
    rig.hub.start()
    wait_confirmed(rig)
    wait_until(lambda: "hub_absent" not in running(rig)["alarms"], "the end of the alarm")
    check_books(rig, labels(1, 10))


@pytest.mark.slow
def test_acknowledgements_that_get_lost_change_no_total(rig: Rig, hub_link: FaultProxy) -> None:
    """The hub commits and its words never arrive: events are sent again, and counted once."""
    rig.start_all()
    rig.tap()
    wait_confirmed(rig)
    acked = running(rig)["acked"]
    hub_link.swallow("up")
    scan_each(rig, labels(1, 5))
    wait_until(lambda: len(rig.committed()) >= acked + 5, "the hub has committed")
    assert running(rig)["acked"] == acked
    wait_until(lambda: "hub_silent" in running(rig)["alarms"], "the station sends again", 30)
    assert running(rig)["backlog"] == 5
    hub_link.heal()
    wait_confirmed(rig)
    check_books(rig, labels(1, 5))


@pytest.mark.slow
def test_a_broker_that_stands_still_is_noticed(rig: Rig) -> None:
    """Stopped by a signal, its connections stay open; the status says so, and later all arrives."""
    change(rig, (f"port = {rig.port}", f"port = {rig.port}\nkeepalive_s = {KEEPALIVE_S}"))
    rig.start_all()
    rig.tap()
    wait_confirmed(rig)
    rig.broker.send(signal.SIGSTOP)
    try:
        scan_each(rig, labels(1, 5))
        wait_until(lambda: not running(rig)["broker"]["connected"], "it is noticed", STALLED_S)
        scan_each(rig, labels(6, 8))
        assert running(rig)["backlog"] == 8
    finally:
        rig.broker.send(signal.SIGCONT)
    wait_confirmed(rig)
    check_books(rig, labels(1, 8))


@pytest.mark.slow
def test_a_flapping_link_leaves_no_gap(rig: Rig, station_link: FaultProxy) -> None:
    """Cut every half second for ten seconds, under constant scanning."""
    rig.start_all(bundles=400)
    rig.tap()
    scanned: list[str] = []
    pause = threading.Event()
    end_s, cut_s = time.monotonic() + 10, 0.0
    while time.monotonic() < end_s:
        if time.monotonic() >= cut_s:
            station_link.cut()
            cut_s = time.monotonic() + 0.5
        scanned.append(label(len(scanned) + 1))
        scan_each(rig, scanned[-1:])
        pause.wait(0.03)
    wait_confirmed(rig)
    check_books(rig, scanned)


@pytest.mark.slow
def test_a_stalled_link_goes_on_where_it_was(rig: Rig, station_link: FaultProxy) -> None:
    """Bytes held back for half a minute and then delivered late double nothing."""
    rig.start_all()
    rig.tap()
    wait_confirmed(rig)
    station_link.stall()
    scan_each(rig, labels(1, 5))
    wait_until(lambda: not running(rig)["broker"]["connected"], "it is noticed", STALLED_S)
    scan_each(rig, labels(6, 8))
    station_link.heal()
    wait_confirmed(rig)
    check_books(rig, labels(1, 8))


@pytest.mark.slow
def test_killed_in_a_black_hole_it_sends_all_when_it_is_left(
    rig: Rig, station_link: FaultProxy
) -> None:
    """Bytes vanish, the agent is killed before it can notice and started into the same hole: when
    the link heals everything of both lives is at the hub, each once."""
    change(rig, ('path = "ledger.db"', 'path = "ledger.db"\nkeep_events = 0'))
    rig.start_all()
    rig.tap()
    scan_each(rig, labels(1, 3))
    wait_confirmed(rig)
    station_link.swallow("up", "down")
    scan_each(rig, labels(4, 8))
    rig.agent.kill()
    rig.agent.start()
    rig.wait_ready()
    scan_each(rig, labels(9, 12))
    told = running(rig)
    assert not told["broker"]["connected"]
    assert told["backlog"] >= 9
    station_link.heal()
    wait_confirmed(rig)
    check_books(rig, labels(1, 12))
