"""Faulty pieces between the stations of a line: found at one, sewn or repaired at another. Pure.

Three stations may have a part in a fault. The one that **found** it is the only one that says
whether it is repaired and pays the repair; the one that **credited** the work takes its pay off the
owner, and gives it back; any may **report** that the pieces were repaired there. Each writes only
what it is sure of by itself, so a message that comes late, twice or never pays nothing twice.
"""

from __future__ import annotations

from dataclasses import replace

from bartack.events import Json, Moment
from bartack.identify import Scan
from bartack.projection import CHARGES_MAX, State
from bartack.station.answers import Decision, operator_of, origin, refuse, source_of
from bartack.station.crediting import Place, Terms, work_fields
from bartack.station.pieces import Range
from bartack.station.rework import caused, left_of_credit, mended
from bartack.wire import NeighbourFault, NeighbourRepair


def reported(state: State, scan: Scan, now: Moment, place: Place) -> Decision:
    """Pieces that a neighbour found faulty are good again: the oldest such fault, whole."""
    waiting = [
        fault
        for told in state.neighbours.faults.values()
        for fault in told.found
        if (fault.bundle, fault.operation) == place.work
        and not fault.repaired_by
        and (fault.log, fault.seq) not in state.reports
    ]
    if not waiting:
        return refuse(state, scan, now, "no_defect", operation=place.operation.operation)
    fault = min(waiting, key=lambda it: (it.station, it.seq))
    fields = _fields_of(fault)
    fields |= {"operator": operator_of(state), "label": scan.label, **origin(state, scan)}
    decision = Decision(state).record(now, "repair.reported", source_of(scan), fields)
    shown = {name: fields[name] for name in ("bundle", "operation", "pieces")}
    return decision.info(now, "repaired", **shown)


def heeded(state: State, now: Moment) -> Decision:
    """What follows here from what neighbours last told of faults; nothing if it was heeded."""
    faults = state.neighbours.faults
    if faults is state.heeded_faults:
        return Decision(state)
    decision = Decision(state)
    for _, told in sorted(faults.items()):
        for repair in reversed(told.repairs):
            decision = _confirmed(decision, repair, now)
        for fault in reversed(told.found):
            decision = _closed(_charged(decision, fault, now), fault, now)
    return replace(decision, state=replace(decision.state, heeded_faults=faults))


def _confirmed(decision: Decision, repair: NeighbourRepair, now: Moment) -> Decision:
    """A neighbour reports the repair of what was found here: it is paid, unless it was already."""
    state = decision.state
    defect = state.defects.get(repair.fault_seq)
    if repair.fault_log != state.head.log or defect is None or defect.repaired_by:
        return decision
    place = _place(state, defect.bundle, defect.operation)
    if place is None:
        return decision
    more: dict[str, Json] = {
        "reported_at": repair.station,
        "report_log": repair.log,
        "report": repair.seq,
    }
    confirmed = mended(state, now, place, repair.fault_seq, repair.operator, "station", more)
    return decision.and_then(confirmed)


def _charged(decision: Decision, fault: NeighbourFault, now: Moment) -> Decision:
    """A neighbour found faults in work of this station: what they earned is taken off, once."""
    state = decision.state
    key = (fault.log, fault.seq)
    if fault.charged_at != state.rules.place.station or fault.repaired_by or key in state.charges:
        return decision
    place = _place(state, fault.bundle, fault.operation)
    credit = caused(state, place) if place else None
    if place is None or credit is None or credit.operator != fault.owner:
        return decision
    if state.rules.rework != "by_fault" or fault.pieces > left_of_credit(state, place, credit):
        return decision
    if sum(it.is_open for it in state.charges.values()) >= CHARGES_MAX:
        return decision
    fields = work_fields(state, place, Range(1, fault.pieces), Terms(fault.owner), credit.at)
    del fields["first"]
    fields |= _fields_of(fault) | {"operator": fault.owner, "finder": fault.finder}
    charged = decision.record(now, "defect.charged", "station", fields)
    return charged.info(
        now,
        "notice_fault",
        operator=fault.owner,
        bundle=fault.bundle,
        operation=fault.operation,
        pieces=fault.pieces,
        done_station=fault.station,
    )


def _closed(decision: Decision, fault: NeighbourFault, now: Moment) -> Decision:
    """What was taken off here is repaired: it comes back if the owner did it."""
    charge = decision.state.charges.get((fault.log, fault.seq))
    if charge is None or not charge.is_open or not fault.repaired_by:
        return decision
    if charge.found_at != fault.station:  # another one's word does not count
        return decision
    fields = _fields_of(fault) | {
        "operator": charge.owner,
        "repaired_by": fault.repaired_by,
        "returned": fault.repaired_by == charge.owner,
    }
    return decision.record(now, "defect.closed", "station", fields)


def _fields_of(fault: NeighbourFault) -> dict[str, Json]:
    return {
        "bundle": fault.bundle,
        "operation": fault.operation,
        "pieces": fault.pieces,
        "fault": fault.fault,
        "found_at": fault.station,
        "of_log": fault.log,
        "defect": fault.seq,
    }


def _place(state: State, bundle: str, operation: str) -> Place | None:
    known = state.reference.bundle(bundle)
    sewn = state.reference.operations.get((known.style, operation)) if known else None
    return Place(known, sewn) if known and sewn else None
