"""Whose fault faulty pieces are, how many there can be, and what their repair pays. Pure.

By the rule of ``rework = "by_fault"`` whoever caused a fault loses what the faulty pieces earned
and gets it back by repairing them; a fault of somebody else is paid to whoever repairs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bartack.events import Json, Moment
from bartack.projection import Charge, Credit, Defect, State
from bartack.station.answers import Decision
from bartack.station.crediting import Place, Terms, work_fields
from bartack.station.pieces import Range, taken


def caused(state: State, place: Place) -> Credit | None:
    """Whose credit here the faulty pieces are; None where nobody here, or more than one, did.

    Of shared work nobody knows whose the fault was. What is disputed was not paid.
    """
    credits = state.credits.get(place.work, ())
    if len({it.operator for it in credits}) != 1:
        return None
    return None if any(it.shares or it.disputed for it in credits) else credits[0]


def caused_elsewhere(state: State, place: Place, pieces: int) -> tuple[str, str]:
    """Who on the line did the work, and the station that credited them with so many pieces of it.

    Both are empty where nobody or more than one did, the second where no station did alone.
    """
    done = taken(state, *place.work)
    operators = {it.operator for it in done}
    if len(operators) != 1:
        return "", ""
    made: Counter[str] = Counter()
    for it in done:
        made[it.station] += it.last - it.first + 1
    able = [station for station, count in made.items() if station and count >= pieces]
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
    faults: list[Defect | Charge] = [*open_defects(state, place).values()]
    faults += [
        it
        for it in state.charges.values()
        if (it.bundle, it.operation) == place.work and it.is_open
    ]
    made = sum(it.pieces for it in state.credits[place.work])
    return made - sum(it.pieces for it in faults if it.owner == credit.operator)


def mended(
    state: State, now: Moment, place: Place, seq: int, operator: str, source: str,
    more: Mapping[str, Json],
) -> Decision:  # fmt: skip
    """The pieces of a fault that was found here are good again."""
    defect = state.defects[seq]
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
        **more,
    }
    return Decision(state).record(now, "work.repaired", source, fields)
