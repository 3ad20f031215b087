"""What each operator has earned and which work is odd, reckoned from the truth. Pure.

Money is exact. The truth's sums take pieces from what was meant and rates from the line itself; the
hub's take both from its events. A piece pays once for each operation; shared work pays in halves;
what was taken back pays nothing; ``faults_taken`` tells what faults and repairs do; time off
standard pays what was approved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from bartack_sim.explained import Event, Explained, Key
from bartack_sim.faults_taken import Fault, Faults, Place
from bartack_sim.line import Line
from bartack_sim.line_faults import earned_down_the_line
from bartack_sim.reference import APPROVED, OFF_RATES_PER_HOUR
from bartack_sim.terms import piece_rate
from bartack_sim.truth import Intent

_MS_IN_HOUR = 3_600_000

Money = dict[str, Fraction]
"""By operator."""

_TERMS: Final = ("rate", "rate_pieces", "factor")

_EXACTLY: Final[Mapping[str, Fraction]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Earned:
    """By operator: money for pieces, and money for time off standard."""

    pieces: Money = field(default_factory=lambda: defaultdict(Fraction))
    off: Money = field(default_factory=lambda: defaultdict(Fraction))


def earned_by_truth(
    line: Line, explained: Explained, losers: Iterable[Key], *, raised: bool = False
) -> Earned:
    """Earnings by what was meant. ``losers``: work that somebody else was first with.

    Rates that are ``raised`` hold for all work of the day. Faults and repairs keep the one of two
    that was in force when they were booked, which only the event tells.
    """
    earned, lost = Earned(off=_off_by_truth(explained)), set(losers)
    own: dict[Place, list[tuple[Key, Intent, int]]] = {}
    faults, rework = Faults(), {it.code: it.rules.rework for it in line.places}
    for event, intent in explained.pairs:
        key = (event["log"], event["seq"])
        place = Place(event["log"], intent.bundle, intent.operation)

        def rate(who: str | None, intent: Intent = intent, event: Event = event) -> Fraction:
            place = line, intent.operation, intent.bundle, who
            booked = raised and event["type"] in ("defect.found", "work.repaired")
            new = piece_rate(*place, raised=raised)
            return piece_rate(*place) if booked and _worth_one(event) != new else new

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
                if voided is not None:
                    owner = voided[1].operator or ""
                    left = sum(it[2] for it in standing if it[1].operator == owner)
                    left += intent.pieces or 0 if intent.kind == "correct" else 0
                    earned.pieces[owner] += sum(faults.taken_back(place, owner, left))
            case "defect.found":
                pieces = intent.pieces or 0
                owner = _owner([it for _, it, _ in own.get(place, ())], intent)
                takes = bool(owner) and rework[event["station"]] == "by_fault"
                worth = pieces * rate(owner) if takes else Fraction(0)
                earned.pieces[owner] -= worth
                faults.found(place, Fault(pieces, owner, intent.operator or "", worth))
            case "work.repaired":
                mender, pieces = intent.operator or "", faults.waiting(place)
                brings = faults.repaired(
                    place, mender, pieces * rate(mender), rework[event["station"]]
                )
                earned.pieces[mender] += brings
    for operator, amount in earned_down_the_line(line, explained).items():
        earned.pieces[operator] += amount
    return earned


def _owner(works: Sequence[Intent], found: Intent) -> str:
    """Whose fault faulty pieces were that are said to be of this operation; empty: nobody knows."""
    doers = {it.operator or "" for it in works}
    shared = any(it.kind == "shared" for it in works)
    return doers.pop() if found.code == "operator" and len(doers) == 1 and not shared else ""


def _off_by_truth(explained: Explained) -> Money:
    """Time off standard that pays, once it is over and, where that must be, approved."""
    money: Money = defaultdict(Fraction)
    waiting: dict[Key, Intent] = {}
    for event, intent in explained.pairs:
        if event["type"] == "offstandard.started" and intent.code in OFF_RATES_PER_HOUR:
            key = event["log"], event["seq"]
            if intent.code in APPROVED:
                waiting[key] = intent
            else:
                _pay_off(money, explained, key, intent)
        elif event["type"] == "offstandard.approved":
            key = event["log"], event["start"]
            claim = waiting.pop(key, None)
            if claim is not None:
                _pay_off(money, explained, key, claim)
    return money


def _pay_off(money: Money, explained: Explained, key: Key, intent: Intent) -> None:
    ended = (it["off_ms"] for it in explained.ends if (it["log"], it["start"]) == key)
    rate = Fraction(OFF_RATES_PER_HOUR[intent.code])
    money[intent.operator or ""] += rate * next(ended, 0) / _MS_IN_HOUR


def earned_by_events(events: Sequence[Event]) -> Money:
    """Earnings for pieces by the hub's events alone, as ``docs/events.md`` has them."""
    earned: Money = defaultdict(Fraction)
    work: dict[Key, Event] = {}
    disputed: set[Key] = set()
    taken: dict[Key, Event] = {}
    charged: dict[Key, Key] = {}
    for event in sorted(events, key=lambda it: (it["log"], it["seq"])):
        here = (event["log"], event["seq"])
        match event["type"]:
            case "work.done":
                work[here] = event
            case "work.rerated":
                key = (event.get("of_log") or event["log"], event["work"])
                if key in work:
                    work[key] = {**work[key], **{it: event[it] for it in _TERMS}}
            case "work.voided":
                gone = work.pop((event.get("of_log") or event["log"], event["voids"]), None)
                for key in _given_back(work, taken, gone, event.get("recounted", 0)):
                    earned[event["operator"]] += _worth(taken.pop(key))
            case "work.disputed":
                disputed.add((event.get("of_log") or event["log"], event["work"]))
            case "work.contested" | "work.settled":
                disputed.discard((event.get("of_log") or event["log"], event["work"]))
            case "defect.found" if event["deducted"]:
                taken[here] = {**event, "operator": event["owner"]}
                earned[event["owner"]] -= _worth(event)
            case "defect.charged":
                taken[here], charged[event["of_log"], event["defect"]] = event, here
                earned[event["operator"]] -= _worth(event)
            case "defect.closed" if event["returned"]:
                key = charged[event["of_log"], event["defect"]]
                earned[event["operator"]] += _worth(taken.pop(key))
            case "work.repaired" if event.get("returned"):
                earned[event["operator"]] += _worth(taken.pop((event["log"], event["defect"])))
            case "work.repaired" if event["paid"]:
                earned[event["operator"]] += _worth(event)
    for key, event in work.items():
        if key in disputed:
            continue
        shares = event.get("shares") or [[event["operator"], 1]]
        for operator, weight in shares:
            earned[operator] += _worth(event) * weight / sum(it[1] for it in shares)
    return earned


def _given_back(
    work: Mapping[Key, Event], taken: Mapping[Key, Event], gone: Event | None, recounted: int
) -> list[Key]:
    """Faults that have taken more than is left of their owner's work, now that some is ``gone`` and
    so many pieces are counted in its place: the newest of them, each whole."""
    if gone is None:
        return []
    names = ("log", "operator", "bundle", "operation")
    same = [it for it in work.values() if all(it[name] == gone[name] for name in names)]
    mine = [key for key, it in taken.items() if all(it[name] == gone[name] for name in names)]
    over = sum(taken[key]["pieces"] for key in mine) - recounted
    over -= sum(it["pieces"] for it in same)
    back = []
    for key in sorted(mine, reverse=True):
        if over <= 0:
            break
        over -= taken[key]["pieces"]
        back.append(key)
    return back


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
    return int(event["pieces"]) * _worth_one(event)


def _worth_one(event: Event) -> Fraction:
    """What a piece is worth by an event."""
    rate = Fraction(event["rate"]) * Fraction(event.get("factor", "1"))
    return rate / int(event.get("rate_pieces", 1))


def _overlap(one: Event, other: Event) -> bool:
    first, second = int(one.get("first", 1)), int(other.get("first", 1))
    return first < second + int(other["pieces"]) and second < first + int(one["pieces"])
