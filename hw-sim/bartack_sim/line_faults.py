"""Faults that were found at one station in work of another: what must come of them. Pure.

The station that credited the work takes its pay off, the one that found the fault confirms each
repair once, and the owner gets the pay back by repairing. What stations tell each other takes up to
``HEARD_S``; when all is well nothing of it may be missing after that.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from bartack_sim.books import HEARD_S
from bartack_sim.explained import Event, Explained, Key
from bartack_sim.line import Line
from bartack_sim.terms import piece_rate
from bartack_sim.truth import Intent

_DOWN_THE_LINE = ("found_down_the_line", "recounted_after_faults")
"""Acts in which a fault is found where the line knows whose it is."""


def earned_down_the_line(line: Line, explained: Explained) -> dict[str, Fraction]:
    """What such faults take off and repairs bring, by operator, by what was meant."""
    earned: dict[str, Fraction] = defaultdict(Fraction)
    found, owners = _found(explained), _doers(explained)
    rework = {it.code: it.rules.rework for it in line.places}

    def worth(intent: Intent, operator: str) -> Fraction:
        return (intent.pieces or 0) * piece_rate(line, intent.operation, intent.bundle, operator)

    for event in explained.told:
        intent = found.get(_fault(event))
        if intent is None or event["type"] == "work.repaired":
            continue
        if rework[intent.station] != "by_fault":
            continue  # nothing may be taken off for it
        owner = owners.get((intent.bundle, intent.operation), "")
        if event["type"] == "defect.charged":
            stays = not _is_given_back(event, intent, explained)
            earned[owner] -= worth(intent, owner) if stays else 0
        elif event["returned"]:
            earned[owner] += worth(intent, owner)
    confirmed = {(it["report_log"], it["report"]) for it in explained.told if "report" in it}
    charged = {_fault(it) for it in explained.told if it["type"] == "defect.charged"}
    for event, intent in explained.pairs:
        if event["type"] != "repair.reported" or (event["log"], event["seq"]) not in confirmed:
            continue
        finding, operator = found.get(_fault(event)), intent.operator or ""
        own = _fault(event) in charged and owners.get((intent.bundle, intent.operation)) == operator
        if finding is None or own:
            continue
        if rework[finding.station] == "paid" or (
            rework[finding.station] == "by_fault" and finding.operator != operator
        ):
            earned[operator] += worth(finding, operator)
    return earned


def _is_given_back(charge: Event, found: Intent, explained: Explained) -> bool:
    """Whether a supervisor counted the work anew while its owner was short of what was charged, and
    left fewer pieces than are faulty: nobody loses more than they are credited with."""
    fault, work = _fault(charge), (found.bundle, found.operation)
    ends = (
        it["seq"]
        for it in explained.told
        if it["type"] == "defect.closed" and it["returned"] and _fault(it) == fault
    )
    end = next(ends, math.inf)
    return any(
        event["type"] == "work.voided"
        and intent.kind == "correct"
        and event["log"] == charge["log"]
        and (intent.bundle, intent.operation) == work
        and (intent.pieces or 0) < (found.pieces or 0)
        and charge["seq"] < event["seq"] < end
        for event, intent in explained.pairs
    )


def wrongly_told(explained: Explained, events: Sequence[Event], *, calm: bool) -> list[str]:
    """A finding for each fault that was charged, confirmed or closed more than once, and, when all
    is well, for each step that is missing though the stations must have heard of it."""
    steps = Counter((it["type"], _fault(it)) for it in explained.told)
    wrong = [
        f"wrong: {type_} of {fault} {count} times" for (type_, fault), count in steps.items()
        if count > 1
    ]  # fmt: skip
    if not calm:
        return wrong
    last_ms = max((it["mono_ms"] for it in events), default=0)
    due_ms = last_ms - HEARD_S * 1000
    by_key = {(it["log"], it["seq"]): it for it in events}
    credited_ms = _credited_ms(explained)
    for key, intent in _found(explained).items():
        told_ms = credited_ms.get((intent.bundle, intent.operation))
        elsewhere = intent.code == "operator" and not by_key[key]["deducted"]
        if told_ms is None or not elsewhere or intent.act not in _DOWN_THE_LINE:
            continue
        knew = told_ms + HEARD_S * 1000 <= by_key[key]["mono_ms"] <= due_ms
        if knew and not steps["defect.charged", key]:
            wrong.append(f"wrong: the fault {key} in {intent.bundle} was not charged")
    for event, _ in explained.pairs:
        late = event["type"] == "repair.reported" and event["mono_ms"] <= due_ms
        if late and not steps["work.repaired", _fault(event)]:
            wrong.append(f"wrong: the repair of {_fault(event)} was not confirmed")
    for event in explained.told:
        late = event["type"] == "work.repaired" and event["mono_ms"] <= due_ms
        open_ = steps["defect.charged", _fault(event)] and not steps["defect.closed", _fault(event)]
        if late and open_:
            wrong.append(f"wrong: the fault {_fault(event)} was not closed")
    return wrong


def _found(explained: Explained) -> dict[Key, Intent]:
    return {
        (event["log"], event["seq"]): intent
        for event, intent in explained.pairs
        if event["type"] == "defect.found"
    }


def _fault(event: Event) -> Key:
    """The fault that an event is about: the log and the event that found it."""
    return event.get("of_log") or event["log"], event["defect"]


def _doers(explained: Explained) -> Mapping[tuple[str | None, str | None], str]:
    """Who did each operation of a bundle, where they meant to do it."""
    return {
        (intent.bundle, intent.operation): intent.operator or ""
        for event, intent in explained.pairs
        if event["type"] == "work.done"
    }


def _credited_ms(explained: Explained) -> Mapping[tuple[str | None, str | None], int]:
    """When each operation of a bundle was last credited for a scan."""
    return {
        (intent.bundle, intent.operation): event["mono_ms"]
        for event, intent in explained.pairs
        if event["type"] == "work.done" and intent.kind != "correct"
    }
