"""Whether what became of held work is what was meant, and what nothing has come of yet. Pure.

Held work comes to one credit or one refusal, once, when its bundle is known, as of when it was
scanned; what was taken back before that, or must count nothing, comes to nothing. It is never paid
by guess.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bartack_sim.explained import Event, Key
from bartack_sim.truth import Intent, Want

_SAME = ("operator", "bundle", "operation", "label")


def wrongly_resolved(pairs: Sequence[tuple[Event, Intent]], events: Sequence[Event]) -> list[str]:
    """A finding for each event that says it comes of held work and should not, or not so."""
    by_key = {(it["log"], it["seq"]): it for it in events}
    behind = {(event["log"], event["seq"]): intent for event, intent in pairs}
    credited = [(it["bundle"], it["operation"]) for it in events if it["type"] == "work.done"]
    over: set[Key] = set()
    found = []
    for key, event in sorted(by_key.items()):
        if event["type"] == "work.voided":
            over.add((event.get("of_log") or event["log"], event["voids"]))
        if "resolves" not in event:
            continue
        held_key = (key[0], event["resolves"])
        held, meant = by_key.get(held_key, {}), behind.get(held_key)
        right = (
            held.get("type") == "work.held"
            and all(event.get(it) == held[it] for it in _SAME)
            and meant is not None
            and meant.kind == "held"
            and held_key not in over
            and event.get("by") == held.get("by")
            and any(_comes_to(want, event, held) for want in meant.later)
            # Done already is only what somebody is paid for.
            and (event.get("reason") != "already_done" or _work(event) in credited)
        )
        over.add(held_key)
        if not right:
            found.append(f"wrong: {event['station']} {event['type']} {key} resolves {dict(held)}")
    return found


def unresolved(events: Sequence[Event], imported: Collection[str]) -> list[str]:
    """Held work on a bundle that was imported since, of which nothing has come yet."""
    over = {(it["log"], it["resolves"]) for it in events if "resolves" in it}
    over |= {
        (it.get("of_log") or it["log"], it["voids"]) for it in events if it["type"] == "work.voided"
    }
    return [
        f"held work {it['log']}/{it['seq']} on {it['bundle']}"
        for it in events
        if it["type"] == "work.held"
        and it["bundle"] in imported
        and (it["log"], it["seq"]) not in over
    ]


def _comes_to(want: Want, event: Event, held: Mapping[str, object]) -> bool:
    if want.outcome == "refused":
        return (event["type"], event.get("reason")) == ("scan.refused", want.reason)
    return (
        event["type"] == "work.done"
        and event["pieces"] == want.pieces
        and event.get("worked_at") == held["at"]
    )


def _work(event: Event) -> tuple[str, str]:
    return event["bundle"], event["operation"]
