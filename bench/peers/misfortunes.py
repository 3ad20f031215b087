"""The script of faults, the same for every peer: what is lost, comes twice, comes out of order."""

from __future__ import annotations

import time
from typing import Any

from peers.bench import PER_S, Bench

BEFORE_S = 5.0
AFTER_S = 5.0
OFFLINE_S = 10.0
PLUG_AFTER_S = 2.0
"""Between the last event and the cut: nobody could call that too short."""
KILL_AT_SHARE = 0.3


def outage(bench: Bench) -> dict[str, Any]:
    """The central broker is away, and the gateway is killed in the middle of that."""
    return _away(bench, black_hole=False)


def black_hole(bench: Bench) -> dict[str, Any]:
    """The same, but the broker stands still with its connections open."""
    return _away(bench, black_hole=True)


def _away(bench: Bench, black_hole: bool) -> dict[str, Any]:
    bench.pace(BEFORE_S)
    time.sleep(1)
    if black_hole:
        bench.central.freeze()
    else:
        bench.central.stop()
    bench.pace(bench.sizes.outage_s / 2)
    bench.peer.rest()
    restart_s = bench.kill_and_restart()
    bench.pace(bench.sizes.outage_s / 2)
    if black_hole:
        bench.central.thaw()
    else:
        bench.central.start()
    bench.pace(AFTER_S)
    bench.peer.rest()
    bench.drain()
    return {"restart_s": restart_s, **bench.books()}


def kill_in_catch_up(bench: Bench) -> dict[str, Any]:
    """The gateway is killed when a third of its backlog is through."""
    bench.central.stop()
    time.sleep(1)
    earlier = len(bench.collector.first_ns)
    bench.flood(bench.sizes.backlog)
    bench.peer.rest()
    time.sleep(bench.sizes.settle_s)
    bench.central.start()
    deadline_s = time.monotonic() + 40
    wanted = earlier + bench.sizes.backlog * KILL_AT_SHARE
    while len(bench.collector.first_ns) < wanted and time.monotonic() < deadline_s:
        time.sleep(0.001)
    bench.peer.processes.kill()
    seen = len(bench.collector.first_ns) - earlier
    bench.peer.start()
    bench.drain()
    return {"seen_before_kill": seen, **bench.books()}


def pulled_plug(bench: Bench) -> dict[str, Any]:
    """The disk under the gateway loses power while the central broker is away."""
    assert bench.disk is not None
    bench.pace(BEFORE_S)
    time.sleep(1)
    bench.central.stop()
    bench.pace(OFFLINE_S)
    time.sleep(PLUG_AFTER_S)
    bench.peer.rest()
    bench.disk.power_off(bench.peer.processes.first_pid)
    bench.peer.processes.kill()
    bench.disk.unmount()
    bench.disk.mount()
    failed = ""
    try:
        bench.peer.start()
    except AssertionError as error:
        failed = str(error)
    bench.central.start()
    if not failed:
        bench.pace(AFTER_S)
        bench.peer.rest()
    bench.drain()
    return {"offline": round(OFFLINE_S * PER_S), "did_not_start": failed, **bench.books()}
