"""The rules of pay and work in progress: ``decide(state, scan, now)``. Pure.

Refuse only what is certainly wrong. Every refusal is an event with a reason code; nothing that an
operator did disappears. What comes in: a scan (``decide``), something that was taken away
(``departure``), time (``turn``), the line's word (``hear``, ``noticed``), new reference data
(``learn``).
"""

from __future__ import annotations

from dataclasses import replace

from bartack.events import Json, Moment
from bartack.identify import Scan
from bartack.neighbours import Told, heard
from bartack.projection import State
from bartack.station import asking, crediting, offstandard, sessions
from bartack.station.answers import Decision, Feedback, Outcome, operator_of, refuse, source_of
from bartack.station.commands import command
from bartack.station.learning import learn, noticed
from bartack.station.passing import turn
from bartack.wire import NeighbourSession

__all__ = [
    "Decision",
    "Feedback",
    "Outcome",
    "decide",
    "departure",
    "hear",
    "is_bundle",
    "learn",
    "note",
    "noticed",
    "turn",
    "unavailable",
]


def decide(state: State, scan: Scan, now: Moment) -> Decision:
    """Apply the rules to one scan. Never raises; what does not fit is refused with its reason."""
    state = asking.forgotten(state, now)
    return _arrival(state, scan, now) if scan.presence else _scan(state, scan, now)


def is_bundle(state: State, scan: Scan) -> bool:
    """Whether the scan is of a bundle's ticket or tag."""
    return scan.kind == "bundle" or (
        scan.kind == "tag" and state.reference.tagged(scan.label) is not None
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
        return Decision(state).record(now, "bundle.departed", "presence", fields)
    if session is not None and session.label == label:
        return sessions.departed(state, session, now)
    return Decision(state)


def hear(state: State, told: Told, now: Moment) -> Decision:
    """Another station told its credits, its faults, or who is signed in there."""
    state = replace(state, neighbours=heard(state.neighbours, told))
    if isinstance(told, NeighbourSession):
        return sessions.opened_elsewhere(state, now)
    return Decision(state)


def note(state: State, now: Moment, type_: str, **fields: Json) -> Decision:
    """An event of the station itself, such as ``agent.started`` or ``reader.lost``."""
    return Decision(state).record(now, type_, "station", fields)


def unavailable(state: State, scan: Scan, now: Moment) -> Feedback:
    """The answer when the ledger cannot take the scan: red, because nothing was saved."""
    log, operator = state.head.log, operator_of(state)
    return Feedback(
        now.at, "refused", "ledger_unavailable", log, None, operator, scan.bundle or None
    )


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
    tied = state.reference.tagged(scan.label) if scan.kind == "tag" else None
    fields: dict[str, Json] = {
        "bundle": tied.bundle if tied is not None else scan.bundle,
        "label": scan.label,
        "reader": scan.reader,
        "operator": operator_of(state),
    }
    arrived = Decision(state).record(now, "bundle.arrived", "presence", fields)
    return arrived.and_then(_scan(arrived.state, scan, now))


def _scan(state: State, scan: Scan, now: Moment) -> Decision:
    match scan.kind:
        case "badge":
            return sessions.badge(state, scan, now)
        case "bundle":
            return _bundle(state, scan, now)
        case "tag":
            return _tag(state, scan, now)
        case "command":
            return command(state, scan, now)
        case "misread":
            return refuse(state, scan, now, "bad_check_digit")
        case "unknown":
            return refuse(state, scan, now, "unknown_code")


def _tag(state: State, scan: Scan, now: Moment) -> Decision:
    bundle = state.reference.tagged(scan.label)
    if bundle is not None:
        return _bundle(state, replace(scan, bundle=bundle.bundle), now)
    if scan.badge:
        return sessions.badge(state, scan, now)
    return refuse(state, scan, now, "unknown_tag")


def _bundle(state: State, scan: Scan, now: Moment) -> Decision:
    """A bundle is credited or asked for. Sewing ends time off standard, unless it is refused."""
    meant = crediting.scanned if state.asking is None else asking.bundle
    if state.asking is not None and state.asking.command not in asking.SEWN:
        return meant(state, scan, now)
    back = offstandard.ended(Decision(state), now, "scan", source_of(scan))
    decision = back.and_then(meant(back.state, scan, now))
    answer = decision.feedback
    if back.events and answer is not None and answer.outcome == "refused":
        return meant(state, scan, now)
    return decision
