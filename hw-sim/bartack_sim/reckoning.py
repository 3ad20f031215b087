"""What each operator has earned and which work is odd, reckoned from the truth. Pure.

Money is exact. The truth's sums take pieces from what was meant and rates from the line itself; the
hub's take both from its events. A piece pays once for each operation; shared work pays in halves;
what was taken back pays nothing; faulty pieces are taken from whoever did them here until they are
repaired; a repair of somebody else's fault is paid, unless whoever repairs has found it too; time
off standard pays what was approved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from bartack_sim.explained import Event, Explained, Key
from bartack_sim.line import Line
from bartack_sim.line_faults import earned_down_the_line
from bartack_sim.reference import OFF_RATE_PER_HOUR
from bartack_sim.terms import piece_rate
from bartack_sim.truth import Intent

_MS_IN_HOUR = 3_600_000

Money = dict[str, Fraction]
"""By operator."""

_EXACTLY: Final[Mapping[str, Fraction]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Earned:
    """By operator: money for pieces, and money for time off standard."""

    pieces: Money = field(default_factory=lambda: defaultdict(Fraction))
    off: Money = field(default_factory=lambda: defaultdict(Fraction))


def earned_by_truth(line: Line, explained: Explained, losers: Iterable[Key]) -> Earned:
    """Earnings by what was meant. ``losers``: work that somebody else was first with."""
    earned, lost = Earned(), set(losers)
    own: dict[tuple[str, str | None, str | None], list[tuple[Key, Intent, int]]] = {}
    faults: dict[tuple[str, str | None, str | None], list[tuple[int, str, bool, str]]] = {}
    waiting: dict[str, dict[int, str]] = defaultdict(dict)
    for event, intent in explained.pairs:
        key = (event["log"], event["seq"])
        place = (event["log"], intent.bundle, intent.operation)

        def rate(who: str | None, intent: Intent = intent) -> Fraction:
            return piece_rate(line, intent.operation, intent.bundle, who)

        match event["type"]:
            case "work.done":
                own.setdefault(place, []).append((key, intent, event["pieces"]))
                if key not in lost:
                    _pay(earned.pieces, intent, event["pieces"] * rate(intent.operator))
            case "work.voided" if intent.code != "held":
                standing = own.get(place, [])
                voided = standing.pop() if standing else None
                if voided is not None and voided[0] not in lost:
                    _pay(earned.pieces, voided[1], -voided[2] * rate(voided[1].operator))
            case "defect.found":
                pieces = intent.pieces or 0
                doers = {it.operator or "" for _, it, _ in own.get(place, ())}
                # Of shared work nobody knows whose the fault was.
                alone = not any(it.kind == "shared" for _, it, _ in own.get(place, ()))
                known = intent.code == "operator" and len(doers) == 1 and alone
                owner = doers.pop() if known else ""
                faults.setdefault(place, []).append((pieces, owner, known, intent.operator or ""))
                if known:
                    earned.pieces[owner] -= pieces * rate(owner)
            case "work.repaired":
                open_ = faults.get(place, [])
                pieces, owner, deducted, finder = open_.pop(0) if open_ else (0, "", False, "")
                if deducted if owner == intent.operator else finder != intent.operator:
                    earned.pieces[intent.operator or ""] += pieces * rate(intent.operator)
            case "offstandard.started" if intent.code == "MB":
                waiting[event["log"]][event["seq"]] = intent.operator or ""
            case "offstandard.approved":
                off_ms = _ended_ms(explained, key[0], event["start"])
                who = waiting[event["log"]].pop(event["start"], None)
                if who is not None:
                    earned.off[who] += Fraction(OFF_RATE_PER_HOUR) * off_ms / _MS_IN_HOUR
    for operator, amount in earned_down_the_line(line, explained).items():
        earned.pieces[operator] += amount
    return earned


def earned_by_events(events: Sequence[Event]) -> Money:
    """Earnings for pieces by the hub's events alone, as ``docs/events.md`` has them."""
    earned: Money = defaultdict(Fraction)
    work: dict[Key, Event] = {}
    disputed: set[Key] = set()
    charged: dict[Key, Fraction] = {}
    for event in sorted(events, key=lambda it: (it["log"], it["seq"])):
        match event["type"]:
            case "work.done":
                work[event["log"], event["seq"]] = event
            case "work.voided":
                work.pop((event.get("of_log") or event["log"], event["voids"]), None)
            case "work.disputed":
                disputed.add((event.get("of_log") or event["log"], event["work"]))
            case "work.contested" | "work.settled":
                disputed.discard((event.get("of_log") or event["log"], event["work"]))
            case "defect.found" if event["deducted"]:
                earned[event["owner"]] -= _worth(event)
            case "defect.charged":
                charged[event["of_log"], event["defect"]] = _worth(event)
                earned[event["operator"]] -= _worth(event)
            case "defect.closed" if event["returned"]:
                earned[event["operator"]] += charged[event["of_log"], event["defect"]]
            case "work.repaired" if event["paid"]:
                earned[event["operator"]] += _worth(event)
    for key, event in work.items():
        if key in disputed:
            continue
        shares = event.get("shares") or [[event["operator"], 1]]
        for operator, weight in shares:
            earned[operator] += _worth(event) * weight / sum(it[1] for it in shares)
    return earned


def beaten(events: Iterable[Event]) -> dict[Key, Key]:
    """Work that claims pieces which somebody else was first with, and whose.

    First is by a trusted clock before others, then by when it was done, log and number.
    """
    events = list(events)
    voided = {
        (it.get("of_log") or it["log"], it["voids"]) for it in events if it["type"] == "work.voided"
    }
    claims = [
        it for it in events if it["type"] == "work.done" and (it["log"], it["seq"]) not in voided
    ]
    claims.sort(key=_place_in_line)
    standing: dict[tuple[str, str], list[Event]] = defaultdict(list)
    losers: dict[Key, Key] = {}
    for claim in claims:
        work = standing[claim["bundle"], claim["operation"]]
        rival = next((it for it in work if _overlap(it, claim)), None)
        if rival is None:
            work.append(claim)
        else:
            losers[claim["log"], claim["seq"]] = (rival["log"], rival["seq"])
    return losers


def _place_in_line(event: Event) -> tuple[bool, str, str, int]:
    at = event.get("worked_at") or event["at"]
    return event["clock"] != "synced", at, event["log"], event["seq"]


def differing(
    name: str,
    one: Mapping[str, Fraction],
    other: Mapping[str, Fraction],
    within: Mapping[str, Fraction] = _EXACTLY,
) -> list[str]:
    """A finding for each operator whose sums are further from each other than ``within``."""
    zero = Fraction(0)
    return [
        f"wrong: {operator} earned {float(one.get(operator, zero)):.6f} by the truth,"
        f" {float(other.get(operator, zero)):.6f} by {name}"
        for operator in sorted({*one, *other})
        if abs(one.get(operator, zero) - other.get(operator, zero)) > within.get(operator, zero)
    ]


def _pay(money: Money, intent: Intent, amount: Fraction) -> None:
    who = [intent.operator or "", *([intent.other] if intent.kind == "shared" else [])]
    for operator in who:
        money[operator or ""] += amount / len(who)


def _worth(event: Event) -> Fraction:
    rate = Fraction(event["rate"]) * Fraction(event.get("factor", "1"))
    return int(event["pieces"]) * rate / int(event.get("rate_pieces", 1))


def _ended_ms(explained: Explained, log: str, start: int) -> int:
    return next(
        (it["off_ms"] for it in explained.ends if (it["log"], it["start"]) == (log, start)),
        0,
    )


def _overlap(one: Event, other: Event) -> bool:
    first, second = int(one.get("first", 1)), int(other.get("first", 1))
    return first < second + int(other["pieces"]) and second < first + int(one["pieces"])
