"""What is looked at before work is credited: line, order, assignment, speed. Pure.

Each check is off, flags or refuses by setting. An impossibly fast scan is only ever flagged: it is
odd, but nobody here knows that it is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from bartack.events import Json, Moment
from bartack.projection import Level, State
from bartack.reference import Bundle, Operation
from bartack.station.pieces import Range, free, taken

MS_IN_MINUTE: Final = 60_000

Odd = Literal["missing_previous", "not_assigned", "wrong_line"]
"""What is a mark by one setting and a refusal by another."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is odd about work, what to do about it, and what explains it."""

    flag: Odd
    level: Level
    details: dict[str, Json]


def findings(
    state: State, operators: Sequence[str], bundle: Bundle, operation: Operation, pieces: Range
) -> list[Finding]:
    """What is odd about work that is about to be credited, whenever it was done."""
    found: list[Finding] = []
    rules = state.rules
    missing = _missing(state, bundle, operation, pieces)
    if rules.order != "off" and len(missing) > rules.missing_max:
        found.append(Finding("missing_previous", rules.order, {"missing": missing[0]}))
    may = (state.reference.may(operator, operation.operation) for operator in operators)
    if rules.assignment != "off" and not all(may):
        found.append(Finding("not_assigned", rules.assignment, {}))
    return found


def off_line(state: State, bundle: Bundle) -> Finding | None:
    """The bundle is of another line."""
    rules = state.rules
    if rules.line == "off" or not bundle.line or bundle.line == rules.place.line:
        return None
    return Finding("wrong_line", rules.line, {"expected_line": bundle.line})


def _missing(state: State, bundle: Bundle, operation: Operation, pieces: Range) -> list[str]:
    """Operations before this one in the route that are not done for these pieces.

    What another line or an earlier day did is not known here: routes begin where the line does.
    """
    missing = []
    for earlier in state.reference.route(bundle.style):
        if earlier.seq >= operation.seq:
            break
        left = free(bundle.pieces, taken(state, bundle.bundle, earlier.operation))
        last = pieces.first + pieces.pieces - 1
        if any(it.first <= last and it.first + it.pieces > pieces.first for it in left):
            missing.append(earlier.operation)
    return missing


def is_too_fast(
    state: State, operator: str, operation: Operation, pieces: Range, now: Moment
) -> bool:
    """Work of now came sooner after the last than anybody can sew it."""
    sewn, session = state.sewn, state.session
    if sewn is None or (sewn.operator, sewn.boot) != (operator, now.boot):
        return False
    if session is None or session.operator != operator or session.by:
        return False
    standard_ms = operation.sam * pieces.pieces * MS_IN_MINUTE
    return now.mono_ms - sewn.mono_ms < standard_ms * state.rules.fast_percent / Decimal(100)
