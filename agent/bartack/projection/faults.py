"""How faulty pieces are found, charged and repaired in the state. Pure."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from immutables import Map

from bartack.events import Event
from bartack.projection.days import day_and_hour, earned_by, minutes_of, with_account, with_tally
from bartack.projection.recent import remembered
from bartack.projection.state import (
    FAULTS_KEPT,
    Charge,
    Defect,
    FaultKey,
    Recent,
    Report,
    State,
    Work,
)


def found(state: State, event: Event) -> State:
    owner = event.text("owner")
    deducted = event.fields.get("deducted") is True
    defect = Defect(
        event.text("bundle"),
        event.text("operation"),
        event.text("fault"),
        event.number("pieces"),
        owner,
        earned_by(event) if deducted else Fraction(0),
        minutes_of(event) if deducted else Fraction(0),
        event.text("operator"),
        event.text("charged_at"),
    )
    state = replace(state, defects=state.defects.set(event.seq, defect))
    if owner:
        state = _paid(state, event, owner, -1 if deducted else 0, faults=defect.pieces)
    return remembered(state, _seen(event, "defect"))


def repaired(state: State, event: Event) -> State:
    operator, paid = event.text("operator"), event.fields.get("paid") is True
    defect = state.defects.get(event.number("defect"))
    earned, minutes = earned_by(event), minutes_of(event)
    if defect is not None:
        if event.fields.get("returned") is True:
            earned, minutes = defect.earned, defect.minutes
        state = replace(state, defects=_mended(state, event, defect))
    if paid:
        state = _booked(state, event, operator, event.text("operation"), earned, minutes)
    seen = replace(_seen(event, "repair"), earned=earned if paid else None)
    return remembered(state, seen)


def _mended(state: State, event: Event, defect: Defect) -> Map[int, Defect]:
    """Faults found here without one that is repaired.

    It stays known where a neighbour is to hear of it, or where its owner has lost by it for good.
    """
    seq, operator = event.number("defect"), event.text("operator")
    defects = state.defects.delete(seq)
    if not defect.charged_at and not (defect.earned and operator != defect.owner):
        return defects
    defects = defects.set(seq, replace(defect, repaired_by=operator, repaired_seq=event.seq))
    over = (it for it, kept in defects.items() if kept.repaired_by)
    for gone in sorted(over, key=lambda it: defects[it].repaired_seq)[:-FAULTS_KEPT]:
        defects = defects.delete(gone)
    return defects


def reported(state: State, event: Event) -> State:
    """Somebody repaired here what a neighbour found; the neighbour pays for it."""
    reports = state.reports.set(_key(event), Report(event.text("operator"), event.at, event.seq))
    for gone in sorted(reports, key=lambda key: reports[key].seq)[:-FAULTS_KEPT]:
        reports = reports.delete(gone)
    return remembered(replace(state, reports=reports), _seen(event, "repair"))


def charged(state: State, event: Event) -> State:
    """What a neighbour found faulty is taken from work here."""
    owner, earned = event.text("operator"), earned_by(event)
    charge = Charge(
        event.seq,
        event.text("found_at"),
        event.text("bundle"),
        event.text("operation"),
        event.number("pieces"),
        owner,
        earned,
        minutes_of(event),
    )
    state = replace(state, charges=state.charges.set(_key(event), charge))
    seen = replace(_seen(event, "defect"), earned=-earned)
    return remembered(_paid(state, event, owner, -1), seen)


def closed(state: State, event: Event) -> State:
    """The neighbour says that the pieces are repaired: by the owner, so the money comes back."""
    charge = state.charges.get(_key(event))
    if charge is None or not charge.is_open:
        return state
    returned = event.fields.get("returned") is True
    state = _over(state, event, _key(event), charge, returned=returned)
    seen = replace(_seen(event, "repair"), earned=charge.earned)
    return remembered(state, seen) if returned else state


def given_back(state: State, event: Event, work: Work, owner: str) -> State:
    """Work was taken back: what its faults took beyond the pieces that are left is given back.

    The newest faults first, each as a whole. What a correction counts anew is left, too.
    """
    left = sum(it.pieces for it in state.credits.get(work, ()) if it.operator == owner)
    left += event.number("recounted")
    defects, charges = takings(state, work, owner)
    over = sum(it.pieces for it in defects.values()) - left
    over += sum(it.pieces for it in charges.values())
    faults: dict[int, Defect | FaultKey] = {**defects}
    faults |= {charge.seq: key for key, charge in charges.items()}
    for seq in sorted(faults, reverse=True):
        if over <= 0:
            break
        fault = faults[seq]
        if isinstance(fault, Defect):
            over -= fault.pieces
            state = _forgiven(state, event, seq, fault, is_left=left > 0)
        else:
            over -= charges[fault].pieces
            state = _over(state, event, fault, charges[fault], returned=True)
    return state


def takings(
    state: State, work: Work, owner: str
) -> tuple[dict[int, Defect], dict[FaultKey, Charge]]:
    """Faults that have taken something from an operator's work here and not given it back."""
    wanted = (*work, owner)
    defects = {
        seq: it
        for seq, it in state.defects.items()
        if (it.bundle, it.operation, it.owner) == wanted and it.earned
    }
    charges = {
        key: it
        for key, it in state.charges.items()
        if (it.bundle, it.operation, it.owner) == wanted and (it.is_open or it.earned)
    }
    return defects, charges


def _forgiven(state: State, event: Event, seq: int, defect: Defect, *, is_left: bool) -> State:
    """What a fault found here took comes back; it still waits where something is left of the
    work."""
    waits = replace(defect, earned=Fraction(0), minutes=Fraction(0))
    keep = is_left and not defect.repaired_by
    defects = state.defects.set(seq, waits) if keep else state.defects.delete(seq)
    state = replace(state, defects=defects)
    return _booked(state, event, defect.owner, defect.operation, defect.earned, defect.minutes)


def _over(state: State, event: Event, key: FaultKey, charge: Charge, *, returned: bool) -> State:
    closed = replace(charge, is_open=False)
    if returned:
        closed = replace(closed, earned=Fraction(0), minutes=Fraction(0))
    charges = state.charges.set(key, closed)
    over = (it for it, kept in charges.items() if not kept.is_open)
    for gone in sorted(over, key=lambda it: charges[it].seq)[:-FAULTS_KEPT]:
        charges = charges.delete(gone)
    state = replace(state, charges=charges)
    if not returned:
        return state
    return _booked(state, event, charge.owner, charge.operation, charge.earned, charge.minutes)


def _paid(state: State, event: Event, operator: str, sign: int, faults: int = 0) -> State:
    """Money and minutes of pieces that were counted already, on the day of the event."""
    earned, minutes = sign * earned_by(event), sign * minutes_of(event)
    operation = event.text("operation")
    if sign:
        state = _booked(state, event, operator, operation, earned, minutes)
    date, _ = day_and_hour(event.at, state.rules)
    return with_account(state, operator, date, event.seq, faults=faults)


def _booked(
    state: State, event: Event, operator: str, operation: str, earned: Fraction, minutes: Fraction
) -> State:
    date, _ = day_and_hour(event.at, state.rules)
    state = with_tally(state, (operator, operation), date, event.seq, 0, 0, earned)
    return with_account(state, operator, date, event.seq, earned=earned, minutes=minutes)


def _key(event: Event) -> FaultKey:
    return event.text("of_log"), event.number("defect")


def _seen(event: Event, kind: str) -> Recent:
    return Recent(
        event.seq,
        event.text("operator"),
        event.at,
        kind,
        event.text("bundle"),
        event.text("operation"),
        event.number("pieces"),
    )
