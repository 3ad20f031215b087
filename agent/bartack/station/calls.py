"""Calls for help, and the badge that answers them. Pure."""

from __future__ import annotations

from typing import Final

from bartack.events import Json, Moment
from bartack.identify import Scan
from bartack.projection import State
from bartack.reference import Operator
from bartack.station.answers import Decision, operator_of, origin, refuse, source_of

KINDS: Final = ("mechanic", "quality", "supervisor")


def called(state: State, scan: Scan, now: Moment, kind: str) -> Decision:
    """Call somebody; without a kind the supervisor. Needs no session: a machine burns anyway."""
    kind = kind.lower() or "supervisor"
    if kind not in KINDS:
        return refuse(state, scan, now, "unknown_command", code=kind)
    if any(call.kind == kind for call in state.calls.values()):
        return Decision(state).info(now, "help_called", code=kind)  # is on its way already
    fields: dict[str, Json] = {
        "operator": operator_of(state),
        "kind": kind,
        **origin(state, scan),
    }
    decision = Decision(state).record(now, "help.called", source_of(scan), fields)
    return decision.info(now, "help_called", code=kind)


def answered(state: State, scan: Scan, now: Moment, by: Operator | None) -> Decision:
    """Somebody came: every open call here is answered. ``by`` is None when a button said so."""
    if not state.calls:
        return refuse(state, scan, now, "no_call")
    decision = Decision(state)
    for seq, call in sorted(state.calls.items()):
        fields: dict[str, Json] = {
            "call": seq,
            "kind": call.kind,
            "operator": call.operator,
            "by": by.operator if by else operator_of(state),
        }
        decision = decision.record(now, "help.answered", source_of(scan), fields)
    return decision.info(now, "help_answered", name=by.name if by else "")
