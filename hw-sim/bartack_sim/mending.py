"""Faulty pieces: who finds them, whose fault they were, and who makes them good again.

Whoever caused a fault loses what the pieces earned and gets it back by repairing them; anybody else
is paid for the repair, unless nobody but them has seen the fault.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from bartack_sim.books import HEARD_S
from bartack_sim.cards import card
from bartack_sim.company import Errand
from bartack_sim.honest import choose
from bartack_sim.line import Bundle, Station
from bartack_sim.terms import raised_rate
from bartack_sim.truth import Want
from bartack_sim.visits import as_guest
from bartack_sim.worker import NotNowError, Worker

FAULTY_MAX = 3

OTHERS = ("previous", "cutting", "machine")
"""Owners of faults that are nobody's who sewed the operation: each costs and pays the same."""


def defect(worker: Worker) -> None:
    """Find faults of one's own: the pay is lost until they are repaired, which most are."""
    bundle = worker.untouched()
    with worker.at_desk():
        pieces = report(worker, bundle, worker.station, "operator")
    if worker.seat.rng.random() < 0.7:
        with worker.at_desk():
            repair(worker, bundle, worker.station, pieces)


def fault_of_others(worker: Worker) -> None:
    """Find faults of an earlier operation, the cutting room or a machine and repair them oneself:
    nobody vouches, so no pay."""
    bundle = worker.untouched()
    with worker.at_desk():
        pieces = report(worker, bundle, worker.station, worker.seat.rng.choice(OTHERS))
    with worker.at_desk():
        repair(worker, bundle, worker.station, pieces)


def mended_by_others(worker: Worker) -> None:
    """Find faults, mostly of one's own; a neighbour comes, repairs them and is paid for it."""
    mender = _neighbour(worker)
    bundle = worker.untouched()
    owner = "operator" if worker.seat.rng.random() < 0.5 else worker.seat.rng.choice(OTHERS)
    with worker.at_desk():
        pieces = report(worker, bundle, worker.station, owner)
    errand = Errand("mend", worker.act, bundle, worker.station.code, _now_s(worker), pieces)
    worker.company.send(mender.code, errand)


def found_by_others(worker: Worker) -> None:
    """Let a neighbour look at a bundle of one's own: ``inspect`` tells what comes of it."""
    finder = _neighbour(worker)
    bundle = worker.untouched()
    errand = Errand("inspect", worker.act, bundle, worker.station.code, _now_s(worker))
    worker.company.send(finder.code, errand)


def inspect(worker: Worker, errand: Errand) -> None:
    """Find faults in a neighbour's bundle. Mostly the neighbour repairs them: one's own fault
    comes back, anything else is paid. What the finder repairs nobody pays."""
    host = worker.company.desks[errand.station].station
    owner = "operator" if worker.seat.rng.random() < 0.5 else worker.seat.rng.choice(OTHERS)
    alone = worker.seat.rng.random() < 0.3
    with as_guest(worker, host):
        pieces = report(worker, errand.bundle, host, owner)
        if alone:
            repair(worker, errand.bundle, host, pieces)
    if not alone:
        ready_s = _now_s(worker)
        back = replace(errand, what="mend", pieces=pieces, ready_s=ready_s)
        worker.company.send(host.code, back)


def found_down_the_line(worker: Worker) -> None:
    """Pass on a bundle of one's own; whoever gets it looks at it at the own desk, as ``check``."""
    _let_check(worker, "mend_here")


def recounted_after_faults(worker: Worker) -> None:
    """The same, and then a supervisor counts the bundle anew where it was sewn."""
    _let_check(worker, "recount")


def _let_check(worker: Worker, then: Literal["mend_here", "recount"]) -> None:
    """Have the next desk look at a bundle, as ``check``; ``then`` comes what must be done here."""
    finder = _neighbour(worker)
    if raised_rate(worker.company.line, worker.seat.station.operation) is not None:
        raise NotNowError  # what is taken off would depend on which news comes first
    bundle = worker.untouched()
    # By then the line knows whose work it is.
    ready_s = _now_s(worker) + HEARD_S
    errand = Errand("check", worker.act, bundle, worker.station.code, ready_s, then=then)
    worker.company.send(finder.code, errand)


def check(worker: Worker, errand: Errand) -> None:
    """Find faults that were sewn at another desk. Mostly they are repaired there, and the pay comes
    back; sometimes here, which nobody pays to who found them. Or the work is counted anew there."""
    home = worker.company.desks[errand.station].station
    alone = errand.then == "mend_here" and worker.seat.rng.random() < 0.2
    with worker.at_desk():
        choose(worker, home.operation.code)
        pieces = report(worker, errand.bundle, home, "operator")
        if alone:
            repair(worker, errand.bundle, home, pieces)
        choose(worker, worker.operation)
    if not alone:
        told_s = _now_s(worker) + HEARD_S
        back = replace(errand, what=errand.then, pieces=pieces, ready_s=told_s)
        worker.company.send(home.code, back)


def mend_here(worker: Worker, errand: Errand) -> None:
    """Repair at the desk where it was sewn what was found at another."""
    with worker.at_desk():
        repair(worker, errand.bundle, worker.seat.station, errand.pieces, code="reported")


def mend(worker: Worker, errand: Errand) -> None:
    """Repair what somebody else has found, at the station where it was found."""
    host = worker.company.desks[errand.station].station
    if host == worker.seat.station:
        with worker.at_desk():
            repair(worker, errand.bundle, host, errand.pieces)
        return
    with as_guest(worker, host):
        repair(worker, errand.bundle, host, errand.pieces)


def _now_s(worker: Worker) -> float:
    return worker.company.books.now_s()


def _neighbour(worker: Worker) -> Station:
    others = worker.company.neighbours(worker.seat.station)
    if not others:
        raise NotNowError
    return others[0]


def report(worker: Worker, bundle: Bundle, host: Station, owner: str) -> int:
    """Report faulty pieces of a bundle that was scanned at the desk of ``host``; how many.

    Whoever calls it holds that desk, as for ``repair``.
    """
    pieces = worker.seat.rng.randint(1, FAULTY_MAX)
    operation = host.operation.code
    ticket = bundle.ticket_text(operation)
    worker.card("DEFECT", "", "need_bundle")
    worker.step(worker.intent("card", ticket, Want("info", "need_fault")))
    worker.card("FAULT", worker.seat.rng.choice(("F01", "F02")), "need_pieces")
    worker.card("PIECES", str(pieces), "need_owner")
    intent = worker.intent("defect", card("OWNER", owner), Want("info", "defect_noted", pieces))
    worker.step(
        replace(
            intent,
            bundle=bundle.code,
            operation=operation,
            pieces=pieces,
            label=ticket,
            code=owner,
        )
    )
    return pieces


def repair(worker: Worker, bundle: Bundle, host: Station, pieces: int, code: str = "") -> None:
    """Repair faults in work of ``host``; ``code`` "reported": they were found at another desk."""
    operation = host.operation.code
    worker.card("REPAIR", "", "need_bundle")
    ticket = bundle.ticket_text(operation)
    intent = worker.intent("repair", ticket, Want("info", "repaired", pieces))
    worker.step(replace(intent, bundle=bundle.code, operation=operation, pieces=pieces, code=code))
    worker.is_off = False


ACTS = {
    act.__name__: act
    for act in (
        defect,
        fault_of_others,
        mended_by_others,
        found_by_others,
        found_down_the_line,
        recounted_after_faults,
    )
}
"""Each by its name among the habits."""
