"""What a waiting agent takes, and what an event costs: CPU and memory.

An agent with two serial readers, connected to broker and hub, is left alone for a minute; in the
same minute an interpreter that has imported the same libraries sleeps. Then scans go through at 20
a second. CPU time is read to the nanosecond, by thread. Goals: memory at most 1.35 times that of
the interpreter, 0.5 % of a core when idle, 1.5 ms CPU an event.

    .venv/bin/python bench/idle.py [--seconds 60] [--scans 600] [--folder DIR]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from bartack_sim.broker import find_mosquitto
from pacing import Lights, paced
from percentiles import heading, row
from readings import cpu_s, load, pss_mb, rss_mb, thread_cpu_s
from rig import Rig
from running import Process

LIBRARIES = (
    "click",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "immutables",
    "paho.mqtt.client",
    "pydantic",
    "serial",
    "sqlite3",
    "sqlite_utils",
    "structlog",
)
"""What the agent depends on (pyproject.toml) and SQLite."""

PACE = 20.0
SETTLE_S = 10.0


def interpreter() -> subprocess.Popen[bytes]:
    """A Python that has the libraries and does nothing."""
    program = f"import time, {', '.join(LIBRARIES)}; time.sleep(1e6)"
    return subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.DEVNULL)


def tell_threads(
    before: dict[str, float], after: dict[str, float], share: float, unit: str
) -> None:
    """The threads' CPU seconds between two readings, times ``share``."""
    spent = {name: after[name] - before.get(name, 0.0) for name in after}
    for name, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        print(f"  {name:20}{seconds * share:9.3f} {unit}")


def idle(pid: int, seconds: float) -> float:
    """CPU seconds a second of an agent that nobody uses."""
    threads, spent_s = thread_cpu_s(pid), cpu_s(pid)
    began_s = time.perf_counter()
    time.sleep(seconds)
    took_s = time.perf_counter() - began_s
    each_s = (cpu_s(pid) - spent_s) / took_s
    print(f"idle for {took_s:.0f} s: {each_s * 100:.2f} % of a core")
    tell_threads(threads, thread_cpu_s(pid), 100 / took_s, "%")
    return each_s


def busy(rig: Rig, scans: int, idle_each_s: float) -> None:
    """CPU of an event at a steady pace, with and without what the agent takes anyway."""
    pid = rig.agent.pid
    rig.tap()
    bundles = [f"B{number:06d}" for number in range(1, scans + 1)]
    threads, spent_s = thread_cpu_s(pid), cpu_s(pid)
    began_s = time.perf_counter()
    with Lights(rig.folder / "lights.jsonl") as lights:
        waits = paced(lambda b: rig.scanner.port.send(b.encode() + b"\r"), bundles, PACE, lights)
    took_s = time.perf_counter() - began_s
    spent_s = cpu_s(pid) - spent_s
    net_s = spent_s - idle_each_s * took_s
    print(heading(f"{scans} scans at {PACE:.0f}/s"))
    print(row("scan to light", waits.answered_s))
    print(
        f"CPU {spent_s / scans * 1000:.2f} ms an event, {net_s / scans * 1000:.2f} without idling"
    )
    tell_threads(threads, thread_cpu_s(pid), 1000 / scans, "ms an event")


def tell_memory(agent: int, bare: int) -> None:
    print(f"{'':20}{'RSS MB':>9}{'PSS MB':>9}")
    for name, pid in (("agent", agent), ("bare interpreter", bare)):
        print(f"{name:20}{rss_mb(pid):9.1f}{pss_mb(pid):9.1f}")
    ratios = rss_mb(agent) / rss_mb(bare), pss_mb(agent) / pss_mb(bare)
    print(f"{'ratio':20}{ratios[0]:9.2f}{ratios[1]:9.2f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=60.0, help="of idling")
    options.add_argument("--scans", type=int, default=600)
    options.add_argument("--folder", type=Path, help="where the ledger lies")
    chosen = options.parse_args()
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    print(load())
    bare = interpreter()
    try:
        with (
            tempfile.TemporaryDirectory(dir=chosen.folder) as folder,
            Rig(Path(folder), Path(mosquitto)) as rig,
        ):
            agent = Path(__file__).with_name("named_agent.py")
            command = [sys.executable, str(agent), "run", "--config", str(rig.station_file)]
            rig.agent = Process(command, rig.folder / "agent.log")
            rig.start_all(chosen.scans)
            time.sleep(SETTLE_S)
            each_s = idle(rig.agent.pid, chosen.seconds)
            tell_memory(rig.agent.pid, bare.pid)
            busy(rig, chosen.scans, each_s)
            print(f"memory of the agent afterwards {rss_mb(rig.agent.pid):.1f} MB")
    finally:
        bare.kill()
        bare.wait()


if __name__ == "__main__":
    main()
