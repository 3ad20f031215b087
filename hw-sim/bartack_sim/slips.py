"""Cards and badges in the wrong place: each is refused with its reason and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bartack_sim.cards import card
from bartack_sim.honest import choose, end_off, start_off, supervise
from bartack_sim.reference import OTHER_OPERATION
from bartack_sim.second_thoughts import counted
from bartack_sim.truth import Want
from bartack_sim.worker import BADGES_APART_S, GaveUpError, NotNowError, Worker

FORGOTTEN_S = 31.0
"""A question that nobody has answered for so long is forgotten."""

PIECES_MAX = 9_999


def odd_pieces(worker: Worker) -> None:
    """Begin to split a bundle with the wrong card, no piece, too many for a card, and more than
    there are; then scan the whole."""
    bundle = worker.take()
    worker.sew(bundle)
    ticket = bundle.ticket_text(worker.operation)
    with worker.at_desk():
        worker.card("SPLIT", "", "need_pieces")
        worker.turned_down(ticket, "wrong_card")
        worker.turned_down(card("PIECES", "0"), "bad_pieces")
        worker.turned_down(card("PIECES", str(PIECES_MAX + 1)), "bad_pieces")
        worker.turned_down(card("FAULT", "F01"), "wrong_card")
        worker.card("PIECES", str(bundle.pieces + 1), "need_bundle")
        worker.step(worker.work_intent("false", bundle, part=bundle.pieces + 1))
    worker.in_hand.remove(bundle)
    worker.rest_until_fresh(ticket)
    worker.hand_in(bundle)


def odd_partner(worker: Worker) -> None:
    """Want to share with oneself, then with the supervisor: neither is a partner."""
    own, supervisor = worker.seat.station.sewer.badge, worker.company.line.staff["supervisor"]
    with worker.at_desk():
        worker.card("SHARED", "", "need_partner")
        with _apart(worker):
            worker.tap(worker.intent("false", own, Want("refused", "wrong_card")))
        with _apart(worker):
            worker.tap(worker.intent("false", supervisor.badge, Want("refused", "wrong_card")))
        worker.card("CANCEL", "", "cancelled")


def nobodys_badge(worker: Worker) -> None:
    """Hold a bus card to the reader and go on working: who is signed in stays so."""
    badge = f"{worker.seat.rng.randrange(0x90_0000_0000, 0x9F_FFFF_FFFF):010X}"
    bundle = worker.take()
    worker.sew(bundle)
    with worker.at_desk():
        with _apart(worker):
            worker.tap(worker.intent("false", badge, Want("refused", "unknown_badge")))
        worker.step(worker.work_intent("work", bundle))
    worker.pass_on(bundle)


def odd_cards(worker: Worker) -> None:
    """Show cards of another factory: a call for nobody, a reason, a fault and an operation that are
    not known, an operation that the bundle's style does not have."""
    bundle = next((it for it in reversed(worker.paid) if not it.coupons), None)
    if bundle is None:
        raise NotNowError
    ticket = bundle.ticket_text("")
    with worker.at_desk():
        worker.turned_down(card("HELP", "cook"), "unknown_command")
        worker.card("OFF-START", "", "need_reason")
        worker.turned_down(card("REASON", "ZZ"), "unknown_reason")
        worker.card("DEFECT", "", "need_bundle")
        worker.step(worker.intent("card", ticket, Want("info", "need_fault")))
        worker.turned_down(card("FAULT", "F99"), "unknown_fault")
        worker.card("CANCEL", "", "cancelled")
        worker.turned_down(card("OPERATION", "OP999"), "wrong_operation")
        worker.card("CANCEL", "", "cancelled")
        choose(worker, OTHER_OPERATION)
        worker.turned_down(ticket, "wrong_operation")
        choose(worker, worker.operation)


def answer_by_card(worker: Worker) -> None:
    """Call the inspector and say by card that help came; saying it once more answers nothing."""
    if worker.waiting == "unknown":
        raise NotNowError
    waited, worker.waiting = worker.waiting, "unknown"
    came = worker.intent("verdict", card("HELP-ANSWER"), Want("info", "help_answered"))
    with worker.at_desk():
        called = worker.intent("call", card("HELP", "quality"), Want("info", "help_called"))
        worker.step(replace(called, code="quality"))
        worker.step(replace(came, other=worker.operator))
        worker.turned_down(card("HELP-ANSWER"), "no_call")
    worker.waiting = waited


def needless_supervisor(worker: Worker) -> None:
    """A supervisor's badge where nothing waits any more, by itself and after APPROVE, and a
    mechanic's after it: refused, and the operator stays."""
    staff = worker.company.line.staff
    supervisor, mechanic = staff["supervisor"].badge, staff["mechanic"].badge
    if worker.waiting == "unknown":
        raise NotNowError
    nothing = Want("refused", "nothing_to_approve")
    with worker.at_desk():
        if worker.waiting == "something":
            supervise(worker, "offstandard_approved")
        with _apart(worker):
            worker.tap(worker.intent("false", supervisor, nothing))
        with _apart(worker):
            worker.tap(worker.intent("false", mechanic, nothing))
        worker.card("APPROVE", "", "need_supervisor")
        with _apart(worker):
            worker.tap(worker.intent("false", mechanic, Want("refused", "not_supervisor")))
        with _apart(worker):
            worker.tap(worker.intent("false", supervisor, nothing))


def off_twice(worker: Worker) -> None:
    """Go off standard by the reason's card alone, once more meanwhile, end it, and end it again."""
    if worker.is_off:
        raise NotNowError
    with worker.at_desk():
        start_off(worker, "NW", "offstandard_started", by="REASON")
        worker.turned_down(card("OFF-START", "MB"), "already_off_standard")
        end_off(worker)
        worker.turned_down(card("OFF-END"), "not_off_standard")


def nothing_to_take_back(worker: Worker) -> None:
    """Sign out and in; then there is nothing to dispute and nothing to undo. That refusal itself is
    disputed, once."""
    with worker.at_desk():
        worker.leave()
        worker.rest_until_fresh(worker.seat.station.sewer.badge)
        with _nothing_else(worker):
            worker.badge_in()
            worker.rest(BADGES_APART_S)
        worker.turned_down(card("DISPUTE"), "nothing_to_dispute")
        worker.turned_down(card("UNDO"), "nothing_to_undo")
        worker.disagree("refused")
        worker.turned_down(card("DISPUTE"), "already_disputed")


def dispute_of_credit(worker: Worker) -> None:
    """Disagree with a green lamp: nothing changes, and it stays paid."""
    bundle = worker.take()
    worker.sew(bundle)
    with worker.at_desk():
        counted(worker, worker.work_intent("work", bundle))
        worker.disagree("done")
    worker.pass_on(bundle)


def no_such_fault(worker: Worker) -> None:
    """Repair what nobody has found, and find more faulty pieces than a bundle has."""
    bundle = worker.untouched()
    ticket = bundle.ticket_text(worker.operation)
    with worker.at_desk():
        worker.card("REPAIR", "", "need_bundle")
        worker.turned_down(ticket, "no_defect")
        worker.card("DEFECT", "", "need_bundle")
        worker.step(worker.intent("card", ticket, Want("info", "need_fault")))
        worker.card("FAULT", "F01", "need_pieces")
        worker.card("PIECES", str(bundle.pieces + 1), "need_owner")
        worker.turned_down(card("OWNER", "machine"), "too_many_pieces")


def new_command(worker: Worker) -> None:
    """Begin one command and then another: the new one takes its place."""
    bundle = worker.take()
    worker.sew(bundle)
    with worker.at_desk():
        worker.card("SPLIT", "2", "need_bundle")
        worker.card("SHARED", "", "need_partner")
        worker.card("CANCEL", "", "cancelled")
        worker.step(worker.work_intent("work", bundle))
    worker.pass_on(bundle)


def forgotten_question(worker: Worker) -> None:
    """Begin to split a bundle and be called away: after half a minute the ticket counts whole."""
    bundle = worker.take()
    with worker.at_desk():
        worker.card("SPLIT", "2", "need_bundle")
        worker.rest(FORGOTTEN_S)
        if worker.seat.stop.is_set():
            raise GaveUpError
        worker.step(worker.work_intent("work", bundle))
    worker.pass_on(bundle)


@contextmanager
def _apart(worker: Worker) -> Iterator[None]:
    """Badges that are held up one soon after the other would be held up together."""
    worker.rest(BADGES_APART_S)
    yield
    worker.rest(BADGES_APART_S)


@contextmanager
def _nothing_else(worker: Worker) -> Iterator[None]:
    """Raises ``GaveUpError`` where the station has refused anything inside, as it does noise."""
    lamps = worker.desk.lamps if worker.desk else worker.seat.lamps
    before = len(lamps.seen)
    yield
    lamps.poll()
    if any(it.outcome == "refused" for it in lamps.seen[before:]):
        raise GaveUpError


ACTS = {
    act.__name__: act
    for act in (
        odd_pieces,
        odd_partner,
        nobodys_badge,
        odd_cards,
        answer_by_card,
        needless_supervisor,
        off_twice,
        nothing_to_take_back,
        dispute_of_credit,
        no_such_fault,
        new_command,
        forgotten_question,
    )
}
"""Each by its name among the habits."""
