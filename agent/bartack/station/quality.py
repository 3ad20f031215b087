"""Faulty pieces are found, and repaired. Pure."""

from __future__ import annotations

from typing import Final

from bartack.events import Json, Moment
from bartack.identify import Scan
from bartack.projection import State
from bartack.station import line_faults
from bartack.station.answers import Decision, operator_of, origin, refuse, source_of
from bartack.station.crediting import Terms, located, work_fields
from bartack.station.pieces import Range
from bartack.station.rework import (
    caused,
    caused_elsewhere,
    left_of_bundle,
    left_of_credit,
    mended,
    open_defects,
)

OWNERS: Final = ("operator", "previous", "cutting", "machine")
"""Whose fault it was: of who did this operation, of an earlier one, of the cutting room, or of a
machine."""


def found(state: State, scan: Scan, now: Moment, fault: str, pieces: int, owner: str) -> Decision:
    """Somebody found faulty pieces in a bundle at an operation."""
    place = located(state, scan, now)
    if isinstance(place, Decision):
        return place
    credit = caused(state, place) if owner == "operator" else None
    left = left_of_bundle(state, place)
    left = min(left, left_of_credit(state, place, credit)) if credit else left
    if pieces > left:
        return refuse(state, scan, now, "too_many_pieces", pieces_left=left)
    by, charged_at = credit.operator if credit else "", ""
    at = credit.at if credit else now.at
    fields = work_fields(state, place, Range(1, pieces), Terms(by), at)
    if owner == "operator" and credit is None:
        by, charged_at = caused_elsewhere(state, place, pieces)
    fields |= {
        "operator": operator_of(state),
        "fault": fault,
        "owner_kind": owner,
        "owner": by,
        "deducted": credit is not None and state.rules.rework == "by_fault",
        "label": scan.label,
        **origin(state, scan),
    }
    fields |= {"charged_at": charged_at} if charged_at else {}
    del fields["first"]
    decision = Decision(state).record(now, "defect.found", source_of(scan), fields)
    return decision.info(
        now,
        "defect_noted",
        bundle=place.bundle.bundle,
        operation=place.operation.operation,
        pieces=pieces,
        code=fault,
        name=state.reference.faults[fault].name if fault in state.reference.faults else fault,
    )


def repaired(state: State, scan: Scan, now: Moment) -> Decision:
    """Faulty pieces of a bundle are good again: the oldest fault found here, or on the line."""
    place = located(state, scan, now)
    if isinstance(place, Decision):
        return place
    open_ = open_defects(state, place)
    if not open_:
        return line_faults.reported(state, scan, now, place)
    seq, operator = min(open_), operator_of(state) or ""
    more: dict[str, Json] = {"label": scan.label, **origin(state, scan)}
    decision = mended(state, now, place, seq, operator, source_of(scan), more)
    return decision.info(
        now,
        "repaired",
        bundle=place.bundle.bundle,
        operation=place.operation.operation,
        pieces=open_[seq].pieces,
    )
