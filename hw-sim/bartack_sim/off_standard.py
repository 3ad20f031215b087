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
from bartack_sim.timed_out import LATE_S

_MS_IN_MINUTE = 60_000


def wrongly_off(events: Sequence[Event], *, calm: bool) -> list[str]:
    """A finding for each start that says other terms than its reason's, each end of another length
    or for a cap that was not reached, each sign-out or second start that left such time running,
    and, while all is well, for time that went on beyond its cap."""
    lasts: dict[str, Event] = {}
    found = []
    last = max(events, key=lambda it: it["mono_ms"], default=None)
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
                else:
                    found += _by_cap(name, start, event, calm=calm)
            case "session.closed" if log in lasts:
                found.append(f"wrong: {name} leaves time off standard running")
    for log, start in lasts.items():
        if calm and last is not None and _is_overdue(start, last):
            found.append(f"wrong: time off standard {log}/{start['seq']} went on beyond its cap")
    return found


def _by_cap(name: str, start: Event, end: Event, *, calm: bool) -> list[str]:
    """What is wrong with an end by what it says of the cap."""
    capped = end.get("reason") == "cap"
    if capped and not (start["cap_ms"] and end["off_ms"] == start["cap_ms"]):
        return [f"wrong: {name} ends by a cap that was not reached"]
    if calm and _is_overdue(start, end):
        return [f"wrong: {name} ends long after the cap"]
    if not capped and start["cap_ms"] and end["off_ms"] == start["cap_ms"] and calm:
        return [f"wrong: {name} reached its cap and does not say so"]
    return []


def _is_overdue(start: Event, now: Event) -> bool:
    """Whether the cap was reached so long ago that the station must have seen it."""
    if not start["cap_ms"] or start["boot"] != now["boot"]:
        return False
    late_ms: int = now["mono_ms"] - start["mono_ms"] - start["cap_ms"]
    return late_ms > LATE_S * 1000


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
