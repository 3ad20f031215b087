"""How fast and how heavy: latency and processor time at a steady rate, then a flood."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from peers.bench import Bench
from peers.books import percentile
from peers.processes import Processes

LOOKS_EVERY_S = 0.1


def speed(bench: Bench) -> dict[str, Any]:
    """Latency and flood, one after the other with the same processes."""
    idle_mb = bench.peer.processes.resident_mb()
    steady = _steady(bench)
    with _peak(bench.peer.processes) as peak_mb:
        flood = _flood(bench)
    return {
        **steady,
        **flood,
        "idle_mb": idle_mb,
        "peak_mb": max(idle_mb, *peak_mb),
        **bench.books(),
    }


def _steady(bench: Bench) -> dict[str, Any]:
    cpu_s = bench.peer.processes.cpu_s()
    numbers = bench.pace(bench.sizes.latency_s)
    bench.drain(limit_s=30)
    used_s = bench.peer.processes.cpu_s() - cpu_s
    sent_ns = bench.peer.sent_ns
    result = _percentiles("", numbers, sent_ns, bench.collector.first_ns)
    result |= _percentiles("light_", numbers, sent_ns, bench.peer.light_ns)
    return {**result, "cpu_ms_per_event": used_s * 1000 / len(numbers)}


def _flood(bench: Bench) -> dict[str, Any]:
    began_s = time.monotonic()
    cpu_s = bench.peer.processes.cpu_s()
    numbers = bench.flood(bench.sizes.flood)
    taken_s = time.monotonic() - began_s
    bench.drain()
    came = sum(number in bench.collector.first_ns for number in numbers)
    used_s = bench.peer.processes.cpu_s() - cpu_s
    return {
        "flood": len(numbers),
        "flood_taken_s": taken_s,
        "flood_per_s": came / (bench.collector.last_s - began_s),
        "flood_cpu_ms_per_event": used_s * 1000 / max(1, came),
    }


def _percentiles(
    prefix: str, numbers: Iterable[int], sent_ns: Mapping[int, int], came_ns: Mapping[int, int]
) -> dict[str, float]:
    took_ms = [(came_ns[n] - sent_ns[n]) / 1e6 for n in numbers if n in came_ns]
    if not took_ms:
        return {}
    return {
        f"{prefix}p50_ms": percentile(took_ms, 0.5),
        f"{prefix}p99_ms": percentile(took_ms, 0.99),
    }


@contextmanager
def _peak(processes: Processes) -> Iterator[list[float]]:
    """Looks at the memory all the while; what it saw."""
    seen_mb = [processes.resident_mb()]
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(LOOKS_EVERY_S):
            seen_mb.append(processes.resident_mb())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen_mb
    finally:
        stop.set()
        thread.join()
