"""How fast a backlog drains: ledger to hub, committed and confirmed, beside a bare publish loop.

A station wakes up with many unsent events; broker, agent and hub are real. In the same run a bare
paho client publishes as many messages of one event's size at QoS 1, a window of 100 in flight.
Live scans go on meanwhile, and the time from scan to light is told. Run alone on the machine:

    .venv/bin/python bench/drain.py [--events 20000]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from backlog import fill_refused
from bartack_sim.broker import find_mosquitto
from rig import Rig, wait_until

WINDOW = 100


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


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=20_000)
    events = options.parse_args().events
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    with tempfile.TemporaryDirectory() as folder, Rig(Path(folder), Path(mosquitto)) as rig:
        size_bytes = fill_refused(rig.station_file, events)
        rig.import_reference(5)
        rig.broker.start()
        rig.hub.start()
        wait_until(lambda: "broker_up" in rig.hub.log.read_text(), "the hub is there")
        bare = bare_loop(rig.port, events, size_bytes)
        rig.agent.start()
        rig.wait_ready()
        began_s = time.perf_counter()
        lights_s: list[float] = []
        while rig.status()["backlog"] > 1:
            scanned_s = time.perf_counter()
            rig.scan(f"LIVE{len(lights_s):04d}")
            lights_s.append(time.perf_counter() - scanned_s)
        took_s = time.perf_counter() - began_s
    print(f"{events} events of {size_bytes} bytes in {took_s:.1f} s")
    print(f"committed and confirmed {events / took_s:9.0f} events/s")
    print(f"bare publish loop       {bare:9.0f} messages/s")
    print(f"ratio                   {events / took_s / bare:9.2f}")
    if lights_s:
        print(
            f"scan to light meanwhile {statistics.median(lights_s) * 1000:9.1f} ms (seen every 20)"
        )


if __name__ == "__main__":
    main()
