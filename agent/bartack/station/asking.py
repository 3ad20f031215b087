"""Commands that need more than one card: what they still ask for, and what answers it. Pure.

A command is a card or a button; what it needs comes by further cards, badges, tickets or the
screen, in a fixed order. Nothing happened until it has everything, so nothing of this is an event:
a command that is left half-way is forgotten after a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from immutables import Map

from bartack.events import ID, Json, Moment
from bartack.identify import Scan
from bartack.projection import Asking, State
from bartack.reasons import Info, Refused
from bartack.reference import Operator
from bartack.station import corrections, offstandard, quality
from bartack.station.answers import Decision, name_of, operator_of, refuse
from bartack.station.crediting import Terms, credit, located
from bartack.station.quality import OWNERS

WAITS_MS: Final = 30_000
"""A command that nobody went on with for so long is forgotten."""

PIECES_MAX: Final = 9_999

NEEDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "split": ("pieces", "bundle"),
        "shared": ("partner", "bundle"),
        "defect": ("bundle", "fault", "pieces", "owner"),
        "repair": ("bundle",),
        "off-start": ("reason",),
        "operation": ("operation",),
        "correct": ("supervisor", "bundle", "pieces", "reason"),
        "approve": ("supervisor",),
        "reject": ("supervisor",),
    }
)
"""What each command needs, in order."""

BADGES: Final = frozenset({"partner", "supervisor"})
"""Needs that a badge answers."""

VALUES: Final = frozenset({"pieces", "fault", "owner", "reason", "operation"})
"""Needs that a card or the screen answers with a text."""

SEWN: Final = frozenset({"split", "shared", "repair"})
"""Commands whose bundle says that somebody sews again."""

_ASKED: Final[Mapping[str, Info]] = MappingProxyType(
    {
        "pieces": "need_pieces",
        "bundle": "need_bundle",
        "partner": "need_partner",
        "fault": "need_fault",
        "owner": "need_owner",
        "reason": "need_reason",
        "operation": "need_operation",
        "supervisor": "need_supervisor",
    }
)


def forgotten(state: State, now: Moment) -> State:
    """The state without a command that was left half-way."""
    asking = state.asking
    if asking is None or 0 <= now.mono_ms - asking.mono_ms < WAITS_MS:
        return state
    return replace(state, asking=None)


def begin(state: State, scan: Scan, now: Moment) -> Decision:
    """A command that needs more. Its argument, if it has one, answers the first text it needs."""
    if state.session is None and scan.command not in ("approve", "reject"):
        return refuse(state, scan, now, "no_operator")
    state = replace(
        state, asking=Asking(scan.command, NEEDS[scan.command][0], now.mono_ms, manual=scan.manual)
    )
    if not scan.argument:
        return _ask(state, now)
    texts = [need for need in NEEDS[scan.command] if need in VALUES]
    if not texts:
        return _wrong(state, scan, now, "unknown_command", code=scan.argument)
    return _take(state, scan, now, texts[0], scan.argument)


def text(state: State, scan: Scan, now: Moment) -> Decision:
    """A card or button with a value, such as the number of pieces."""
    asking = state.asking
    if asking is None or asking.needs != scan.command:
        return _wrong(state, scan, now, "wrong_card", code=asking.needs if asking else "")
    return _take(state, scan, now, scan.command, scan.argument)


def badge(state: State, scan: Scan, now: Moment, owner: Operator) -> Decision:
    """A badge where one is asked for: a partner's, or a supervisor's."""
    asking = state.asking
    needs = asking.needs if asking else ""
    own = state.session is not None and state.session.operator == owner.operator
    corrects_own = own and asking is not None and asking.command == "correct"
    if needs == "supervisor" and (owner.role != "supervisor" or corrects_own):
        return _wrong(state, scan, now, "not_supervisor", code=owner.operator)
    if needs == "partner" and (own or owner.role != "operator"):
        return _wrong(state, scan, now, "wrong_card", code=needs)
    return _go_on(state, scan, now, needs, owner.operator)


def bundle(state: State, scan: Scan, now: Moment) -> Decision:
    """A ticket where one is asked for; anything else it could mean must wait."""
    asking = state.asking
    if asking is None or asking.needs != "bundle":
        return _wrong(state, scan, now, "wrong_card", code=asking.needs if asking else "")
    place = located(state, scan, now)
    if isinstance(place, Decision):
        return place
    given = asking.given.set("operation", place.operation.operation).set("label", scan.label)
    state = replace(state, asking=replace(asking, given=given))
    return _go_on(state, scan, now, "bundle", place.bundle.bundle)


def _take(state: State, scan: Scan, now: Moment, need: str, value: str) -> Decision:
    wrong = _mistake(state, need, value)
    if wrong is not None:
        return _wrong(state, scan, now, wrong, code=value[:64])
    return _go_on(state, scan, now, need, value)


def _mistake(state: State, need: str, value: str) -> Refused | None:
    """Why a value cannot be what is asked for."""
    command = state.asking.command if state.asking else ""
    match need:
        case "pieces":
            digits = value.isascii() and value.isdigit() and len(value) <= 6
            least = 0 if command == "correct" else 1
            return None if digits and least <= int(value) <= PIECES_MAX else "bad_pieces"
        case "fault":
            return None if value in state.reference.faults else "unknown_fault"
        case "owner":
            return None if value.lower() in OWNERS else "wrong_card"
        case "reason" if command == "off-start":
            return None if value in state.reference.reasons else "unknown_reason"
        case "reason":
            return None if ID.fullmatch(value) else "unknown_reason"
        case _:
            known = any(value == operation for _, operation in state.reference.operations)
            return None if known else "wrong_operation"


def _go_on(state: State, scan: Scan, now: Moment, need: str, value: str) -> Decision:
    """The command has one more of its needs; it asks for the next or is done."""
    asking = state.asking
    if asking is None:
        return refuse(state, scan, now, "wrong_card")
    given = asking.given.set(need, value)
    open_ = [it for it in NEEDS[asking.command] if it not in given]
    if open_:
        more = replace(asking, needs=open_[0], given=given, mono_ms=now.mono_ms)
        return _ask(replace(state, asking=more), now)
    return _COMPLETE[asking.command](replace(state, asking=None), scan, now, given)


def _ask(state: State, now: Moment) -> Decision:
    asking = state.asking
    if asking is None:
        return Decision(state)
    details: dict[str, Json] = {"code": asking.command}
    details |= {"bundle": asking.given["bundle"]} if "bundle" in asking.given else {}
    if asking.command == "shared" and asking.needs == "bundle":
        name = name_of(state, asking.given["partner"])
        return Decision(state).info(now, "shared_set", name=name, **details)
    return Decision(state).info(now, _ASKED[asking.needs], **details)


def _wrong(state: State, scan: Scan, now: Moment, reason: Refused, **details: Json) -> Decision:
    """Refused, and still asked for: the right card may follow."""
    decision = refuse(state, scan, now, reason, **details)
    return replace(decision, state=replace(decision.state, asking=state.asking))


# --- what is done with it -------------------------------------------------------------------------

Given = Map[str, str]


def _meant(scan: Scan, given: Given) -> Scan:
    """The scan as if the ticket had come last."""
    return replace(scan, bundle=given["bundle"], operation=given["operation"], label=given["label"])


def _credited(state: State, scan: Scan, now: Moment, given: Given, terms: Terms) -> Decision:
    meant = _meant(scan, given)
    place = located(state, meant, now)
    return place if isinstance(place, Decision) else credit(state, meant, now, place, terms)


def _split(state: State, scan: Scan, now: Moment, given: Given) -> Decision:
    operator = operator_of(state) or ""
    return _credited(state, scan, now, given, Terms(operator, split=int(given["pieces"])))


def _shared(state: State, scan: Scan, now: Moment, given: Given) -> Decision:
    operator = operator_of(state) or ""
    shares = ((operator, 1), (given["partner"], 1))
    return _credited(state, scan, now, given, Terms(operator, shares=shares))


def _defect(state: State, scan: Scan, now: Moment, given: Given) -> Decision:
    owner = given["owner"].lower()
    return quality.found(
        state, _meant(scan, given), now, given["fault"], int(given["pieces"]), owner
    )


def _repair(state: State, scan: Scan, now: Moment, given: Given) -> Decision:
    return quality.repaired(state, _meant(scan, given), now)


def _off_start(state: State, scan: Scan, now: Moment, given: Given) -> Decision:
    return offstandard.start(state, scan, now, given["reason"])


def _operation(state: State, scan: Scan, now: Moment, given: Given) -> Decision:
    operation = given["operation"]
    fields: dict[str, Json] = {
        "operator": state.session.operator if state.session else None,
        "operation": operation,
        "reader": scan.reader,
    }
    source = "manual" if scan.manual else "scan"
    decision = Decision(state).record(now, "operation.chosen", source, fields)
    return decision.info(now, "operation_set", operation=operation)


def _correct(state: State, scan: Scan, now: Moment, given: Given) -> Decision:
    return corrections.corrected(
        state,
        _meant(scan, given),
        now,
        int(given["pieces"]),
        corrections.Grounds(given["supervisor"], given["reason"]),
    )


def _approve(state: State, scan: Scan, now: Moment, given: Given) -> Decision:
    return offstandard.judged(state, scan, now, given["supervisor"], approved=True)


def _reject(state: State, scan: Scan, now: Moment, given: Given) -> Decision:
    return offstandard.judged(state, scan, now, given["supervisor"], approved=False)


_COMPLETE: Final[Mapping[str, Callable[[State, Scan, Moment, Given], Decision]]] = MappingProxyType(
    {
        "split": _split,
        "shared": _shared,
        "defect": _defect,
        "repair": _repair,
        "off-start": _off_start,
        "operation": _operation,
        "correct": _correct,
        "approve": _approve,
        "reject": _reject,
    }
)
