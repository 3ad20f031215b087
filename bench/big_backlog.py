"""A start with a million unsent events: how soon an operator can work, and in how much memory.

Broker, hub and agent are real; the ledger is filled beforehand by the agent's own rules. At each
start a scan is sent until it gets its light; then the backlog drains for a while under scans at 2 a
second. First with an almost empty ledger, for comparison; then with a million refused scans, which
credit nobody; then with 100,000 credited bundles more, because credits are held in memory. Goals:
the first green light within 1 s, memory below 150 MB, and ``verify`` and ``status`` work.

    .venv/bin/python bench/big_backlog.py [--events 1000000] [--credited 100000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import os
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from backlog import fill_credited, fill_refused
from bartack_sim.broker import find_mosquitto
from pacing import Lights, paced
from percentiles import heading, row
from readings import load, peak_mb, rss_mb
from rig import Rig
from running import COMMANDS

FIRST_LIGHT_MOST_S = 60.0
AGAIN_S = 0.02
PACE = 2.0
DRAIN_S = 15.0

_T = TypeVar("_T")


def timed(work: Callable[[], _T]) -> tuple[float, _T]:
    began_s = time.perf_counter()
    result = work()
    return time.perf_counter() - began_s, result


def hear_ready(listener: socket.socket, heard: queue.SimpleQueue[float]) -> None:
    """Note whenever an agent tells systemd that it is ready; there for as long as agents run."""
    while True:
        if listener.recv(100) == b"READY=1":
            heard.put(time.perf_counter())


def start(rig: Rig, name: str, bundle: str, heard: queue.SimpleQueue[float]) -> float:
    """Start the agent and scan at once; a scan before the port is open is lost, as on a wire.

    Returns the resident MB at the first light.
    """
    with Lights(rig.folder / "lights.jsonl") as lights:
        began_s = time.perf_counter()
        rig.agent.start()
        while not rig.scanner.port.listened:
            time.sleep(0.001)
        opened_s = time.perf_counter()
        while bundle not in lights.seen and time.perf_counter() - began_s < FIRST_LIGHT_MOST_S:
            rig.scanner.port.send(bundle.encode() + b"\r")
            time.sleep(AGAIN_S)
        light_s, outcome = lights.seen[bundle]
    ready_s = heard.get(timeout=FIRST_LIGHT_MOST_S)
    print(name)
    print(f"  ready after             {ready_s - began_s:8.2f} s")
    print(f"  readers open after      {opened_s - began_s:8.2f} s")
    print(f"  first light ({outcome}) after {light_s - began_s:8.2f} s")
    print(f"  of that since the open  {light_s - opened_s:8.3f} s")
    memory_mb = rss_mb(rig.agent.pid)
    print(f"  memory at the light     {memory_mb:8.0f} MB")
    return memory_mb


def drain(rig: Rig, bundles: list[str]) -> None:
    """Let it drain under a few live scans, and look at memory and status meanwhile."""
    acked = int(rig.status()["acked"])
    began_s = time.perf_counter()
    with Lights(rig.folder / "lights.jsonl") as lights:
        waits = paced(lambda b: rig.scanner.port.send(b.encode() + b"\r"), bundles, PACE, lights)
    took_s = time.perf_counter() - began_s
    asked_s, status = timed(rig.status)
    print(f"  confirmed meanwhile     {int(status['acked']) - acked:8} in {took_s:.0f} s")
    print(f"  left to send            {status['backlog']:8}")
    print(f"  status answers in       {asked_s:8.2f} s")
    print(f"  peak memory             {peak_mb(rig.agent.pid):8.0f} MB")
    print("  " + heading(""))
    print("  " + row("scan to light meanwhile", waits.answered_s))


def verify(rig: Rig) -> None:
    """``bartack ledger verify`` of the whole chain, while the agent runs."""
    command = [str(COMMANDS / "bartack"), "ledger", "verify", "--config", str(rig.station_file)]
    took_s, done = timed(lambda: subprocess.run(command, capture_output=True, text=True))
    print(f"  verify took             {took_s:8.1f} s: {(done.stdout + done.stderr).strip()}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--events", type=int, default=1_000_000, help="refused scans")
    options.add_argument("--credited", type=int, default=100_000, help="credited bundles after")
    options.add_argument("--folder", type=Path, help="where the ledger lies")
    chosen = options.parse_args()
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    live = int(DRAIN_S * PACE)
    bundles = iter(f"B{number:06d}" for number in range(1, 3 * (live + 1) + 1))
    print(load())
    with (
        tempfile.TemporaryDirectory(dir=chosen.folder) as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener,
        Rig(Path(folder), Path(mosquitto)) as rig,
    ):
        rig.start_all(3 * (live + 1))
        rig.tap()
        rig.agent.terminate()
        os.environ["NOTIFY_SOCKET"] = str(Path(folder) / "notify.sock")
        listener.bind(os.environ["NOTIFY_SOCKET"])
        heard: queue.SimpleQueue[float] = queue.SimpleQueue()
        threading.Thread(target=hear_ready, args=(listener, heard), daemon=True).start()
        memory_mb: list[float] = []
        for name, fill, events in (
            ("almost empty", None, 0),
            (f"{chosen.events} unsent refused scans", fill_refused, chosen.events),
            (f"{chosen.credited} unsent credited bundles more", fill_credited, chosen.credited),
        ):
            if fill is not None:
                fill_s, _ = timed(partial(fill, rig.station_file, events))
                size_mb = (Path(folder) / "ledger.db").stat().st_size / 1024**2
                print(f"filled in {fill_s:.0f} s; the ledger has {size_mb:.0f} MB")
            memory_mb.append(start(rig, name, next(bundles), heard))
            drain(rig, [next(bundles) for _ in range(live)])
            if fill is fill_refused:
                verify(rig)
            ended_s, code = timed(rig.agent.terminate)
            print(f"  ended with {code} after     {ended_s:8.2f} s")
    credit_bytes = (memory_mb[2] - memory_mb[1]) * 1024**2 / chosen.credited
    print(f"so a credit takes {credit_bytes:.0f} bytes of memory")


if __name__ == "__main__":
    main()
