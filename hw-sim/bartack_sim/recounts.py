"""Numbers that a supervisor puts right, or should not be able to.

What was counted is voided and the new number credited, for who is signed in, by the supervisor's
word; nobody's own word is enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bartack_sim.books import Done
from bartack_sim.cards import card
from bartack_sim.company import Errand
from bartack_sim.honest import supervise
from bartack_sim.line import Bundle
from bartack_sim.mending import repair, report
from bartack_sim.rules import SIGNED_IN
from bartack_sim.truth import Intent, Want
from bartack_sim.worker import BADGES_APART_S, NotNowError, Worker


def miscount(worker: Worker) -> None:
    """A supervisor counts fewer pieces than were paid and puts it right; the rest is sewn later."""
    bundle = _paid(worker)
    counted = worker.seat.rng.randint(1, bundle.pieces - 1)
    with worker.at_desk():
        _ask(worker, bundle, counted)
        with _recounting(worker, bundle, counted):
            worker.step(_right(worker, bundle, counted, "miscount"))
        worker.attempt(worker.work_intent("part", bundle))


def corrected_away(worker: Worker) -> None:
    """A bundle was not sewn at all: a supervisor takes it away altogether, and it pays anew once it
    is sewn."""
    bundle = _paid(worker)
    with worker.at_desk():
        _ask(worker, bundle, 0)
        with _recounting(worker, bundle, 0):
            worker.step(_right(worker, bundle, 0, "wrong_bundle"))
        worker.sew(bundle)
        worker.attempt(worker.work_intent("part", bundle))


def corrected_with_faults(worker: Worker) -> None:
    """Find faults of one's own in a bundle that a supervisor then counts anew, or takes away: what
    is counted still has them, and is repaired; of what is taken away nothing is left to repair."""
    bundle = _paid(worker)
    counted = worker.seat.rng.choice((0, bundle.pieces - 1))
    with worker.at_desk():
        faulty = report(worker, bundle, worker.seat.station, "operator")
        _ask(worker, bundle, counted)
        with _recounting(worker, bundle, counted):
            worker.step(_right(worker, bundle, counted, "miscount"))
        if counted:
            repair(worker, bundle, worker.seat.station, faulty)
        else:
            worker.card("REPAIR", "", "need_bundle")
            worker.turned_down(bundle.ticket_text(worker.operation), "no_defect")
        worker.sew(bundle)
        worker.attempt(worker.work_intent("part", bundle))


def recount(worker: Worker, errand: Errand) -> None:
    """Have a supervisor count anew, or take away, a bundle in which another desk found faults: what
    they took comes back where nothing is left that they could be of."""
    bundle = errand.bundle
    if bundle in worker.paid:
        worker.finished.remove(bundle)
        worker.paid.remove(bundle)
    counted = worker.seat.rng.choice((0, bundle.pieces - 1))
    with worker.at_desk():
        _ask(worker, bundle, counted)
        with _recounting(worker, bundle, counted):
            worker.step(_right(worker, bundle, counted, "miscount"))
        worker.sew(bundle)
        worker.attempt(worker.work_intent("part", bundle))


def ticket_lost(worker: Worker) -> None:
    """A bundle was sewn and its ticket would not scan: a supervisor enters it."""
    bundle = worker.take()
    worker.sew(bundle)
    with worker.at_desk():
        _ask(worker, bundle, bundle.pieces)
        done = _done(worker, bundle, bundle.pieces)
        worker.company.books.note(replace(done, sure=False))
        worker.step(_right(worker, bundle, bundle.pieces, "not_scanned"))
        worker.company.books.strike_out(worker.station.code, bundle.code, worker.operation)
        worker.company.books.note(done)
    worker.pass_on(bundle)


def recount_too_many(worker: Worker) -> None:
    """A supervisor enters more pieces than the bundle has: refused, and what was paid stays."""
    bundle = worker.untouched()
    with worker.at_desk():
        _ask(worker, bundle, bundle.pieces + 1)
        worker.turned_down(card("REASON", "miscount"), "too_many_pieces")


def correct_alone(worker: Worker) -> None:
    """Try to put a number right with one's own badge, and with a mechanic's: not a supervisor."""
    badges = worker.seat.station.sewer.badge, worker.company.line.staff["mechanic"].badge
    with worker.at_desk():
        worker.card("CORRECT", "", "need_supervisor")
        for badge in badges:
            worker.rest(BADGES_APART_S)
            worker.tap(worker.intent("false", badge, Want("refused", "not_supervisor")))
        worker.rest(BADGES_APART_S)
        worker.card("CANCEL", "", "cancelled")


def supervisor_sews(worker: Worker) -> None:
    """A supervisor takes one's seat, is paid for a bundle, and cannot correct that alone."""
    if worker.waiting == "unknown":
        raise NotNowError
    seat = worker.company.supervisor_at_work
    if not seat.acquire(blocking=False):
        raise NotNowError
    try:
        bundle = worker.take()
        worker.sew(bundle)
        with worker.at_desk():
            if worker.waiting == "something":
                supervise(worker, "offstandard_approved")  # as the badge would do first
            _sit_down(worker, bundle)
            worker.leave()
            worker.rest_until_fresh(worker.seat.station.sewer.badge)
            worker.badge_in()
    finally:
        seat.release()
    worker.pass_on(bundle)


def _sit_down(worker: Worker, bundle: Bundle) -> None:
    supervisor = worker.company.line.staff["supervisor"]
    worker.leave()
    worker.rest_until_fresh(supervisor.badge)
    worker.signed_in("")
    signs = worker.intent("badge", supervisor.badge, *SIGNED_IN)
    worker.tap(replace(signs, operator=supervisor.code))
    worker.signed_in(supervisor.code)
    worker.step(replace(worker.work_intent("work", bundle), operator=supervisor.code))
    worker.card("CORRECT", "", "need_supervisor")
    own = worker.intent("false", supervisor.badge, Want("refused", "not_supervisor"))
    worker.tap(replace(own, operator=supervisor.code))
    worker.card("CANCEL", "", "cancelled")


def _paid(worker: Worker) -> Bundle:
    """A bundle that was paid, which is put right from now on."""
    bundle = worker.untouched()
    worker.finished.remove(bundle)
    worker.paid.remove(bundle)
    return bundle


def _ask(worker: Worker, bundle: Bundle, pieces: int) -> None:
    """Everything of a correction but the last card."""
    supervisor = worker.company.line.staff["supervisor"]
    ticket = bundle.ticket_text(worker.operation)
    worker.card("CORRECT", "", "need_supervisor")
    worker.tap(worker.intent("card", supervisor.badge, Want("info", "need_bundle")))
    worker.step(worker.intent("card", ticket, Want("info", "need_pieces")))
    worker.card("PIECES", str(pieces), "need_reason")


def _right(worker: Worker, bundle: Bundle, pieces: int, why: str) -> Intent:
    """The last card of a correction."""
    supervisor = worker.company.line.staff["supervisor"]
    intent = worker.intent("correct", card("REASON", why), Want("info", "corrected", pieces))
    return replace(
        intent,
        bundle=bundle.code,
        operation=worker.operation,
        pieces=pieces,
        label=bundle.ticket_text(worker.operation),
        by=supervisor.code,
        code=why,
    )


@contextmanager
def _recounting(worker: Worker, bundle: Bundle, pieces: int) -> Iterator[None]:
    """What is paid for a bundle is put right inside; until that is done either may stand."""
    where = worker.station.code, bundle.code, worker.operation
    books = worker.company.books
    done = _done(worker, bundle, pieces)
    books.doubt(*where)
    books.note(replace(done, sure=False))
    yield
    books.strike_out(*where)
    books.strike_out(*where)
    books.note(done)


def _done(worker: Worker, bundle: Bundle, pieces: int) -> Done:
    where = worker.station.code, bundle.code, worker.operation
    now_s = worker.company.books.now_s()
    return Done(worker.operator, *where, pieces, now_s, kind="part")


ACTS = {
    act.__name__: act
    for act in (
        miscount,
        corrected_away,
        corrected_with_faults,
        ticket_lost,
        recount_too_many,
        correct_alone,
        supervisor_sews,
    )
}
"""Each by its name among the habits."""
