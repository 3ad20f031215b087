"""The rules of pay and work in progress: ``decide(state, scan, now)``. Pure.

Refuse only what is certainly wrong. Every refusal is an event with a reason code; nothing that an
operator did disappears.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from bartack.badges import AmbiguousBadge
from bartack.events import Event, Json, Moment, seal
from bartack.identify import Scan
from bartack.projection import State, apply
from bartack.reference import Bundle, Operation

Outcome = Literal["ok", "refused", "info"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the operator is told once the event is on disk. ``seq`` is None if nothing was saved."""

    at: str
    outcome: Outcome
    reason: str | None
    log: str
    seq: int | None
    operator: str | None = None
    bundle: str | None = None
    operation: str | None = None
    pieces: int | None = None

    def document(self) -> dict[str, Json]:
        """As in the JSON Lines of the console."""
        return {
            "at": self.at,
            "outcome": self.outcome,
            "reason": self.reason,
            "log": self.log,
            "seq": self.seq,
            "operator": self.operator,
            "bundle": self.bundle,
            "operation": self.operation,
            "pieces": self.pieces,
        }


@dataclass(frozen=True, slots=True)
class Decision:
    """What a scan leads to: the next state, the events to commit, what to show afterwards."""

    state: State
    events: tuple[Event, ...] = ()
    feedback: Feedback | None = None


def decide(state: State, scan: Scan, now: Moment) -> Decision:
    """Apply the rules to one scan. Never raises; what does not fit is refused with its reason."""
    return _arrival(state, scan, now) if scan.presence else _scan(state, scan, now)


def is_bundle(state: State, scan: Scan) -> bool:
    """Whether the scan is of a bundle's ticket or tag."""
    return scan.kind == "bundle" or (
        scan.kind == "tag" and scan.label.upper() in state.reference.tags
    )


def departure(state: State, label: str, now: Moment) -> Decision:
    """What rested here is gone: a bundle left, or whoever laid down a badge took it along."""
    rests, session = state.resting.get(label), state.session
    if rests is not None:
        fields: dict[str, Json] = {
            "bundle": rests.bundle,
            "label": label,
            "reader": rests.reader,
            "arrived_seq": rests.seq,
        }
        return _record(state, now, "bundle.departed", "presence", fields)
    if session is not None and session.label == label:
        fields = {"operator": session.operator, "reason": "departed", "reader": session.reader}
        closed = _record(state, now, "session.closed", "presence", fields)
        return replace(closed, feedback=_info(closed.state, now, "signed_out", session.operator))
    return Decision(state)


def _arrival(state: State, scan: Scan, now: Moment) -> Decision:
    """Something came to rest on a reader.

    UHF sees whatever carries a tag nearby: that it is unknown is nobody's mistake.
    """
    if not is_bundle(state, scan):
        owner = state.reference.badges.owner(scan.medium, scan.badge) if scan.badge else None
        stray = scan.medium == "epc" and owner is None
        return Decision(state) if stray else _scan(state, scan, now)
    if scan.label in state.resting:
        return Decision(state)
    tied = state.reference.tags.get(scan.label.upper()) if scan.kind == "tag" else None
    fields: dict[str, Json] = {
        "bundle": tied.bundle if tied is not None else scan.bundle,
        "label": scan.label,
        "reader": scan.reader,
        "operator": state.session.operator if state.session else None,
    }
    arrived = _record(state, now, "bundle.arrived", "presence", fields)
    counted = _scan(arrived.state, scan, now)
    return replace(counted, events=arrived.events + counted.events)


def _scan(state: State, scan: Scan, now: Moment) -> Decision:
    match scan.kind:
        case "badge":
            return _badge(state, scan, now)
        case "bundle":
            return _bundle(state, scan, now)
        case "tag":
            return _tag(state, scan, now)
        case "misread":
            return _refuse(state, scan, now, "bad_check_digit")
        case "unknown":
            return _refuse(state, scan, now, "unknown_code")


def note(state: State, now: Moment, type_: str, **fields: Json) -> Decision:
    """An event of the station itself, such as ``agent.started`` or ``reader.lost``."""
    return _record(state, now, type_, "station", fields)


def unavailable(state: State, scan: Scan, now: Moment) -> Feedback:
    """The answer when the ledger cannot take the scan: red, because nothing was saved."""
    operator = state.session.operator if state.session else None
    return Feedback(
        now.at, "refused", "ledger_unavailable", state.head.log, None, operator, scan.bundle or None
    )


def _badge(state: State, scan: Scan, now: Moment) -> Decision:
    owner = state.reference.badges.owner(scan.medium, scan.badge)
    if owner is None:
        return _refuse(state, scan, now, "unknown_badge")
    if isinstance(owner, AmbiguousBadge):
        return _refuse(state, scan, now, "ambiguous_badge", operators=list(owner.operators))
    session = state.session
    if session is not None and session.operator == owner.operator:
        return Decision(state, (), _info(state, now, "already_signed_in", owner.operator))
    closed: tuple[Event, ...] = ()
    if session is not None:
        decision = _record(
            state,
            now,
            "session.closed",
            _source(scan),
            {"operator": session.operator, "reason": "replaced", "reader": scan.reader},
        )
        state, closed = decision.state, decision.events
    opened = _record(
        state,
        now,
        "session.opened",
        _source(scan),
        {"operator": owner.operator, "badge": scan.badge, "reader": scan.reader},
    )
    light = _info(opened.state, now, "signed_in", owner.operator)
    return Decision(opened.state, closed + opened.events, light)


def _tag(state: State, scan: Scan, now: Moment) -> Decision:
    bundle = state.reference.tags.get(scan.label.upper())
    if bundle is not None:
        return _bundle(state, replace(scan, bundle=bundle.bundle), now)
    if scan.badge:
        return _badge(state, scan, now)
    return _refuse(state, scan, now, "unknown_tag")


def _bundle(state: State, scan: Scan, now: Moment) -> Decision:
    if state.session is None:
        return _refuse(state, scan, now, "no_operator")
    bundle = state.reference.bundles.get(scan.bundle)
    if bundle is None:
        return _refuse(state, scan, now, "unknown_bundle")
    if bundle.line and bundle.line != state.rules.place.line:
        return _refuse(state, scan, now, "wrong_line", expected_line=bundle.line)
    wanted = scan.operation or state.rules.operation
    operation = state.reference.operations.get((bundle.style, wanted))
    if operation is None:
        return _refuse(state, scan, now, "wrong_operation", operation=wanted)
    credit = state.credits.get((bundle.bundle, operation.operation))
    if credit is not None:
        return _refuse(
            state,
            scan,
            now,
            "already_done",
            operation=operation.operation,
            done_by=credit.operator,
            done_at=credit.at,
            done_seq=credit.seq,
        )
    return _credit(state, scan, now, bundle, operation)


def _credit(
    state: State, scan: Scan, now: Moment, bundle: Bundle, operation: Operation
) -> Decision:
    operator = state.session.operator if state.session else ""
    decision = _record(
        state,
        now,
        "work.done",
        _source(scan),
        {
            "operator": operator,
            "bundle": bundle.bundle,
            "operation": operation.operation,
            "pieces": bundle.pieces,
            "style": bundle.style,
            "sam": str(operation.sam),
            "rate": str(operation.rate),
            "rate_version": state.reference.version("operations"),
            "reader": scan.reader,
            "label": scan.label,
        },
    )
    light = Feedback(
        at=now.at,
        outcome="ok",
        reason=None,
        log=decision.state.head.log,
        seq=decision.state.head.seq,
        operator=operator,
        bundle=bundle.bundle,
        operation=operation.operation,
        pieces=bundle.pieces,
    )
    return Decision(decision.state, decision.events, light)


def _refuse(state: State, scan: Scan, now: Moment, reason: str, **detail: Json) -> Decision:
    operator = state.session.operator if state.session else None
    fields: dict[str, Json] = {
        "reason": reason,
        "label": scan.label,
        "reader": scan.reader,
        "operator": operator,
        "bundle": scan.bundle or None,
        "operation": scan.operation or None,
        **detail,
    }
    decision = _record(state, now, "scan.refused", _source(scan), fields)
    refused_operation = fields["operation"]
    light = Feedback(
        at=now.at,
        outcome="refused",
        reason=reason,
        log=decision.state.head.log,
        seq=decision.state.head.seq,
        operator=operator,
        bundle=scan.bundle or None,
        operation=refused_operation if isinstance(refused_operation, str) else None,
    )
    return Decision(decision.state, decision.events, light)


def _info(state: State, now: Moment, reason: str, operator: str) -> Feedback:
    return Feedback(now.at, "info", reason, state.head.log, state.head.seq, operator)


def _source(scan: Scan) -> str:
    return "presence" if scan.presence else "scan"


def _record(
    state: State, now: Moment, type_: str, source: str, fields: Mapping[str, Json]
) -> Decision:
    event = seal(state.head, state.rules.place, now, type_, source, fields)
    return Decision(apply(state, event), (event,))
