"""Work at tables that count scans another way: begun and finished, begun only, or by a clerk.

Nobody sits there for good. Whoever comes has signed out at the own station and signs out again; the
bundles have coupons, which name their operation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bartack_sim.company import Errand
from bartack_sim.late import held_work
from bartack_sim.line import Bundle, Station
from bartack_sim.rules import SIGNED_IN
from bartack_sim.truth import Intent, Want
from bartack_sim.visits import as_guest, table_of
from bartack_sim.worker import BADGES_APART_S, GaveUpError, NotNowError, Worker

_BEGINNING = ("start_finish", "start")


def start_and_finish(worker: Worker) -> None:
    """Scan a bundle when it is begun and again when it is finished, some at once: the second scan
    pays, and how long the work took is kept."""
    table = table_of(worker, "start_finish")
    bundle = worker.take_coupons()
    with as_guest(worker, table):
        worker.step(_begun(worker, bundle))
        if worker.seat.rng.random() < 0.7:
            worker.sew(bundle)
        worker.step(worker.work_intent("work", bundle))
    worker.pass_on(bundle)


def start_and_go_on(worker: Worker) -> None:
    """Scan bundles when they are begun: the next one finishes the last, and the last of all is
    scanned twice."""
    table = table_of(worker, "start")
    _nothing_begun(worker, table)
    first, second = worker.take_coupons(), worker.take_coupons()
    worker.begun_at.add(table.code)
    with as_guest(worker, table):
        worker.step(_begun(worker, first))
        worker.sew(first)
        paid = worker.work_intent("work", first)
        worker.step(replace(paid, text=second.ticket_text(worker.operation)))
        worker.sew(second)
        worker.step(worker.work_intent("work", second))
        worker.begun_at.discard(table.code)
    worker.pass_on(first)
    worker.pass_on(second)


def take_begun(worker: Worker) -> None:
    """Begin a bundle and go away; somebody else scans it meanwhile and is told who has begun it.
    Nothing is counted before the one who began it has scanned it again."""
    tables = [it for it in worker.company.line.tables if it.rules.pay_on in _BEGINNING]
    others = worker.company.neighbours(worker.seat.station)
    if not tables or not others:
        raise NotNowError
    table = worker.seat.rng.choice(tables)
    _nothing_begun(worker, table)
    bundle = worker.take_coupons()
    worker.begun_at.add(table.code)
    with as_guest(worker, table):
        worker.step(_begun(worker, bundle))
    worker.in_hand.remove(bundle)
    own, ready_s = worker.seat.station.code, worker.company.books.now_s()
    errand = Errand("grab", worker.act, bundle, own, ready_s, table=table.code)
    worker.company.send(others[0].code, errand)


def grab_begun(worker: Worker, errand: Errand) -> None:
    """Scan what somebody else has begun: refused, and who has begun it is told."""
    host = worker.company.desks[errand.station].station
    with as_guest(worker, worker.company.desks[errand.table].station):
        operation = host.operation.code
        text = errand.bundle.ticket_text(operation)
        tried = worker.intent("false", text, Want("refused", "already_started"))
        tried = replace(tried, bundle=errand.bundle.code, operation=operation)
        worker.step(replace(tried, other=host.sewer.code))
    ready_s = worker.company.books.now_s()
    worker.company.send(errand.station, replace(errand, what="finish", ready_s=ready_s))


def finish_begun(worker: Worker, errand: Errand) -> None:
    """Sew and scan what one has begun: it pays now."""
    worker.in_hand.append(errand.bundle)
    worker.sew(errand.bundle)
    with as_guest(worker, worker.company.desks[errand.table].station):
        worker.step(worker.work_intent("work", errand.bundle))
    worker.begun_at.discard(errand.table)
    worker.pass_on(errand.bundle)


def hand_in_coupons(worker: Worker) -> None:
    """Bring coupons to the office: a clerk's badge, then one's own, then the coupons. Neither badge
    enters anything alone, and nobody's attendance is booked."""
    office = table_of(worker, "batch")
    bundles = [worker.take_coupons()]
    second = worker.company.take_coupons(worker.operation)
    if second is not None:
        worker.in_hand.append(second)
        bundles.append(second)
    for bundle in bundles:
        worker.sew(bundle)
    with _entering(worker, office, bundles[0]) as clerk:
        for bundle in bundles:
            worker.step(replace(worker.work_intent("entered", bundle), code=clerk))
    for bundle in bundles:
        worker.pass_on(bundle)


def hand_in_unknown(worker: Worker) -> None:
    """Bring the coupon of a bundle that is not imported yet to the office: held under both names,
    and paid once it is known."""
    office = table_of(worker, "batch")
    known = worker.untouched()
    late = worker.company.take_late()
    if late is None:
        raise NotNowError
    bundle = replace(late, coupons=True)
    worker.sew(bundle)
    with _entering(worker, office, known) as clerk:
        worker.step(replace(held_work(worker, bundle, worker.operation), by=clerk))
    worker.company.report(bundle)


@contextmanager
def _entering(worker: Worker, office: Station, bundle: Bundle) -> Iterator[str]:
    """Inside, the clerk whose code it yields enters the worker's coupons in the office."""
    with worker.at_desk():
        worker.leave()
    with worker.visiting(worker.company.desks[office.code]):
        try:
            _show_badges(worker, bundle)
            yield worker.company.line.staff["clerk"].code
        finally:
            worker.leave()
    worker.rest_until_fresh(worker.seat.station.sewer.badge)
    with worker.at_desk():
        worker.badge_in()


def _show_badges(worker: Worker, bundle: Bundle) -> None:
    """The own badge and the clerk's, neither of which enters a coupon alone, then the own again."""
    own, clerk = worker.seat.station.sewer.badge, worker.company.line.staff["clerk"]
    if not worker.company.books.is_surely_signed_in(worker.station.code, None):
        worker.leave()  # whoever was here before may not have got away
        if not worker.company.books.is_surely_signed_in(worker.station.code, None):
            raise GaveUpError
    worker.tap(worker.intent("false", own, Want("refused", "not_supervisor")))
    worker.rest(BADGES_APART_S)
    worker.signed_in("")
    worker.tap(replace(worker.intent("badge", clerk.badge, *SIGNED_IN), operator=clerk.code))
    ticket = bundle.ticket_text(worker.operation)
    worker.step(worker.intent("false", ticket, Want("refused", "no_operator")))
    entered = replace(worker.intent("badge", own, Want("info", "signed_in")), other=clerk.code)
    worker.tap(entered)
    worker.signed_in(worker.operator)


def _nothing_begun(worker: Worker, table: Station) -> None:
    """Where the next ticket would end what one has begun before one must not begin more."""
    if table.code in worker.begun_at:
        raise NotNowError


def _begun(worker: Worker, bundle: Bundle) -> Intent:
    """The ticket of a bundle that is begun."""
    intent = worker.work_intent("begin", bundle)
    wants = tuple(
        Want("info", "started", want.pieces) if want.outcome == "ok" else want
        for want in intent.wants
    )
    return replace(intent, wants=wants)


ACTS = {
    act.__name__: act
    for act in (start_and_finish, start_and_go_on, take_begun, hand_in_coupons, hand_in_unknown)
}
"""Each by its name among the habits."""
