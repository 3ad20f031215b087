"""What is put right afterwards: undone by the operator, corrected by a supervisor, disputed. Pure.

Nothing is edited or deleted. An undo voids an event by another; a correction voids it and says
what is right, with who vouches for it and why, so that both values stay to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bartack.events import Json, Moment
from bartack.identify import Scan
from bartack.projection import Credit, Recent, State, Work
from bartack.station.answers import Decision, origin, refuse, source_of
from bartack.station.crediting import Terms, credit, located
from bartack.station.pieces import free, taken

REASONS: Final = ("miscount", "wrong_bundle", "wrong_operation", "not_scanned", "other")
"""Why something is corrected, as the screen offers it; a card may say another code."""


TAKEN_BACK: Final = frozenset({("done", "counted"), ("held", "held")})
"""Kinds and states of what an operator may undo."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """Who vouches for a correction, and the code of why."""

    by: str
    reason: str


def undone(state: State, scan: Scan, now: Moment) -> Decision:
    """Take back the operator's last work here, or the one that the screen names."""
    session = state.session
    if session is None:
        return refuse(state, scan, now, "no_operator")
    found = next(
        (
            it
            for it in state.recent
            if (it.kind, it.state) in TAKEN_BACK
            and it.operator == session.operator
            and scan.seq in (None, it.seq)
            and is_recent(state, it, now)
        ),
        None,
    )
    if found is None:
        return refuse(state, scan, now, "nothing_to_undo")
    work = found.bundle, found.operation
    if found.kind == "held":
        return _held_undone(state, scan, now, found)
    named = (found.seq, state.head.log)
    credits = state.credits.get(work, ())
    own = next((it for it in credits if (it.seq, it.log) == named), None)
    if own is None:
        return refuse(state, scan, now, "nothing_to_undo")
    fields = {**_void(work, own), "reason": "undo", **origin(state, scan)}
    decision = Decision(state).record(now, "work.voided", source_of(scan), fields)
    return decision.info(now, "undone", bundle=work[0], operation=work[1], pieces=own.pieces)


def _held_undone(state: State, scan: Scan, now: Moment, found: Recent) -> Decision:
    """Work that was held does not wait for its bundle any more."""
    fields: dict[str, Json] = {
        "voids": found.seq,
        "operator": found.operator,
        "bundle": found.bundle,
        "operation": found.operation,
        "pieces": 0,
        "reason": "undo",
        **origin(state, scan),
    }
    decision = Decision(state).record(now, "work.voided", source_of(scan), fields)
    return decision.info(now, "undone", bundle=found.bundle, operation=found.operation)


def corrected(state: State, scan: Scan, now: Moment, pieces: int, grounds: Grounds) -> Decision:
    """So many pieces of the bundle are right for the operator who is signed in; 0: none."""
    session = state.session
    if session is None:
        return refuse(state, scan, now, "no_operator")
    place = located(state, scan, now)
    if isinstance(place, Decision):
        return place
    operator = session.operator
    before = [it for it in state.credits.get(place.work, ()) if it.operator == operator]
    if not before and not pieces:
        return refuse(state, scan, now, "nothing_to_undo")
    decision = Decision(state)
    for it in before:
        fields = {**_void(place.work, it), "by": grounds.by, "reason": grounds.reason}
        fields |= {"recounted": pieces} if pieces else {}
        decision = decision.record(now, "work.voided", "correction", fields)
    if pieces:
        left = free(place.bundle.pieces, taken(decision.state, *place.work))
        most = max((it.pieces for it in left), default=0)
        if pieces > most:  # nothing of it: half a correction would be another mistake
            return refuse(state, scan, now, "too_many_pieces", pieces_left=most)
        terms = _terms(operator, pieces, grounds, before)
        decision = decision.and_then(credit(decision.state, scan, now, place, terms))
    return decision.info(
        now,
        "corrected",
        bundle=place.bundle.bundle,
        operation=place.operation.operation,
        pieces=pieces,
    )


def _terms(operator: str, pieces: int, grounds: Grounds, before: Sequence[Credit]) -> Terms:
    extra: dict[str, Json] = {"by": grounds.by, "reason": grounds.reason}
    extra |= {"corrects": [it.seq for it in before]} if before else {}
    return Terms(
        operator,
        split=pieces,
        shares=before[0].shares if before else (),
        worked_at=before[0].at if before else "",
        source="correction",
        vouched=True,
        extra=tuple(extra.items()),
    )


def disputed(state: State, scan: Scan, now: Moment) -> Decision:
    """The operator does not agree with the last answer, or with the one that the screen names."""
    session = state.session
    if session is None:
        return refuse(state, scan, now, "no_operator")
    own = [it for it in state.recent if it.operator == session.operator]
    found = next((it for it in own if scan.seq in (None, it.seq)), None)
    if found is None:
        return refuse(state, scan, now, "nothing_to_dispute")
    if found.disputed:
        return refuse(state, scan, now, "already_disputed")
    fields: dict[str, Json] = {
        "operator": session.operator,
        "of": found.seq,
        "kind": found.kind,
        "bundle": found.bundle or None,
        "operation": found.operation or None,
        "reason": found.reason or None,
        **origin(state, scan),
    }
    decision = Decision(state).record(now, "scan.disputed", source_of(scan), fields)
    return decision.info(now, "disputed", bundle=found.bundle, operation=found.operation)


def _void(work: Work, credit: Credit) -> dict[str, Json]:
    return {
        "voids": credit.seq,
        "of_log": credit.log,
        "operator": credit.operator,
        "bundle": work[0],
        "operation": work[1],
        "first": credit.first,
        "pieces": credit.pieces,
    }


def is_recent(state: State, it: Recent, now: Moment) -> bool:
    """Whether the operator may still take it back."""
    passed = datetime.fromisoformat(now.at) - datetime.fromisoformat(it.at)
    return passed <= timedelta(minutes=state.rules.undo_within_min)
