"""Time that is not sewing: begun with a reason, capped, ended by the next scan, approved. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bartack.events import Json, Moment
from bartack.identify import Scan
from bartack.projection import OffStandard, State
from bartack.station.answers import Decision, name_of, origin, refuse, source_of

MS_IN_MINUTE: Final = 60_000


def running(state: State) -> tuple[int, OffStandard] | None:
    """The time off standard that lasts now, with the event that began it."""
    for seq, off in state.off.items():
        if off.ended_ms is None:
            return seq, off
    return None


def waiting(state: State) -> dict[int, OffStandard]:
    """What a supervisor has not judged yet, running or over, oldest first."""
    return {
        seq: off
        for seq, off in sorted(state.off.items())
        if off.needs_approval and off.approved is None
    }


def start(state: State, scan: Scan, now: Moment, code: str) -> Decision:
    """Begin time off standard for a reason of the reference data."""
    if state.session is None:
        return refuse(state, scan, now, "no_operator")
    reason = state.reference.reasons.get(code)
    if reason is None:
        return refuse(state, scan, now, "unknown_reason", code=code)
    lasts = running(state)
    if lasts is not None:
        return refuse(state, scan, now, "already_off_standard", code=lasts[1].code)
    fields: dict[str, Json] = {
        "operator": state.session.operator,
        "code": code,
        "pay": reason.pay,
        "rate_per_hour": str(reason.rate_per_hour) if reason.pay == "time" else "",
        "cap_ms": (reason.cap_min or 0) * MS_IN_MINUTE,
        "needs_approval": reason.needs_approval,
        **origin(state, scan),
    }
    decision = Decision(state).record(now, "offstandard.started", source_of(scan), fields)
    return decision.info(
        now,
        "offstandard_waiting" if reason.needs_approval else "offstandard_started",
        code=code,
        name=reason.name,
    )


def end(state: State, scan: Scan, now: Moment) -> Decision:
    """End it by card or button."""
    lasts = running(state)
    if lasts is None:
        return refuse(state, scan, now, "not_off_standard")
    decision = ended(Decision(state), now, "command", source_of(scan))
    return decision.info(now, "offstandard_ended", code=lasts[1].code)


def ended(decision: Decision, now: Moment, why: str, source: str) -> Decision:
    """The decision with running time off standard ended; ``why``: scan, command, cap, session."""
    lasts = running(decision.state)
    if lasts is None:
        return decision
    seq, off = lasts
    # A restart loses the monotonic clock; nobody knows how long it was, so nothing is made up.
    off_ms = now.mono_ms - off.mono_ms if off.boot == now.boot else 0
    off_ms = min(off_ms, off.cap_ms) if off.cap_ms else off_ms
    fields: dict[str, Json] = {
        "start": seq,
        "operator": off.operator,
        "code": off.code,
        "off_ms": off_ms,
        "reason": why,
    }
    return decision.record(now, "offstandard.ended", source, fields)


def judged(state: State, scan: Scan, now: Moment, supervisor: str, *, approved: bool) -> Decision:
    """A supervisor approves or rejects everything here that waits for it, but for their own."""
    decision = Decision(state)
    open_ = waiting(state)
    if not open_:
        return refuse(state, scan, now, "nothing_to_approve")
    others = {seq: off for seq, off in open_.items() if off.operator != supervisor}
    if not others:
        return refuse(state, scan, now, "not_supervisor", code=supervisor)
    type_ = "offstandard.approved" if approved else "offstandard.rejected"
    for seq, off in others.items():
        fields: dict[str, Json] = {
            "start": seq,
            "operator": off.operator,
            "code": off.code,
            "by": supervisor,
        }
        decision = decision.record(now, type_, source_of(scan), fields)
    decision = replace(decision, state=replace(decision.state, asking=None))
    return decision.info(
        now,
        "offstandard_approved" if approved else "offstandard_rejected",
        name=name_of(state, supervisor),
    )
