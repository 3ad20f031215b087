"""Faulty pieces and their repair, paid by whose fault it was. Pure.

By the rule of ``rework = "by_fault"`` whoever caused a fault loses what the faulty pieces earned
and gets it back by repairing them; a fault of somebody else is paid to whoever repairs it.
"""

from __future__ import annotations

from typing import Final

from bartack.events import Moment
from bartack.identify import Scan
from bartack.projection import Credit, Defect, State
from bartack.station.answers import Decision, operator_of, origin, refuse, source_of
from bartack.station.crediting import Place, Terms, located, work_fields
from bartack.station.pieces import Range, taken

OWNERS: Final = ("operator", "previous", "cutting", "machine")
"""Whose fault it was: of who did this operation, of an earlier one, of the cutting room, or of a
machine."""


def found(state: State, scan: Scan, now: Moment, fault: str, pieces: int, owner: str) -> Decision:
    """Somebody found faulty pieces in a bundle at an operation."""
    place = located(state, scan, now)
    if isinstance(place, Decision):
        return place
    caused = _caused(state, place) if owner == "operator" else None
    left = _left(state, place, caused)
    if pieces > left:
        return refuse(state, scan, now, "too_many_pieces", pieces_left=left)
    by = caused.operator if caused else ""
    at = caused.at if caused else now.at
    fields = work_fields(state, place, Range(1, pieces), Terms(by), at)
    fields |= {
        "operator": operator_of(state),
        "fault": fault,
        "owner_kind": owner,
        "owner": by or (_done_elsewhere(state, place) if owner == "operator" else ""),
        "deducted": caused is not None and state.rules.rework == "by_fault",
        "label": scan.label,
        **origin(state, scan),
    }
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
    """Faulty pieces of a bundle are good again: the oldest fault found here, whole."""
    place = located(state, scan, now)
    if isinstance(place, Decision):
        return place
    open_ = _open(state, place)
    if not open_:
        return refuse(state, scan, now, "no_defect", operation=place.operation.operation)
    seq = min(open_)
    defect, operator = open_[seq], operator_of(state) or ""
    fields = work_fields(state, place, Range(1, defect.pieces), Terms(operator), now.at)
    del fields["first"]
    own = bool(defect.owner) and defect.owner == operator
    # What somebody finds and repairs alone, nobody but them says that it was there.
    by_fault = bool(defect.earned) if own else defect.finder != operator
    paid = {"paid": True, "unpaid": False, "by_fault": by_fault}
    fields |= {
        "defect": seq,
        "fault": defect.fault,
        "owner": defect.owner,
        "paid": paid[state.rules.rework],
        "label": scan.label,
        **origin(state, scan),
    }
    decision = Decision(state).record(now, "work.repaired", source_of(scan), fields)
    return decision.info(
        now,
        "repaired",
        bundle=place.bundle.bundle,
        operation=place.operation.operation,
        pieces=defect.pieces,
    )


def _caused(state: State, place: Place) -> Credit | None:
    """Whose credit here the faulty pieces are; None where nobody here, or more than one, did.

    Of shared work nobody knows whose the fault was. What is disputed was not paid.
    """
    credits = state.credits.get(place.work, ())
    if len({it.operator for it in credits}) != 1:
        return None
    return None if any(it.shares or it.disputed for it in credits) else credits[0]


def _left(state: State, place: Place, caused: Credit | None) -> int:
    """So many more pieces can be faulty: of the bundle's, or of those that were taken to be good.

    Nobody loses what more pieces earn than they were credited with.
    """
    open_ = _open(state, place).values()
    left = place.bundle.pieces - sum(it.pieces for it in open_)
    if caused is None:
        return left
    made = sum(it.pieces for it in state.credits[place.work])
    return min(left, made - sum(it.pieces for it in open_ if it.owner == caused.operator))


def _done_elsewhere(state: State, place: Place) -> str:
    operators = {it.operator for it in taken(state, *place.work)}
    return min(operators) if len(operators) == 1 else ""


def _open(state: State, place: Place) -> dict[int, Defect]:
    return {seq: it for seq, it in state.defects.items() if (it.bundle, it.operation) == place.work}
