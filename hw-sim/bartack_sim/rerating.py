"""Whether work is paid by the rates that the office has raised, and which still is not. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bartack_sim.explained import Event, Key
from bartack_sim.line import Line
from bartack_sim.terms import raised_rate

_SAME = ("operator", "bundle", "operation", "pieces")


def not_rerated(line: Line, events: Sequence[Event], *, raised: bool) -> list[str]:
    """Work that stands and still has the rate of before."""
    if not raised:
        return []
    new = _new_rates(line)
    over = {_about(it, "work") for it in events if it["type"] == "work.rerated"}
    over |= {_about(it, "voids") for it in events if it["type"] == "work.voided"}
    return [
        f"{it['station']} event {it['log']}/{it['seq']} has rate {it['rate']}"
        for it in events
        if it["type"] == "work.done"
        and it["operation"] in new
        and Decimal(it["rate"]) != new[it["operation"]]
        and (it["log"], it["seq"]) not in over
    ]


def wrongly_rerated(line: Line, events: Sequence[Event], *, raised: bool) -> list[str]:
    """A finding for each other rate for old work that is not the raised one, of that work, once."""
    new = _new_rates(line) if raised else {}
    work = {(it["log"], it["seq"]): it for it in events if it["type"] == "work.done"}
    seen: set[Key] = set()
    found = []
    for event in (it for it in events if it["type"] == "work.rerated"):
        key = _about(event, "work")
        done = work.get(key, {})
        right = (
            key not in seen
            and event["operation"] in new
            and Decimal(event["rate"]) == new[event["operation"]]
            and all(event[it] == done.get(it) for it in _SAME)
            and event["rate_was"] == done.get("rate")
            and event["factor"] == event["factor_was"] == done.get("factor", "1")
            and event["rate_pieces"] == done.get("rate_pieces", 1)
        )
        seen.add(key)
        if not right:
            found.append(f"wrong: {event['station']} rates {dict(done)} anew as {dict(event)}")
    return found


def _new_rates(line: Line) -> dict[str, Decimal]:
    rates = ((it.code, raised_rate(line, it)) for it in line.route)
    return {code: rate for code, rate in rates if rate is not None}


def _about(event: Event, field: str) -> Key:
    return event.get("of_log") or event["log"], event[field]
