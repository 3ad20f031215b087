"""The sums of the day that stations keep for each operator, against truth and events. Pure.

What is earned by pieces and off standard is compared with the truth, within the six places that are
told; attended time with the sessions that are over, to the millisecond.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from bartack_sim.explained import Event
from bartack_sim.reckoning import Earned, differing

States = Mapping[str, Mapping[str, Any]]

_ROUNDED: Fraction = Fraction(1, 2 * 10**6)


def wrongly_summed(states: States, earned: Earned, events: Sequence[Event]) -> list[str]:
    """A finding for each operator's sum that is another one."""
    rows = [row for state in states.values() for row in state["accounts"]]
    within: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows:
        within[row["operator"]] += _ROUNDED
    pieces, off = _added(rows, "earned"), _added(rows, "off_earned")
    found = differing("the stations' accounts", earned.pieces, pieces, within)
    found += differing("the stations' accounts off standard", earned.off, off, within)
    attended, present = _added(rows, "attended_ms"), present_ms(events)
    found += [
        f"wrong: {who} attended {attended.get(who, 0)} ms by the stations, {present.get(who, 0)}"
        " by the sessions"
        for who in sorted({*attended, *present})
        if attended.get(who, 0) != present.get(who, 0)
    ]
    return found


def present_ms(events: Sequence[Event]) -> dict[str, int]:
    """Milliseconds between sign-in and sign-out by operator, of sessions that no clerk opened."""
    opened: dict[str, Event] = {}
    present: dict[str, int] = defaultdict(int)
    for event in sorted(events, key=lambda it: (it["log"], it["seq"])):
        if event["type"] == "session.opened":
            opened[event["log"]] = event
        elif event["type"] == "session.closed":
            start = opened.pop(event["log"], None)
            if start is not None and "by" not in start:
                present[event["operator"]] += event["mono_ms"] - start["mono_ms"]
    return present


def _added(rows: Sequence[Mapping[str, Any]], field: str) -> dict[str, Fraction]:
    sums: dict[str, Fraction] = defaultdict(Fraction)
    for row in rows:
        sums[row["operator"]] += Fraction(row[field])
    return sums
