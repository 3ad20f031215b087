"""What the kernel says of a running process: CPU time to the nanosecond, and memory.

``utime`` in ``/proc`` counts ticks of 10 ms, too coarse for an idle agent; the process's CPU clock
and ``schedstat`` are exact.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

_CPUCLOCK_SCHED = 2
"""The scheduler's clock of a process, as ``clock_getcpuclockid`` builds its number on Linux."""


def cpu_s(pid: int) -> float:
    """CPU seconds of all its threads so far, ended ones included."""
    return time.clock_gettime((~pid << 3) | _CPUCLOCK_SCHED)


def thread_cpu_s(pid: int) -> dict[str, float]:
    """CPU seconds of the threads that live now, by their names (threads of one name together)."""
    spent: dict[str, float] = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text(encoding="utf-8").strip()
        on_cpu_ns = int((task / "schedstat").read_text(encoding="ascii").split()[0])
        spent[name] = spent.get(name, 0.0) + on_cpu_ns / 1e9
    return spent


def rss_mb(pid: int) -> float:
    """Resident memory now."""
    return _field_mb(Path(f"/proc/{pid}/status"), "VmRSS")


def peak_mb(pid: int) -> float:
    """The most that was ever resident."""
    return _field_mb(Path(f"/proc/{pid}/status"), "VmHWM")


def pss_mb(pid: int) -> float:
    """Resident memory, with what is shared with others counted in proportion."""
    return _field_mb(Path(f"/proc/{pid}/smaps_rollup"), "Pss")


def load() -> str:
    """How busy the whole machine is and was: 1, 5 and 15 minutes, and its cores."""
    return "load {:.1f} {:.1f} {:.1f}".format(*os.getloadavg()) + f" on {os.cpu_count()} cores"


def _field_mb(file: Path, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB", file.read_text(encoding="ascii"), re.MULTILINE)
    assert found, f"{file} has no {name}"
    return int(found[1]) / 1024
