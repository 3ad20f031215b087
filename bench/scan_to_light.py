"""How long an operator waits for the light: from the last byte of a scan to the console's line.

Paced scans go through a real agent on a PTY; between them, in the same run and on the same disk, a
bare 300-byte append with fdatasync is timed. The ratio of the two is what the agent adds to what
durability costs by itself. Beside them stands the least that any program in Python can do with a
scan: read the line from a PTY, append it with fdatasync, write the answer. Run alone on the
machine:

    .venv/bin/python bench/scan_to_light.py [--scans 300] [--gap 0.05] [--folder DIR]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from bare_sync import fdatasync_s, open_file
from bartack_sim.broker import find_mosquitto
from bartack_sim.devices.pty import Port
from light_pipe import LightPipe
from percentiles import heading, percentile, row
from readings import rss_mb
from rig import BADGE, Rig
from running import wait_until


def waited_s(port: Port, lights: LightPipe, label: str) -> float:
    """Seconds from the scan's last byte to its green light."""
    began_s = time.perf_counter()
    port.send(label.encode() + b"\r")
    came_s, light = lights.wait()
    assert light["outcome"] == "ok", light
    return came_s - began_s


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--scans", type=int, default=300)
    options.add_argument("--gap", type=float, default=0.05, help="seconds between scans")
    options.add_argument("--folder", type=Path, help="on the disk to measure")
    chosen = options.parse_args()
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    with (
        tempfile.TemporaryDirectory(dir=chosen.folder) as name,
        Rig(Path(name), Path(mosquitto)) as rig,
        LightPipe(Path(name) / "lights.jsonl") as lights,
        LightPipe(Path(name) / "bare-lights") as bare_lights,
        Port(Path(name) / "bare-port") as bare_port,
    ):
        rig.start_all(chosen.scans)
        rig.badge.tap(BADGE, 0.3)
        lights.wait()
        bare = start_bare(Path(name))
        wait_until(lambda: bare_port.listened, "the bare loop listens")
        agent_s, bare_s, syncs_s = [], [], []
        file = open_file(Path(name) / "bare")
        for number in range(1, chosen.scans + 1):
            agent_s.append(waited_s(rig.scanner.port, lights, f"B{number:06d}"))
            time.sleep(chosen.gap / 3)
            syncs_s.append(fdatasync_s(file))
            time.sleep(chosen.gap / 3)
            bare_s.append(waited_s(bare_port, bare_lights, f"B{number:06d}"))
            time.sleep(chosen.gap / 3)
        memory_mb = rss_mb(rig.agent.pid)
        bare.kill()
        bare.wait()
    print(heading(f"{chosen.scans} scans"))
    print(row("scan to light", agent_s))
    print(row("the same, bare loop", bare_s))
    print(row("append and fdatasync", syncs_s))
    for what, other_s in (("fdatasync", syncs_s), ("the bare loop", bare_s)):
        ratios = (percentile(agent_s, share) / percentile(other_s, share) for share in (0.5, 0.99))
        print(f"{'ratio to ' + what:32}" + "".join(f"{ratio:10.1f}" for ratio in ratios))
    print(f"resident memory of the agent {memory_mb:.0f} MB")


def start_bare(folder: Path) -> subprocess.Popen[bytes]:
    """The least program: a line from the port, on disk, answered."""
    names = (folder / name for name in ("bare-port", "bare-events", "bare-lights"))
    return subprocess.Popen([sys.executable, "-c", _BARE, *map(str, names)])


_BARE = """
import os, select, sys, tty
port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
tty.setraw(port)
file = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
lights = os.open(sys.argv[3], os.O_WRONLY)
line = b""
while True:
    select.select([port], [], [])
    line += os.read(port, 4096)
    if line.endswith(b"\\r"):
        os.write(file, line.rjust(300))
        os.fdatasync(file)
        os.write(lights, b'{"outcome":"ok"}\\n')
        line = b""
"""


if __name__ == "__main__":
    main()
