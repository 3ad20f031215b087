"""What honest operators do beside sewing, each act as its steps and what must come of them."""

from __future__ import annotations

from dataclasses import replace

from bartack_sim.cards import card
from bartack_sim.company import Errand
from bartack_sim.line import Bundle, Station
from bartack_sim.second_thoughts import counted, take_back
from bartack_sim.truth import Want
from bartack_sim.visits import as_guest
from bartack_sim.worker import NotNowError, Worker

HANDED_OVER_S = 4.0
"""A neighbour takes so long to come to the rest of a bundle."""


def split(worker: Worker) -> None:
    """Scan some pieces of a bundle; a neighbour who can, or else oneself, scans the rest."""
    bundle = worker.take_coupons()
    worker.sew(bundle)
    part = worker.seat.rng.randint(1, bundle.pieces - 1)
    with worker.at_desk():
        if worker.seat.rng.random() < 0.5:
            worker.card("SPLIT", str(part), "need_bundle")
        else:
            worker.card("SPLIT", "", "need_pieces")
            worker.card("PIECES", str(part), "need_bundle")
        worker.step(worker.work_intent("part", bundle, part=part))
    able = _able(worker)
    if not able or worker.books is None:
        worker.in_hand.remove(bundle)
        worker.rest_until_fresh(bundle.ticket_text(worker.operation))
        worker.hand_in(bundle, "part")
        return
    worker.in_hand.remove(bundle)
    ready_s = worker.books.now_s() + HANDED_OVER_S
    errand = Errand("rest", worker.act, bundle, worker.station.code, ready_s)
    worker.company.send(able[0].code, errand)


def scan_rest(worker: Worker, errand: Errand) -> None:
    """Scan what a neighbour left of a bundle, and send it on."""
    operation = worker.company.desks[errand.station].station.operation.code
    with worker.at_desk():
        worker.attempt(worker.work_intent("part", errand.bundle, operation))
    worker.seat.work.pass_on(errand.bundle, operation)


def share(worker: Worker) -> None:
    """Sew a bundle with a neighbour who has learnt the work and holds a badge to the reader: half
    of the pay is theirs."""
    bundle = _share(worker)
    worker.pass_on(bundle)


def share_and_think_better(worker: Worker) -> None:
    """Sew and scan a bundle with a neighbour, and take that back: neither is paid before one of
    them has scanned it alone."""
    bundle = _share(worker)
    with worker.at_desk():
        take_back(worker, bundle, bundle.pieces)
    worker.rest_until_fresh(bundle.ticket_text(worker.operation))
    worker.in_hand.remove(bundle)
    worker.hand_in(bundle)


def waiting_for_work(worker: Worker) -> None:
    """No work comes: off standard without pay, until a card or the next bundle ends it."""
    with worker.at_desk():
        start_off(worker, "NW", "offstandard_started")
    worker.rest(0.3)
    if worker.seat.rng.random() < 0.5:
        with worker.at_desk():
            end_off(worker)


def meeting(worker: Worker) -> None:
    """Be called to a meeting: off standard with pay, which nobody has to approve. Signing out ends
    it too."""
    with worker.at_desk():
        start_off(worker, "MT", "offstandard_started")
    worker.rest(0.3)
    with worker.at_desk():
        if worker.seat.rng.random() < 0.5:
            end_off(worker)
            return
        worker.leave()
        worker.rest_until_fresh(worker.seat.station.sewer.badge)
        worker.badge_in()


def machine_down(worker: Worker) -> None:
    """The machine is down: a supervisor approves the time with a badge, so it is paid."""
    with worker.at_desk():
        start_off(worker, "MB", "offstandard_waiting")
    worker.rest(0.5)
    with worker.at_desk():
        supervise(worker, "offstandard_approved")
        end_off(worker)


def approved_by_card(worker: Worker) -> None:
    """The machine was down and goes again: a supervisor approves the time afterwards, by a card
    and a badge."""
    with worker.at_desk():
        start_off(worker, "MB", "offstandard_waiting")
    worker.rest(0.3)
    with worker.at_desk():
        end_off(worker)
        worker.card("APPROVE", "", "need_supervisor")
        supervise(worker, "offstandard_approved")


def call_help(worker: Worker) -> None:
    """Call the mechanic, who comes and answers with a badge."""
    mechanic = worker.company.line.staff["mechanic"]
    if worker.waiting == "unknown":
        raise NotNowError
    waited, worker.waiting = worker.waiting, "unknown"
    with worker.at_desk():
        worker.step(
            replace(
                worker.intent("call", card("HELP", "mechanic"), Want("info", "help_called")),
                code="mechanic",
            )
        )
        worker.rest(0.3)
        came = worker.intent("verdict", mechanic.badge, Want("info", "help_answered"))
        worker.tap(replace(came, other=mechanic.code))
    worker.waiting = waited


def pause(worker: Worker) -> None:
    """Sign out, come back, sign in."""
    with worker.at_desk():
        worker.leave()
    worker.rest(0.3)
    worker.rest_until_fresh(worker.seat.station.sewer.badge)
    with worker.at_desk():
        worker.badge_in()


def change_of_mind(worker: Worker) -> None:
    """Begin to split a bundle, and cancel."""
    with worker.at_desk():
        worker.card("SPLIT", "", "need_pieces")
        worker.card("CANCEL", "", "cancelled")


def dispute(worker: Worker) -> None:
    """Be refused a bundle that one has scanned before, and dispute that."""
    if not worker.paid:
        raise NotNowError
    with worker.at_desk():
        worker.attempt(worker.work_intent("double", worker.paid[-1]))
        worker.disagree("refused")


def other_operation(worker: Worker) -> None:
    """Do another operation for one bundle, by a card, and go back."""
    station, company = worker.seat.station, worker.company
    learnt = sorted(company.line.skills(station) - {worker.operation})
    bundle = worker.seat.work.take(learnt[0]) if learnt else None
    if bundle is None:
        raise NotNowError
    try:
        with worker.at_desk():
            choose(worker, learnt[0])
            worker.step(worker.work_intent("work", bundle, learnt[0]))
            choose(worker, worker.operation)
    finally:
        worker.seat.work.pass_on(bundle, learnt[0])


def other_station(worker: Worker) -> None:
    """Sign out, scan a bundle at a neighbour's station, sign out there and come back."""
    others = worker.company.neighbours(worker.seat.station)
    if not others:
        raise NotNowError
    bundle = worker.take_coupons()
    worker.sew(bundle)
    with as_guest(worker, others[0]):
        worker.step(worker.work_intent("work", bundle))
    worker.pass_on(bundle)


def forget_to_sign_out(worker: Worker) -> None:
    """Scan a bundle at a neighbour's station without signing out here: the station that is set so
    closes the older session as soon as it hears of the newer."""
    others = worker.company.neighbours(worker.seat.station)
    if not others or worker.seat.station.rules.badge_elsewhere != "close":
        raise NotNowError
    bundle = worker.take_coupons()
    worker.sew(bundle)
    with as_guest(worker, others[0], forgetful=True):
        worker.step(worker.work_intent("work", bundle))
    worker.pass_on(bundle)


def start_off(worker: Worker, code: str, reason: str, by: str = "OFF-START") -> None:
    """Go off standard by a card of that command; raises ``NotNowError`` while one is."""
    if worker.is_off:
        raise NotNowError
    intent = worker.intent("off", card(by, code), Want("info", reason))
    waits = reason == "offstandard_waiting"
    worker.waiting = "unknown" if waits else worker.waiting
    worker.step(replace(intent, code=code))
    worker.waiting = "something" if waits else worker.waiting
    worker.is_off = True


def end_off(worker: Worker) -> None:
    """Say by card that one goes on."""
    wants = [Want("info", "offstandard_ended")]
    if worker.may_be_signed_out():
        # A visitor's badge has ended it as well.
        wants.append(Want("refused", "not_off_standard"))
    worker.step(worker.intent("card", card("OFF-END"), *wants))
    worker.is_off = False


def supervise(worker: Worker, reason: str) -> None:
    """The supervisor holds a badge to the reader."""
    supervisor = worker.company.line.staff["supervisor"]
    intent = worker.intent("verdict", supervisor.badge, Want("info", reason))
    worker.waiting = "unknown"
    worker.tap(replace(intent, other=supervisor.code))
    worker.waiting = "nothing"


def _share(worker: Worker) -> Bundle:
    """Sew a bundle with a neighbour and scan it; it stays in hand."""
    able = _able(worker)
    if not able:
        raise NotNowError
    partner = able[0].sewer
    bundle = worker.take()
    worker.sew(bundle)
    with worker.at_desk():
        worker.card("SHARED", "", "need_partner")
        worker.tap(worker.intent("card", partner.badge, Want("info", "shared_set")))
        counted(worker, replace(worker.work_intent("shared", bundle), other=partner.code))
    return bundle


def _able(worker: Worker) -> list[Station]:
    """Neighbours who have learnt the own operation, the nearest first."""
    others = worker.company.neighbours(worker.seat.station)
    return [it for it in others if worker.company.may(it, worker.operation)]


def choose(worker: Worker, operation: str) -> None:
    """Set the operation by its card."""
    intent = worker.intent("choose", card("OPERATION", operation), Want("info", "operation_set"))
    worker.step(replace(intent, operation=operation, code=operation))


ACTS = {
    act.__name__: act
    for act in (
        split,
        share,
        share_and_think_better,
        waiting_for_work,
        meeting,
        machine_down,
        approved_by_card,
        call_help,
        pause,
        change_of_mind,
        dispute,
        other_operation,
        other_station,
        forget_to_sign_out,
    )
}
"""Each by its name among the habits."""
