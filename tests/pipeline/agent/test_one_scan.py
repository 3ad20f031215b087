"""One scan from the bytes of a reader to the hub, with every part real."""

from __future__ import annotations

import json
import signal

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from rig import BADGE, OTHER_BADGE, Rig, events_of
from running import wait_until


def test_the_day_of_an_operator(rig: Rig) -> None:
    """Badge, bundle, double scan, wrong label and no badge each get their own answer."""
    rig.start_all()
    assert rig.scan("B000001")["reason"] == "no_operator"
    assert rig.tap("FFFFFFFFFF")["reason"] == "unknown_badge"
    assert rig.tap()["reason"] == "signed_in"
    first = rig.scan("B000001")
    assert (first["outcome"], first["operator"], first["pieces"]) == ("ok", "E1", 12)
    assert rig.scan("5901234123457")["reason"] == "unknown_code"
    assert rig.scan("B999999")["reason"] == "unknown_bundle"
    assert rig.tap(OTHER_BADGE)["operator"] == "E2"
    assert rig.scan("B000001-OP310")["reason"] == "already_done"
    assert rig.scan("B000002-OP310")["operator"] == "E2"
    rig.wait_drained()
    assert rig.agent.terminate() == 0
    ledger = rig.ledger()
    assert rig.committed()[: len(ledger) - 1] == ledger[:-1]
    refused = [event.text("reason") for event in ledger if event.type == "scan.refused"]
    assert refused == [
        "no_operator",
        "unknown_badge",
        "unknown_code",
        "unknown_bundle",
        "already_done",
    ]


def test_the_commands_print_what_is_there(rig: Rig) -> None:
    """`status`, `ledger tail` and the hub's `export` give what socket, ledger and store hold."""
    rig.start_all()
    rig.tap()
    rig.scan("B000001")
    rig.wait_drained()
    station, hub = ("--config", str(rig.station_file)), ("--config", str(rig.hub_file))
    told = json.loads(rig.run("bartack", "status", "--json", *station))
    assert (told["head"], told["acked"], told["operator"]) == (
        rig.status()["head"],
        told["head"],
        "E1",
    )
    ledger = rig.ledger()
    assert (
        events_of(rig.run("bartack", "ledger", "tail", "-n", "100", "--json", *station)) == ledger
    )
    assert events_of(rig.run("bartack-hub", "export", "--format", "jsonl", *hub)) == ledger


def test_green_is_on_disk(rig: Rig) -> None:
    """The agent killed right after a green light has the event in its ledger."""
    rig.start_all()
    rig.tap()
    light = rig.scan("B000001")
    rig.agent.kill()
    events = {(event.log, event.seq): event for event in rig.ledger()}
    event = events[light["log"], light["seq"]]
    assert (event.type, event.text("bundle"), event.number("pieces")) == (
        "work.done",
        "B000001",
        12,
    )


def test_the_network_never_delays_an_operator(rig: Rig) -> None:
    """With broker and hub gone scans stay green, and arrive when both are back."""
    rig.start_all()
    rig.tap()
    rig.hub.kill()
    rig.broker.kill()
    greens = [rig.scan(f"B{number:06d}") for number in range(1, 6)]
    assert {light["outcome"] for light in greens} == {"ok"}
    assert rig.status()["backlog"] >= 5
    rig.broker.start()
    rig.hub.start()
    rig.wait_drained()
    committed = {(event.log, event.seq) for event in rig.committed()}
    assert {(light["log"], light["seq"]) for light in greens} <= committed


def test_a_station_works_alone_after_a_restart(rig: Rig) -> None:
    """Session, credits and reference data are kept over a kill, with no network to help."""
    rig.start_all()
    rig.tap()
    rig.scan("B000001")
    for process in (rig.hub, rig.broker, rig.agent):
        process.kill()
    rig.agent.start()
    rig.wait_ready()
    assert rig.scan("B000001")["reason"] == "already_done"
    assert rig.scan("B000002")["operator"] == "E1"


def test_a_reader_lost_and_back_goes_on(rig: Rig) -> None:
    """A cable pulled in the middle of a frame costs that frame and nothing else."""
    rig.start_all()
    rig.tap()
    rig.scanner.port.send(b"B0000")
    rig.scanner.port.unplug()
    wait_until(lambda: rig.status()["readers"][1]["state"] == "down", "the reader reported down")
    rig.scanner.port.plug()
    rig.wait_ready()
    assert rig.scan("B000003")["bundle"] == "B000003"
    types = [event.type for event in rig.ledger()]
    assert types.index("reader.lost") < types.index("reader.back") < types.index("work.done")
    labels = [event.text("label") for event in rig.ledger() if event.type == "scan.refused"]
    assert labels == []


def test_noise_on_the_line_is_counted_and_harmless(rig: Rig) -> None:
    """Noise, a truncated frame, an endless line and bytes that are not text change no count."""
    rig.start_all()
    rig.badge.port.send(b"\x02" + BADGE.encode() + b"FF\x03" * 2)
    rig.badge.port.send(bytes(range(256)))
    rig.tap()
    rig.scanner.port.send(b"\xff\xfe\x80\x81\r")
    rig.scanner.port.send(b"x" * 2000)
    rig.scanner.port.send(b"\r")
    light = rig.next_light(lambda: rig.scanner.scan("B000001"))
    while light["bundle"] is None:
        light = rig.lights()[rig.lights().index(light) + 1]
    assert (light["outcome"], light["bundle"]) == ("ok", "B000001")
    done = [event for event in rig.ledger() if event.type == "work.done"]
    assert len(done) == 1

    def discarded(name: str) -> int:
        reader = next(it for it in rig.status()["readers"] if it["name"] == name)
        return int(reader["bad"] + reader["discarded"])

    wait_until(lambda: discarded("badge") > 0, "the noise before the badge counted")
    wait_until(lambda: discarded("scanner") >= 2000, "the endless line counted")


def test_the_status_topic_tells_of_a_death(rig: Rig) -> None:
    """Whoever watches the broker sees the station online, and offline once it was killed."""
    rig.start_all()
    seen: list[bool] = []
    watcher = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    watcher.on_message = lambda _c, _u, message: seen.append(json.loads(message.payload)["online"])
    watcher.connect("127.0.0.1", rig.port)
    watcher.subscribe("bartack/v1/dhk1/l03/st07/status", 1)
    watcher.loop_start()
    wait_until(lambda: seen and seen[-1], "online")
    rig.agent.kill()
    wait_until(lambda: not seen[-1], "offline")
    rig.agent.start()
    wait_until(lambda: seen[-1], "online again")
    watcher.loop_stop()


def test_the_end_of_a_shift_is_orderly(rig: Rig) -> None:
    """SIGTERM writes agent.stopped, tells the broker and leaves with 0 in a few seconds."""
    rig.start_all()
    rig.agent.send(signal.SIGTERM)
    assert rig.agent.wait(timeout_s=10) == 0
    assert [event.type for event in rig.ledger()] == ["agent.started", "agent.stopped"]
    assert not (rig.folder / "agent.sock").exists()
