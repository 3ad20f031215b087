"""Memory over three days without a broker, in a minute: it must not grow with what is kept.

A scan every 10 s for three days of ten hours, as fast as the agent takes them, a few at a time.
Once with refused scans, which leave nothing behind in memory, and once with credited bundles, whose
credits are held in memory by intent: they may find room that loading the bundles left free, so what
one takes is told by ``big_backlog``. Goal: after the first hour's worth, resident memory stays
within 10 %. What would grow with time and not with events, such as a connection that is tried for
ever, is not seen here.

    .venv/bin/python bench/long_outage.py [--hours 30] [--folder DIR]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from bartack_sim.broker import find_mosquitto
from pacing import Lights
from readings import load, rss_mb
from rig import Rig

SCANS_PER_HOUR = 360
IN_FLIGHT = 5
STUCK_S = 30.0
ROWS_EVERY_H = 6


def feed(rig: Rig, labels: Sequence[str], lights: Lights) -> None:
    """Scan the labels, at most ``IN_FLIGHT`` of them without a light."""
    start = lights.count
    deadline_s = time.perf_counter() + STUCK_S
    for number, label in enumerate(labels):
        while number - (lights.count - start) >= IN_FLIGHT:
            assert time.perf_counter() < deadline_s, f"no light for {STUCK_S} s at {label}"
            time.sleep(0.0005)
        rig.scanner.port.send(label.encode() + b"\r")
        deadline_s = time.perf_counter() + STUCK_S
    while lights.count - start < len(labels):
        assert time.perf_counter() < deadline_s, f"no light for {STUCK_S} s at the end"
        time.sleep(0.0005)


def outage(rig: Rig, prefix: str, hours: int, bundles: int) -> list[float]:
    """Resident MB after each hour's worth of scans whose labels begin with ``prefix``."""
    rig.start_all(bundles)
    rig.tap()
    for process in (rig.hub, rig.broker):
        process.terminate()
    memory_mb = []
    with Lights(rig.folder / "lights.jsonl") as lights:
        time.sleep(0.1)
        for hour in range(hours):
            first = hour * SCANS_PER_HOUR + 1
            labels = [f"{prefix}{n:06d}" for n in range(first, first + SCANS_PER_HOUR)]
            feed(rig, labels, lights)
            memory_mb.append(rss_mb(rig.agent.pid))
    return memory_mb


def tell(name: str, memory_mb: Sequence[float], backlog: object) -> None:
    shown = [*range(0, len(memory_mb), ROWS_EVERY_H), len(memory_mb) - 1]
    rows = ", ".join(f"{hour + 1} h {memory_mb[hour]:.1f}" for hour in dict.fromkeys(shown))
    grown_mb = max(memory_mb) - memory_mb[0]
    each_kb = grown_mb * 1024 / ((len(memory_mb) - 1) * SCANS_PER_HOUR / 1000)
    print(f"{name}: {backlog} events unsent")
    print(f"  resident MB after {rows}")
    print(f"  grown after the first hour {grown_mb / memory_mb[0] * 100:.1f} % ({grown_mb:.2f} MB)")
    print(f"  {each_kb:.0f} kB for 1,000 scans")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--hours", type=int, default=30, help="of work, 360 scans each")
    options.add_argument("--folder", type=Path, help="where the ledger lies")
    chosen = options.parse_args()
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    print(load())
    scans = chosen.hours * SCANS_PER_HOUR
    for name, prefix, bundles in (("refused scans", "X", 5), ("credited bundles", "B", scans)):
        with (
            tempfile.TemporaryDirectory(dir=chosen.folder) as folder,
            Rig(Path(folder), Path(mosquitto)) as rig,
        ):
            memory_mb = outage(rig, prefix, chosen.hours, bundles)
            tell(name, memory_mb, rig.status()["backlog"])


if __name__ == "__main__":
    main()
