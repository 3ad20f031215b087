"""How faulty pieces are found, charged and repaired in the state. Pure."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

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
    seq = event.number("defect")
    defect = state.defects.get(seq)
    if defect is not None:
        defects = state.defects.delete(seq)
        if defect.charged_at:
            defects = defects.set(seq, replace(defect, repaired_by=operator))
            over = sorted(key for key, it in defects.items() if it.repaired_by)
            for gone in over[:-FAULTS_KEPT]:
                defects = defects.delete(gone)
        state = replace(state, defects=defects)
    state = _paid(state, event, operator, 1 if paid else 0)
    seen = replace(_seen(event, "repair"), earned=earned_by(event) if paid else None)
    return remembered(state, seen)


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
    """Nothing is left that faults could be taken from: what they took is given back."""
    for seq, it in state.defects.items():
        if (it.bundle, it.operation) == work and it.owner == owner and it.earned:
            state = replace(state, defects=state.defects.delete(seq))
            state = _booked(state, event, owner, it.operation, it.earned, it.minutes)
    for key, charge in state.charges.items():
        if (charge.bundle, charge.operation, charge.owner) == (*work, owner) and charge.is_open:
            state = _over(state, event, key, charge, returned=True)
    return state


def _over(state: State, event: Event, key: FaultKey, charge: Charge, *, returned: bool) -> State:
    charges = state.charges.set(key, replace(charge, is_open=False))
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
