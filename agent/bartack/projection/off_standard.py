"""How time off standard is entered, ended, judged and paid in the state. Pure."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Final

from bartack.events import Event
from bartack.projection.days import day_and_hour, with_account
from bartack.projection.state import OffStandard, State

MS_IN_HOUR: Final = 3_600_000


def started(state: State, event: Event) -> State:
    off = OffStandard(
        event.text("operator"),
        event.text("code"),
        event.at,
        event.boot,
        event.mono_ms,
        event.fields.get("needs_approval") is True,
        event.text("rate_per_hour"),
        event.number("cap_ms"),
    )
    return replace(state, off=state.off.set(event.seq, off))


def ended(state: State, event: Event) -> State:
    start = event.number("start")
    off = state.off.get(start)
    if off is None:
        return state
    ended_ms = event.number("off_ms")
    date, _ = day_and_hour(off.at, state.rules)
    state = with_account(state, off.operator, date, event.seq, off_ms=ended_ms)
    off = replace(off, ended_ms=ended_ms)
    if off.needs_approval and off.approved is None:
        return replace(state, off=state.off.set(start, off))
    return _paid(state, event, start, off)


def approved(state: State, event: Event) -> State:
    return _judged(state, event, approved=True)


def rejected(state: State, event: Event) -> State:
    return _judged(state, event, approved=False)


def _judged(state: State, event: Event, *, approved: bool) -> State:
    start = event.number("start")
    off = state.off.get(start)
    if off is None:
        return state
    off = replace(off, approved=approved)
    if off.ended_ms is None:
        return replace(state, off=state.off.set(start, off))
    return _paid(state, event, start, off)


def _paid(state: State, event: Event, start: int, off: OffStandard) -> State:
    state = replace(state, off=state.off.delete(start))
    if off.approved is False or not off.rate_per_hour:
        return state
    date, _ = day_and_hour(off.at, state.rules)
    earned = Fraction(off.rate_per_hour) * Fraction(off.ended_ms or 0, MS_IN_HOUR)
    return with_account(state, off.operator, date, event.seq, off_earned=earned)
