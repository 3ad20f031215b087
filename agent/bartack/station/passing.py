"""What is due by itself: caps, shift ends, idle sessions, faults that the line told of. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from bartack.events import Moment
from bartack.projection import Session, State, local_time
from bartack.station import asking, line_faults, offstandard, sessions
from bartack.station.answers import Decision

MS_IN_MINUTE: Final = 60_000


def turn(state: State, now: Moment) -> Decision:
    """What is due now; nothing most of the time."""
    state = asking.forgotten(state, now)
    decision = _capped(line_faults.heeded(state, now), now)
    session = decision.state.session
    if session is None:
        return decision
    reason = _over(state, session, now)
    if reason is None:
        return decision
    return decision.and_then(sessions.ended_by_time(decision.state, session, now, reason))


def _capped(decision: Decision, now: Moment) -> Decision:
    """Time off standard ends at its cap, whether or not anybody comes back."""
    lasts = offstandard.running(decision.state)
    if lasts is None:
        return decision
    _, off = lasts
    if off.boot != now.boot:  # the machine was off: when it ended nobody knows
        return offstandard.ended(decision, now, "restart", "station")
    if not off.cap_ms or now.mono_ms - off.mono_ms < off.cap_ms:
        return decision
    ended = offstandard.ended(decision, now, "cap", "station")
    return ended.info(now, "offstandard_ended", code=off.code)


def _over(state: State, session: Session, now: Moment) -> str | None:
    """Why a session ends by itself now; None while it goes on."""
    limit_ms = state.rules.sign_out_after_min * MS_IN_MINUTE
    idle_ms = now.mono_ms - session.acted_ms
    if limit_ms and session.acted_boot == now.boot and idle_ms >= limit_ms and not session.label:
        return "idle"
    if not state.rules.shift_ends:
        return None
    opened = local_time(session.opened_at, state.rules.timezone)
    here = local_time(now.at, state.rules.timezone)
    if any(opened < end <= here for end in _shift_ends(state, opened)):
        return "shift_end"
    return None


def _shift_ends(state: State, opened: datetime) -> list[datetime]:
    """The ends of shifts on the day of the sign-in and the day after."""
    clocks = [time.fromisoformat(it) for it in state.rules.shift_ends]
    days = (opened.date(), opened.date() + timedelta(days=1))
    return [datetime.combine(day, clock, opened.tzinfo) for day in days for clock in clocks]
