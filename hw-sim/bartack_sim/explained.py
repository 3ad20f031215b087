"""Which intent explains which event that the hub has committed. Pure.

An intent that was answered names its event by the lamp; one whose lamp nobody saw explains the
first event of its kind at its station that says the same. What an operator did and nobody meant,
an answer that is not right, and an event that is not what was meant are findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bartack_sim.lamps import Lamp
from bartack_sim.truth import Intent, Want

Event = Mapping[str, Any]
Key = tuple[str, int]
"""Log and number."""

_TYPES: Final[Mapping[str, str]] = {
    "signed_in": "session.opened",
    "signed_out": "session.closed",
    "held": "work.held",
    "started": "work.started",
    "undone": "work.voided",
    "defect_noted": "defect.found",
    "repaired": "work.repaired",
    "offstandard_started": "offstandard.started",
    "offstandard_waiting": "offstandard.started",
    "offstandard_ended": "offstandard.ended",
    "offstandard_approved": "offstandard.approved",
    "offstandard_rejected": "offstandard.rejected",
    "help_answered": "help.answered",
    "operation_set": "operation.chosen",
    "disputed": "scan.disputed",
    "corrected": "work.done",
}
"""The event behind each piece of news; others have none of their own."""

_MEANT: Final = frozenset(
    {
        "work.done",
        "work.held",
        "work.started",
        "work.voided",
        "defect.found",
        "work.repaired",
        "repair.reported",
        "offstandard.started",
        "offstandard.approved",
        "offstandard.rejected",
        "session.opened",
        "operation.chosen",
        "scan.disputed",
    }
)
"""Events that only somebody's act brings about."""

_ABOUT: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "work.voided": ("voids", frozenset({"work.done", "work.held"})),
    "work.repaired": ("defect", frozenset({"defect.found"})),
    "repair.reported": ("defect", frozenset({"defect.found"})),
    "defect.charged": ("defect", frozenset({"defect.found"})),
    "defect.closed": ("defect", frozenset({"defect.found"})),
    "offstandard.ended": ("start", frozenset({"offstandard.started"})),
    "offstandard.approved": ("start", frozenset({"offstandard.started"})),
    "offstandard.rejected": ("start", frozenset({"offstandard.started"})),
}
"""Events about another one: the field that numbers it, and what type that may be of."""

_SPOILT: Final = frozenset({"unknown_badge", "ambiguous_badge", "unknown_code", "bad_check_digit"})
"""What a station says to a frame that noise has spoilt on its way."""


@dataclass(frozen=True, slots=True)
class Explained:
    """Events with the intents behind them, in the order of each log, and what was found."""

    pairs: tuple[tuple[Event, Intent], ...]
    ends: tuple[Event, ...] = ()
    """Every end of time off standard."""
    told: tuple[Event, ...] = ()
    """What stations did by themselves because others told of faults and repairs."""
    lost: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


def explain(
    truth: Sequence[Intent],
    answers: Mapping[int, Lamp],
    events: Iterable[Event],
    *,
    calm: bool = True,
) -> Explained:
    """Pair events with intents. Not ``calm``: a refusal costs nobody anything and is let pass."""
    by_key: dict[Key, Event] = {(it["log"], it["seq"]): it for it in events}
    behind: dict[Key, Intent] = {}
    absent = _absent(by_key)
    lost, wrong = [], []
    for number, intent in enumerate(truth):
        lamp = answers.get(number)
        if lamp is None or not intent.wants:
            continue
        type_ = _type_of(intent, lamp.outcome, lamp.reason)
        key = (lamp.log or "", lamp.seq or 0)
        event = by_key.get(key) if type_ else None
        if type_ and event is None:
            lost.append(f"lost: {_told(intent)} was answered by {key}, which is not committed")
            continue
        mistake = _mistake(intent, lamp, event, calm=calm and key not in absent)
        if mistake:
            wrong.append(f"wrong: {_told(intent)} {mistake}")
        if event is not None:
            behind[key] = intent
    _unanswered(truth, answers, by_key, behind)
    _sequels(by_key, behind)
    _resolved(by_key, behind)
    for key, event in by_key.items():
        if event["type"] in _MEANT and event["source"] != "station" and key not in behind:
            wrong.append(f"wrong: {event['station']} {event['type']} {key}, meant by nobody")
    wrong += [
        f"wrong: {_told(intent)} disputed a fault of one's own and not the last answer"
        for (log, seq), intent in behind.items()
        if _is_of_defect(by_key[log, seq], intent)
        and by_key.get((log, by_key[log, seq]["of"]), {}).get("type") != "defect.charged"
    ]
    wrong += [
        f"wrong: {event['station']} {event['type']} {key} is about another event than it says"
        for key, event in by_key.items()
        if event["type"] in _ABOUT and not _is_about(event, by_key)
    ]
    pairs = tuple((by_key[key], behind[key]) for key in sorted(behind))
    ends = tuple(it for it in by_key.values() if it["type"] == "offstandard.ended")
    told = tuple(
        it for _, it in sorted(by_key.items()) if it["source"] == "station" and "defect" in it
    )
    return Explained(pairs, ends, told, tuple(lost), tuple(wrong))


def _absent(by_key: Mapping[Key, Event]) -> set[Key]:
    """Refusals while nobody is signed in any more, because a badge was shown elsewhere: whoever
    sits there does not know that yet, and may be in the middle of something."""
    away: dict[str, bool] = {}
    found = set()
    for key, event in sorted(by_key.items()):
        if event["type"] in ("session.opened", "session.closed"):
            away[key[0]] = event.get("reason") == "elsewhere"
        elif event["type"] == "scan.refused" and away.get(key[0]):
            found.add(key)
    return found


def _type_of(intent: Intent, outcome: str, reason: str | None) -> str:
    if outcome == "ok":
        return "work.done"
    if reason == "corrected" and intent.pieces == 0:
        return "work.voided"
    if reason == "repaired" and intent.code == "reported":
        return "repair.reported"
    return "scan.refused" if outcome == "refused" else _TYPES.get(reason or "", "")


def _mistake(intent: Intent, lamp: Lamp, event: Event | None, *, calm: bool) -> str:
    """What is not right about an answer or about the event behind it; empty: nothing."""
    said = f"got {lamp.outcome} {lamp.reason}"
    if lamp.outcome == "refused":
        spoilt = event is not None and event["label"] != intent.text
        if (spoilt and lamp.reason in _SPOILT) or not calm:
            return ""
    right = [w for w in intent.wants if (w.outcome, w.reason) == (lamp.outcome, lamp.reason)]
    if not right:
        wanted = " or ".join(f"{want.outcome} {want.reason}" for want in intent.wants)
        return f"{said}, and not {wanted}"
    if event is None:
        return ""
    if event["type"] != _type_of(intent, lamp.outcome, lamp.reason):
        return f"{said}, but {event['type']} was committed"
    if not any(_says(intent, want, event) for want in right):
        return f"{said} and was committed as {dict(event)}"
    if lamp.outcome != "ok" and lamp.reason != "signed_in":
        return ""  # news shows no marks
    flags = tuple(event.get("flags", ()))
    return f"{said} with {lamp.flags}, committed with {flags}" if lamp.flags != flags else ""


def _says(intent: Intent, want: Want, event: Event) -> bool:
    """Whether an event says what was meant."""
    expected: dict[str, object] = {"station": intent.station}
    match event["type"]:
        case "work.done":
            expected |= {"bundle": intent.bundle, "operation": intent.operation}
            expected |= {"operator": intent.operator, "pieces": want.pieces}
            if intent.kind == "entered":
                expected |= {"source": "manual", "by": intent.code}
            if intent.kind == "correct":
                expected |= {"source": "correction", "reason": intent.code, "by": intent.by}
            if intent.other is not None:
                expected["shares"] = [[intent.operator, 1], [intent.other, 1]]
        case "work.held":
            expected |= {"operator": intent.operator, "label": intent.text}
            if intent.kind == "held":
                expected |= {"bundle": intent.bundle, "operation": intent.operation}
            expected |= {"by": intent.by} if intent.by else {}
        case "scan.refused":
            expected |= {"reason": want.reason}
            if intent.kind == "false" and intent.other is not None:
                expected["done_by"] = intent.other
            if want.reason == "missing_previous":
                expected["missing"] = intent.code
            if want.reason == "ambiguous_badge":
                expected["operators"] = intent.code.split(",")
        case "session.opened":
            expected |= {"operator": intent.operator, "badge": intent.text}
            expected |= {"by": intent.other} if intent.other is not None else {}
        case "offstandard.approved" | "offstandard.rejected" | "help.answered":
            expected |= {"by": intent.other}
        case "offstandard.started":
            expected |= {"operator": intent.operator, "code": intent.code}
        case "scan.disputed":
            expected |= {"operator": intent.operator}
            # A notice of a fault that another desk found may be the last answer by then.
            expected |= {"kind": intent.code} if event["kind"] != "defect" else {}
        case "work.voided" if intent.kind == "correct":
            expected |= {"bundle": intent.bundle, "operation": intent.operation}
            expected |= {"operator": intent.operator, "reason": intent.code, "by": intent.by}
            expected["source"] = "correction"
        case "operation.chosen":
            expected |= {"operator": intent.operator, "operation": intent.operation}
        case "work.voided" | "work.repaired" | "repair.reported" | "defect.found" | "work.started":
            expected |= {"bundle": intent.bundle, "operation": intent.operation}
            expected |= {"operator": intent.operator, "pieces": want.pieces}
            if event["type"] == "defect.found":
                expected["owner_kind"] = intent.code
    return all(event.get(name) == value for name, value in expected.items())


def _is_of_defect(event: Event, intent: Intent) -> bool:
    """Whether a dispute is of a fault though another answer was meant."""
    disputed = event["type"] == "scan.disputed" and event.get("kind") == "defect"
    return disputed and intent.code != "defect"


def _is_about(event: Event, by_key: Mapping[Key, Event]) -> bool:
    """Whether the event that this one numbers is of the right type and the same work."""
    name, types = _ABOUT[event["type"]]
    other = by_key.get((event.get("of_log") or event["log"], event[name]), {})
    same = ("bundle", "operation", "code")
    return other.get("type") in types and all(
        other[it] == event[it] for it in same if it in event and it in other
    )


def _unanswered(
    truth: Sequence[Intent],
    answers: Mapping[int, Lamp],
    by_key: Mapping[Key, Event],
    behind: dict[Key, Intent],
) -> None:
    """Let intents without a lamp explain what nobody has explained yet."""
    open_ = [key for key in sorted(by_key) if key not in behind and by_key[key]["type"] in _MEANT]
    for number, intent in enumerate(truth):
        if number in answers or not intent.wants:
            continue
        for key in open_:
            event = by_key[key]
            fits = (_type_of(intent, it.outcome, it.reason) == event["type"] for it in intent.wants)
            told = [want for want, fit in zip(intent.wants, fits, strict=True) if fit]
            badge = event["type"] == "session.opened" and event["badge"] == intent.text
            if badge or any(_says(intent, want, event) for want in told):
                behind[key] = intent
                open_.remove(key)
                break


def _sequels(by_key: Mapping[Key, Event], behind: dict[Key, Intent]) -> None:
    """An act may leave several events, of which the lamp names the last.

    A badge that judges several claims leaves one for each; a correction first takes back what it
    puts right. Work that ends because the next begins stands before that.
    """
    for log, seq in sorted(behind):
        begun = by_key.get((log, seq + 1), {})
        same = begun.get("label") == behind[log, seq].text
        if begun.get("type") == "work.started" and (log, seq + 1) not in behind and same:
            behind[log, seq + 1] = behind[log, seq]
    for log, seq in sorted(behind, reverse=True):
        last, before = by_key[log, seq], (log, seq - 1)
        while before in by_key and before not in behind and _goes_with(by_key[before], last):
            behind[before] = behind[log, seq]
            before = (log, before[1] - 1)


def _resolved(by_key: Mapping[Key, Event], behind: dict[Key, Intent]) -> None:
    """Let held work explain what became of it."""
    for key, event in by_key.items():
        meant = behind.get((key[0], event["resolves"])) if "resolves" in event else None
        if meant is not None:
            behind[key] = meant


def _goes_with(event: Event, last: Event) -> bool:
    if last["source"] == "correction":
        return (event["type"], event["source"]) == ("work.voided", "correction")
    judged = ("offstandard.approved", "offstandard.rejected")
    return event["type"] in judged and event["type"] == last["type"]


def _told(intent: Intent) -> str:
    act = f" ({intent.act})" if intent.act else ""
    return f"{intent.station} {intent.operator} {intent.kind} {intent.text}{act}"
