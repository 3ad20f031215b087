"""The result as one Markdown table: medians of the speeds, the worst of the faults."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from peers.bench import PER_S, Sizes
from peers.catalogue import PEERS

Result = Mapping[str, Any]

FAULTS = {
    "outage": "outage + kill",
    "black_hole": "black hole + kill",
    "kill_in_catch_up": "kill in catch-up",
    "pulled_plug": "pulled plug",
}
COLUMNS = (
    "",
    "p50 ms",
    "p99 ms",
    "flood events/s",
    "CPU ms/event",
    "memory MB, idle → peak",
    *FAULTS.values(),
)


NOTES = """\
Latency and processor time: {latency_s:g} s at {per_s} events a second. Memory: resident, all
processes of the gateway. Flood: {flood:,} events at once{smaller}; a star where some were lost.
Faults: events lost / extra copies / out of order; lost is what had not come when nothing more came
for {idle_s:g} s. Outage and black hole last {outage_s:g} s, with `kill -9` of the gateway in the
middle; {backlog:,} events wait before the catch-up; the plug is pulled 2 s after the last event.

Bartack answers each scan with a light, and an event counts as handed over when that was green. The
others have no answer: an event counts as handed over when the TCP line was taken, and the producer
pauses 0.7 s before each kill, so that a loss is the gateway's. Bartack's first row is counted at
the subscriber, like all others; in its second row latency is from scan to light, and the faults
are lost / counted twice / - in the hub's ledger.
"""


def report(
    results: Sequence[Result],
    sizes: Sizes,
    began: datetime,
    machine: Mapping[str, str],
    load_before: float,
) -> str:
    """The table with what one must know to read it."""
    loads = [result["load"] for result in results if "load" in result]
    speeds = [r["load"] for r in results if "load" in r and r["test"] == "speed"]
    syncs = [result for result in results if result["test"] == "bare_syncs"]
    versions = ", ".join(f"{key} {value}" for key, value in machine.items())
    load = f"{load_before:.1f} before, up to {max(speeds, default=0):.1f} with the speeds"
    lines = [
        f"{began:%Y-%m-%d %H:%M} UTC. {versions}.",
        f"Load average {load}, up to {max(loads, default=0):.1f} with the faults.",
        "A bare append of 300 bytes with fdatasync, between the rounds: "
        f"p50 {_median(syncs, 'p50_ms', 2)} ms, p99 {_median(syncs, 'p99_ms', 1)} ms.",
    ]
    errors = [f"{r['peer']} {r['test']}: {r['error']}" for r in results if "error" in r]
    if errors:
        lines.append("No result: " + "; ".join(errors))
    unlit = sum(r["sent"] - r["handed_over"] for r in results if "sent" in r)
    if unlit:
        lines.append(f"Scans that Bartack showed no green light for, all trials: {unlit}.")
    notes = NOTES.format(
        latency_s=sizes.latency_s,
        per_s=PER_S,
        flood=sizes.flood,
        smaller=_smaller_floods(sizes.flood),
        idle_s=sizes.idle_s,
        outage_s=sizes.outage_s,
        backlog=sizes.backlog,
    )
    good = [result for result in results if "error" not in result]
    return "\n".join([*lines, "", table(good), "", notes])


def _smaller_floods(flood: int) -> str:
    smaller = [f"{name} {entry.flood:,}" for name, entry in PEERS.items() if entry.flood < flood]
    return f" ({', '.join(smaller)})" if smaller else ""


def table(results: Sequence[Result]) -> str:
    """A row for each peer that has a result; Bartack has a second one, for light and books."""
    rows: list[Sequence[str]] = []
    for name, entry in PEERS.items():
        own = [result for result in results if result["peer"] == name]
        if own:
            rows.append(_wire_row(entry.title, own))
        if any("ledger" in result for result in own):
            rows.append(_books_row(entry.title, own))
    head = ["| " + " | ".join(COLUMNS) + " |", "|---" + "|---:" * (len(COLUMNS) - 1) + "|"]
    return "\n".join([*head, *("| " + " | ".join(row) + " |" for row in rows)])


def _wire_row(title: str, own: Sequence[Result]) -> list[str]:
    speeds = [result for result in own if result["test"] == "speed"]
    memory = f"{_median(speeds, 'idle_mb', 0)} → {_median(speeds, 'peak_mb', 0)}"
    return [
        title,
        _median(speeds, "p50_ms", 2),
        _median(speeds, "p99_ms", 1),
        _flood(speeds),
        _median(speeds, "cpu_ms_per_event", 1),
        memory if speeds else "-",
        *(_fault(_of(own, test)) for test in FAULTS),
    ]


def _books_row(title: str, own: Sequence[Result]) -> list[str]:
    speeds = [result for result in own if result["test"] == "speed"]
    return [
        f"{title}: the light, the hub's books",
        _median(speeds, "light_p50_ms", 2),
        _median(speeds, "light_p99_ms", 1),
        *("", "", ""),
        *(_fault([result["ledger"] for result in _of(own, test)]) for test in FAULTS),
    ]


def _of(own: Sequence[Result], test: str) -> list[Result]:
    return [result for result in own if result["test"] == test]


def _median(results: Iterable[Result], key: str, digits: int) -> str:
    values = [result[key] for result in results if key in result]
    return f"{statistics.median(values):,.{digits}f}" if values else "-"


def _flood(speeds: Sequence[Result]) -> str:
    """With a star where events of the flood were lost."""
    star = "*" if any(result["lost"] for result in speeds) else ""
    return _median(speeds, "flood_per_s", 0) + star


def _fault(results: Sequence[Result]) -> str:
    """Lost / extra copies / out of order, each the worst of the rounds."""
    if not results:
        return "-"
    keys = ("lost", "extra_copies", "out_of_order")
    worst = " / ".join(str(max(result[key] for result in results)) for key in keys)
    return f"{worst} (did not start)" if any(r.get("did_not_start") for r in results) else worst
