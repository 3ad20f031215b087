"""How long an operator waits for the light: from the last byte of a scan to the console's line.

Paced scans go through a real agent on a PTY; between them, in the same run and on the same disk, a
bare 300-byte append with fdatasync is timed. The ratio of the two is what the agent adds to what
durability costs by itself. Run alone on the machine:

    .venv/bin/python bench/scan_to_light.py [--scans 200] [--gap 0.05] [--folder DIR]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from bare_sync import fdatasync_s, open_file
from bartack_sim.broker import find_mosquitto
from percentiles import percentile
from readings import rss_mb
from rig import Rig


def light_s(rig: Rig, lights: Path, label: str) -> float:
    """Seconds from the scan's last byte to the new line in the console file."""
    size = lights.stat().st_size
    began_s = time.perf_counter()
    rig.scanner.port.send(label.encode() + b"\r")
    while lights.stat().st_size == size:
        os.sched_yield()
    return time.perf_counter() - began_s


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--scans", type=int, default=200)
    options.add_argument("--gap", type=float, default=0.05, help="seconds between scans")
    options.add_argument("--folder", type=Path, help="on the disk to measure")
    chosen = options.parse_args()
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    with (
        tempfile.TemporaryDirectory(dir=chosen.folder) as folder,
        Rig(Path(folder), Path(mosquitto)) as rig,
    ):
        rig.start_all(chosen.scans)
        rig.tap()
        bare = open_file(Path(folder) / "bare")
        waits: list[float] = []
        syncs: list[float] = []
        for number in range(1, chosen.scans + 1):
            waits.append(light_s(rig, Path(folder) / "lights.jsonl", f"B{number:06d}"))
            time.sleep(chosen.gap / 2)
            syncs.append(fdatasync_s(bare))
            time.sleep(chosen.gap / 2)
        os.close(bare)
        memory_mb = rss_mb(rig.agent.pid)
        greens = sum(light["outcome"] == "ok" for light in rig.lights())
    print(f"scans {chosen.scans}, green {greens}")
    print(f"{'':24}{'p50 ms':>9}{'p99 ms':>9}")
    for name, values in (("scan to light", waits), ("append and fdatasync", syncs)):
        p50, p99 = statistics.median(values), percentile(values, 0.99)
        print(f"{name:24}{p50 * 1000:9.2f}{p99 * 1000:9.2f}")
    ratios = [
        statistics.median(waits) / statistics.median(syncs),
        percentile(waits, 0.99) / percentile(syncs, 0.99),
    ]
    print(f"{'ratio':24}{ratios[0]:9.1f}{ratios[1]:9.1f}")
    print(f"resident memory of the agent {memory_mb:.0f} MB")


if __name__ == "__main__":
    main()
