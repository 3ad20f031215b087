"""Whose fault faulty pieces are, how many there can be, and what their repair pays. Pure.

By the rule of ``rework = "by_fault"`` whoever caused a fault loses what the faulty pieces earned
and gets it back by repairing them; a fault of somebody else is paid to whoever repairs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bartack.events import Json, Moment
from bartack.projection import Credit, Defect, State, takings
from bartack.station.answers import Decision
from bartack.station.crediting import Place, Terms, work_fields
from bartack.station.pieces import Range, taken


def caused(state: State, place: Place) -> Credit | None:
    """Whose credit here the faulty pieces are; None where nobody here, or more than one, did.

    Of shared work nobody knows whose the fault was, nor of a bundle of which somebody else did
    other pieces at another station. What is disputed was not paid. Of work of a ledger that was
    replaced nobody knows what faults had taken before.
    """
    credits = state.credits.get(place.work, ())
    if len({it.operator for it in credits}) != 1:
        return None
    if any(it.shares or it.disputed or it.log != state.head.log for it in credits):
        return None
    others = (
        it
        for it in state.neighbours.credited(*place.work)
        if it.operator != credits[0].operator
        # Who claims the same pieces is in a dispute, which the hub decides.
        and all(it.first > own.last or it.first + it.pieces <= own.first for own in credits)
    )
    return None if any(others) else credits[0]


def caused_elsewhere(state: State, place: Place, pieces: int) -> tuple[str, str]:
    """Who on the line did the work, and the station that credited them with so many pieces of it.

    Both are empty where nobody or more than one did, the second where no station did alone, or
    where this one takes nothing off and so must let no other. What was credited here was looked at
    before: it has no owner.
    """
    if place.work in state.credits:
        return "", ""
    done = taken(state, *place.work)
    operators = {it.operator for it in done}
    if len(operators) != 1:
        return "", ""
    made: Counter[str] = Counter()
    for it in done:
        made[it.station] += it.last - it.first + 1
    able = [station for station, count in made.items() if count >= pieces]
    if state.rules.rework != "by_fault":
        able = []
    return min(operators), max(able, key=lambda station: (made[station], station), default="")


def open_defects(state: State, place: Place) -> dict[int, Defect]:
    """Faults found here that wait for their repair, by the event that found them."""
    return {
        seq: it
        for seq, it in state.defects.items()
        if (it.bundle, it.operation) == place.work and not it.repaired_by
    }


def left_of_bundle(state: State, place: Place) -> int:
    """So many more of the bundle's pieces can be found faulty here."""
    return place.bundle.pieces - sum(it.pieces for it in open_defects(state, place).values())


def left_of_credit(state: State, place: Place, credit: Credit) -> int:
    """So many more pieces can be taken off the owner of a credit.

    Nobody loses what more pieces earn than they were credited with.
    """
    defects, charges = takings(state, place.work, credit.operator)
    waiting = open_defects(state, place).items()
    defects |= {seq: it for seq, it in waiting if it.owner == credit.operator}
    faulty = sum(it.pieces for it in defects.values())
    faulty += sum(it.pieces for it in charges.values())
    made = sum(it.pieces for it in state.credits[place.work])
    return max(0, made - faulty)


def mended(
    state: State, now: Moment, place: Place, seq: int, operator: str, source: str,
    more: Mapping[str, Json],
) -> Decision:  # fmt: skip
    """The pieces of a fault that was found here are good again.

    What was taken from the owner for it comes back to the owner, whatever the rule is by now.
    """
    defect = state.defects[seq]
    own = bool(defect.owner) and defect.owner == operator
    returned = own and bool(defect.earned)
    credits = state.credits.get(place.work, ())
    sewn = next((it for it in credits if it.operator == operator), None) if returned else None
    at = sewn.at if sewn else now.at
    fields = work_fields(state, place, Range(1, defect.pieces), Terms(operator), at)
    del fields["first"]
    fields |= {
        "defect": seq,
        "fault": defect.fault,
        "owner": defect.owner,
        "paid": returned or _is_paid(state, defect, operator, own=own),
        **more,
    }
    fields |= {"returned": True} if returned else {}
    return Decision(state).record(now, "work.repaired", source, fields)


def _is_paid(state: State, defect: Defect, operator: str, *, own: bool) -> bool:
    """Whether a repair by which nothing comes back is paid here."""
    if own and defect.charged_at:
        return False  # that station gives back what it took
    match state.rules.rework:
        case "paid":
            return True
        case "unpaid":
            return False
        case "by_fault":
            # What somebody finds and repairs alone, nobody but them says that it was there.
            return not own and defect.finder != operator
