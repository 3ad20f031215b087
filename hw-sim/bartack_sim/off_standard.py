"""Whether time off standard is written down as the table of reasons has it, and is as long. Pure.

What it pays follows from its events alone: the rate, the cap and the approval of its reason, and
the milliseconds from its start to its end by the station's own clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from bartack_sim.explained import Event
from bartack_sim.reference import REASONS

_MS_IN_MINUTE = 60_000


def wrongly_off(events: Sequence[Event]) -> list[str]:
    """A finding for each start that says other terms than its reason's, each end of another length,
    and each sign-out or second start that left such time running."""
    lasts: dict[str, Event] = {}
    found = []
    for event in sorted(events, key=lambda it: (it["log"], it["seq"])):
        log, name = event["log"], f"{event['station']} event {event['log']}/{event['seq']}"
        match event["type"]:
            case "offstandard.started":
                if log in lasts:
                    found.append(f"wrong: {name} starts time off standard while such time lasts")
                lasts[log] = event
                said = {field: event.get(field) for field in _terms(event["code"])}
                if said != _terms(event["code"]):
                    found.append(f"wrong: {name} says {said} of {event['code']}")
            case "offstandard.ended":
                start = lasts.pop(log, None)
                if start is None or start["seq"] != event["start"]:
                    found.append(f"wrong: {name} ends time off standard that does not last")
                elif event["off_ms"] != _length_ms(start, event):
                    found.append(f"wrong: {name} is {event['off_ms']} ms long")
            case "session.closed" if log in lasts:
                found.append(f"wrong: {name} leaves time off standard running")
    return found


def _terms(code: str) -> dict[str, Any]:
    """What a start for this reason must say; nothing known for a reason that there is not."""
    for known, _, pay, rate, cap_min, approval in REASONS:
        if known == code:
            return {
                "pay": pay,
                "rate_per_hour": str(Decimal(rate)) if rate else "",
                "cap_ms": int(cap_min or 0) * _MS_IN_MINUTE,
                "needs_approval": approval == "yes",
            }
    return {"pay": "a known reason"}


def _length_ms(start: Event, end: Event) -> int:
    if start["boot"] != end["boot"]:
        return 0  # over a restart of the machine nobody knows
    length_ms: int = end["mono_ms"] - start["mono_ms"]
    return min(length_ms, start["cap_ms"]) if start["cap_ms"] else length_ms
