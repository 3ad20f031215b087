"""Bundles that no station knows yet: held where that is the setting, decided once they are known.

Nothing is paid for one that the office never imports, nor for work that was taken back meanwhile or
that nobody may be paid for after all.
"""

from __future__ import annotations

from dataclasses import replace

from bartack_sim.books import HEARD_S
from bartack_sim.cards import card
from bartack_sim.company import Errand
from bartack_sim.line import NEXT_LINE, Bundle
from bartack_sim.reference import OTHER_STYLE
from bartack_sim.rules import finish
from bartack_sim.truth import Intent, Want
from bartack_sim.visits import as_guest
from bartack_sim.worker import NotNowError, Worker

REPORTED = 0.75
"""How often the office is told of such a bundle."""


def unknown_bundle(worker: Worker) -> None:
    """Scan a bundle that is not imported yet: held, and done already when it is scanned again. Most
    are reported to the office, which imports them."""
    bundle = _late(worker)
    worker.sew(bundle)
    held = held_work(worker, bundle, worker.operation)
    with worker.at_desk():
        worker.step(held)
        again = replace(held, kind="false", wants=(Want("refused", "already_done"),), later=())
        worker.attempt(replace(again, other=worker.operator))
    if worker.seat.rng.random() < REPORTED:
        worker.company.report(bundle)


def held_and_taken_back(worker: Worker) -> None:
    """Scan such a bundle and undo that before the office imports it: nothing ever comes of it."""
    bundle = _late(worker)
    held = replace(held_work(worker, bundle, worker.operation), later=())
    undo = worker.intent("undo", card("UNDO"), Want("info", "undone", 0))
    with worker.at_desk():
        worker.step(held)
        worker.step(
            replace(undo, bundle=bundle.code, operation=worker.operation, pieces=0, code="held")
        )
    worker.company.report(bundle)


def held_and_disputed(worker: Worker) -> None:
    """Scan such a bundle and disagree with being held: it is paid like any other, once."""
    bundle = _late(worker)
    worker.sew(bundle)
    with worker.at_desk():
        worker.step(held_work(worker, bundle, worker.operation))
        worker.disagree("held")
    worker.company.report(bundle)


def held_of_other_style(worker: Worker) -> None:
    """Scan such a bundle, which turns out to be of a style that has no such operation: refused."""
    bundle = replace(_late(worker), style=OTHER_STYLE)
    held = held_work(worker, bundle, worker.operation)
    with worker.at_desk():
        worker.step(replace(held, later=(Want("refused", "wrong_operation"),)))
    worker.company.report(bundle)


def held_of_other_line(worker: Worker) -> None:
    """Scan such a bundle, which turns out to be of another line: refused."""
    bundle = replace(_late(worker), line=NEXT_LINE)
    with worker.at_desk():
        worker.step(_stray(worker, bundle))
    worker.company.report(bundle)


def other_line(worker: Worker) -> None:
    """Scan a ticket of the line next door, which this line's stations do not know at first: unknown
    or held; and once more, when the office has told them whose it is."""
    bundle = worker.company.take_next_door()
    if bundle is None:
        raise NotNowError
    with worker.at_desk():
        if worker.station.rules.unknown_bundle == "hold":
            worker.step(_stray(worker, bundle))
        else:
            worker.turned_down(bundle.ticket_text(worker.operation), "unknown_bundle")
    own, told_s = worker.seat.station.code, worker.company.books.now_s() + HEARD_S
    worker.company.send(own, Errand("stray", worker.act, bundle, own, told_s))


def show_stray(worker: Worker, errand: Errand) -> None:
    """Show the ticket of a bundle that the stations know as another line's by now."""
    with worker.at_desk():
        worker.turned_down(errand.bundle.ticket_text(worker.operation), "wrong_line")


def held_by_two(worker: Worker) -> None:
    """Scan a coupon of such a bundle, and let somebody else scan it at another station that holds:
    one of them is paid, and the other refused or disputed."""
    neighbours = worker.company.neighbours(worker.seat.station)
    tables = [it for it in neighbours if it.rules.unknown_bundle == "hold"]
    if not tables:
        raise NotNowError
    able = [it for it in neighbours if worker.company.may(it, worker.operation)]
    other = able[0] if able else tables[0]
    bundle = replace(_late(worker), coupons=True)
    worker.sew(bundle)
    with worker.at_desk():
        worker.step(_either(worker, bundle, worker.operation))
    own, ready_s = worker.seat.station.code, worker.company.books.now_s()
    errand = Errand("hold", worker.act, bundle, own, ready_s, table=tables[0].code)
    worker.company.send(other.code, errand)


def hold_again(worker: Worker, errand: Errand) -> None:
    """Scan the coupon that somebody else's station holds already, and tell the office."""
    operation = worker.company.desks[errand.station].station.operation.code
    host = worker.company.desks[errand.table].station
    with worker.at_desk() if host == worker.seat.station else as_guest(worker, host):
        worker.step(_either(worker, errand.bundle, operation))
    worker.company.report(errand.bundle)


def held_unlearnt(worker: Worker) -> None:
    """Scan a coupon of such a bundle for work that one has not learnt: held, and refused once the
    bundle is known."""
    foreign = [
        it.code
        for it in worker.company.line.route
        if not worker.company.may(worker.seat.station, it.code)
    ]
    bundle = replace(_late(worker), coupons=True)
    if not foreign:
        worker.company.put_late(bundle)
        raise NotNowError
    with worker.at_desk():
        worker.step(held_work(worker, bundle, worker.seat.rng.choice(foreign)))
    worker.company.report(bundle)


def _stray(worker: Worker, bundle: Bundle) -> Intent:
    """As ``held_work``, of a bundle that is another line's."""
    return replace(
        held_work(worker, bundle, worker.operation), later=(Want("refused", "wrong_line"),)
    )


def _late(worker: Worker) -> Bundle:
    holds = worker.seat.station.rules.unknown_bundle == "hold"
    bundle = worker.company.take_late() if holds else None
    if bundle is None:
        raise NotNowError
    return bundle


def held_work(worker: Worker, bundle: Bundle, operation: str) -> Intent:
    """The ticket of a bundle that nobody has imported, and what comes of it once it is known."""
    may = worker.company.counts(worker.station, worker.seat.station, operation)
    intent = worker.intent("held", bundle.ticket_text(operation), Want("info", "held"))
    return replace(
        intent,
        bundle=bundle.code,
        operation=operation,
        pieces=bundle.pieces,
        later=finish([bundle.pieces], may=may, signed_in=True),
    )


def _either(worker: Worker, bundle: Bundle, operation: str) -> Intent:
    """As ``held_work``, where somebody else may be first with it."""
    held = held_work(worker, bundle, operation)
    return replace(held, later=(*held.later, Want("refused", "already_done")))


ACTS = {
    act.__name__: act
    for act in (
        unknown_bundle,
        held_and_taken_back,
        held_and_disputed,
        held_of_other_style,
        held_of_other_line,
        other_line,
        held_by_two,
        held_unlearnt,
    )
}
"""Each by its name among the habits."""
