"""How fast a backlog drains: ledger to hub, committed and confirmed, beside a bare publish loop.

A station wakes up with many unsent events; broker, agent and hub are real. In the same run a bare
paho client publishes as many messages of one event's size at QoS 1, a window of 100 in flight.
Live scans go on meanwhile, twenty a second, and how long each waits for its light stands beside an
append with fdatasync between them. Run alone on the machine:

    .venv/bin/python bench/drain.py [--events 100000]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from backlog import fill_refused
from bare_sync import fdatasync_s, open_file
from bartack.status import ask
from bartack_sim.broker import find_mosquitto
from light_pipe import LightPipe
from percentiles import heading, percentile, row
from rig import Rig
from running import wait_until

WINDOW = 100
GAP_S = 0.05
"""Between live scans."""


def bare_loop(port: int, messages: int, size_bytes: int) -> float:
    """Messages a second of a plain client that keeps ``WINDOW`` in flight."""
    free = threading.Semaphore(WINDOW)
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.max_inflight_messages_set(1000)
    client.on_publish = lambda *_: free.release()
    client.connect("127.0.0.1", port)
    client.loop_start()
    payload = b"x" * size_bytes
    began_s = time.perf_counter()
    for _ in range(messages):
        free.acquire()
        client.publish("bench/bare", payload, qos=1)
    for _ in range(WINDOW):
        free.acquire()
    took_s = time.perf_counter() - began_s
    client.disconnect()
    client.loop_stop()
    return messages / took_s


def drain(rig: Rig, lights: LightPipe) -> tuple[float, list[float], list[float]]:
    """Events a second that the hub confirmed, waits for lights, and for fdatasync."""
    bare = open_file(rig.folder / "bare")
    socket = rig.folder / "agent.sock"
    waits_s: list[float] = []
    syncs_s: list[float] = []
    rig.agent.start()
    rig.wait_ready()
    began_s = time.perf_counter()
    start = confirmed(socket)
    while backlog(socket) > 1:
        scanned_s = time.perf_counter()
        rig.scanner.port.send(f"LIVE{len(waits_s):04d}\r".encode())
        waits_s.append(lights.wait()[0] - scanned_s)
        time.sleep(GAP_S / 2)
        syncs_s.append(fdatasync_s(bare))
        time.sleep(GAP_S / 2)
    took_s = time.perf_counter() - began_s
    os.close(bare)
    return (confirmed(socket) - start) / took_s, waits_s, syncs_s


def confirmed(socket: Path) -> int:
    return int(str(ask(socket)["acked"]))


def backlog(socket: Path) -> int:
    return int(str(ask(socket)["backlog"]))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=100_000)
    events = options.parse_args().events
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    with (
        tempfile.TemporaryDirectory() as folder,
        Rig(Path(folder), Path(mosquitto)) as rig,
        LightPipe(Path(folder) / "lights.jsonl") as lights,
    ):
        size_bytes = fill_refused(rig.station_file, events)
        rig.import_reference(5)
        rig.broker.start()
        rig.hub.start()
        wait_until(lambda: "broker_up" in rig.hub.log.read_text(), "the hub is there")
        bare = bare_loop(rig.port, min(events, 30_000), size_bytes)
        rate, waits_s, syncs_s = drain(rig, lights)
    print(f"{events} events of {size_bytes} bytes")
    print(f"committed and confirmed {rate:9.0f} events/s")
    print(f"bare publish loop       {bare:9.0f} messages/s")
    print(f"ratio                   {rate / bare:9.2f}")
    print(heading("meanwhile"))
    print(row("scan to light", waits_s))
    print(row("append and fdatasync", syncs_s))
    ratios = (percentile(waits_s, share) / percentile(syncs_s, share) for share in (0.5, 0.99))
    print(f"{'ratio':32}" + "".join(f"{ratio:10.1f}" for ratio in ratios))


if __name__ == "__main__":
    main()
