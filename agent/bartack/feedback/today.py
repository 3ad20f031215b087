"""How many pieces the operator who is signed in has today. Pure."""

from __future__ import annotations

from bartack.projection import State, day_and_hour


def pieces_today(state: State, at: str) -> int:
    """Counted pieces of the factory's day that ``at`` (RFC 3339) lies in; 0 without an operator."""
    date, _ = day_and_hour(at, state.rules)
    day, session = state.days.get(date), state.session
    if day is None or session is None:
        return 0
    work = day.work.items()
    return sum(tally.pieces for (operator, _), tally in work if operator == session.operator)
