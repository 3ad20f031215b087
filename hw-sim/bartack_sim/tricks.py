"""What some people try, each trick as its steps and what must come of it."""

from __future__ import annotations

from dataclasses import replace

from bartack_sim.cards import checked, miscopied
from bartack_sim.honest import start_off, supervise
from bartack_sim.rules import SIGNED_IN, finish
from bartack_sim.truth import Kind, Want
from bartack_sim.worker import BADGES_APART_S, NotNowError, Worker

FRESH_S = 4.0
"""So old is somebody else's work before it is tried a second time."""

HOARDED = 3


def scan_twice(worker: Worker) -> None:
    """Scan a ticket again that was paid already: refused as done."""
    if not worker.finished:
        raise NotNowError
    bundle = worker.seat.rng.choice(worker.finished[-3:])
    with worker.at_desk():
        worker.attempt(worker.work_intent("double", bundle))


def scan_elsewhere(worker: Worker) -> None:
    """Scan a coupon that another station paid: refused as done, or marked as disputed by the hub
    where the station could not know yet."""
    if worker.books is None:
        raise NotNowError
    done = [
        it
        for it in worker.books.done_by_others(worker.station.code, FRESH_S)
        if worker.company.bundle(it.bundle).coupons
    ]
    if not done:
        raise NotNowError
    found = worker.seat.rng.choice(done[-4:])
    bundle = worker.company.bundle(found.bundle)
    with worker.at_desk():
        worker.attempt(worker.work_intent("part", bundle, found.operation))


def steal(worker: Worker) -> None:
    """Scan a coupon of work that one has not learnt: refused, or paid and marked."""
    foreign = [
        operation.code
        for operation in worker.company.line.route
        if not worker.company.may(worker.seat.station, operation.code)
    ]
    operation = worker.seat.rng.choice(foreign) if foreign else ""
    bundle = worker.company.take_coupons(operation) if operation else None
    if bundle is None:
        raise NotNowError
    kind: Kind = "part" if worker.station.rules.assignment == "flag" else "false"
    try:
        with worker.at_desk():
            worker.attempt(worker.work_intent(kind, bundle, operation))
    finally:
        worker.company.put_back(bundle, operation)


def miscopy(worker: Worker) -> None:
    """Scan a home-made coupon for a bundle there is, with a made-up check character."""
    bundle = worker.seat.rng.choice(worker.company.line.bundles)
    text = miscopied(f"{bundle.code}-{worker.operation}")
    _false(worker, text, Want("refused", "bad_check_digit"))


def counterfeit(worker: Worker) -> None:
    """Scan a well-made coupon for a bundle that nobody issued: refused, or held for ever."""
    text = checked(f"B7{worker.seat.rng.randrange(100_000):05d}-{worker.operation}")
    unknown = Want("refused", "unknown_bundle")
    holds = worker.station.rules.unknown_bundle == "hold"
    _false(worker, text, Want("info", "held") if holds else unknown)


def skip_steps(worker: Worker) -> None:
    """Scan a bundle at a later operation that has not been through the first: paid and marked."""
    first = worker.company.line.route[0].code
    bundle = worker.seat.work.take(first) if first != worker.operation else None
    if bundle is None:
        raise NotNowError
    try:
        with worker.at_desk():
            worker.step(worker.work_intent("work", bundle))
    finally:
        worker.company.put_back(bundle, first)


def lend_badge(worker: Worker) -> None:
    """Sign in with a friend's badge, who sits elsewhere, and scan: marked or, where the friend's
    station is set so, the friend is signed out there. It is paid to the friend, if the friend has
    learnt the work."""
    others = worker.company.neighbours(worker.seat.station)
    if not others or worker.books is None:
        raise NotNowError
    friend = worker.seat.rng.choice(others[:2])
    bundle = worker.take()
    worker.sew(bundle)
    with worker.at_desk():
        worker.signed_in("")
        borrowed = worker.intent("badge", friend.sewer.badge, Want("info", "signed_in"))
        worker.tap(replace(borrowed, operator=friend.sewer.code))
        worker.signed_in(friend.sewer.code)
        worker.rest(BADGES_APART_S)
        left = worker.books.left(worker.station.code, bundle.code, worker.operation, bundle.pieces)
        may = worker.company.counts(worker.station, friend, worker.operation)
        wants = finish(left, may=may, signed_in=True)
        intent = replace(worker.work_intent("work", bundle), operator=friend.sewer.code)
        lamp = worker.attempt(replace(intent, wants=wants))
        worker.rest_until_fresh(worker.seat.station.sewer.badge)
        worker.badge_in()
    if lamp is not None and lamp.outcome == "ok":
        worker.pass_on(bundle)
        return
    worker.in_hand.remove(bundle)
    worker.rest_until_fresh(bundle.ticket_text(worker.operation))
    worker.hand_in(bundle)


def two_badges(worker: Worker) -> None:
    """Hold a friend's badge to the reader together with one's own: nobody can say who is meant, so
    both are refused, and nobody is signed in."""
    others = worker.company.neighbours(worker.seat.station)
    if not others:
        raise NotNowError
    own, friend = worker.seat.station.sewer, others[0].sewer
    with worker.at_desk():
        worker.signed_in("")
        first = worker.intent("badge", own.badge, *SIGNED_IN)
        second = worker.intent("badge", friend.badge, Want("info", "signed_in"))
        both = worker.intent("false", own.badge, Want("refused", "two_badges"))
        worker.tap_with((first, replace(second, operator=friend.code)), both)
        text = checked(f"{worker.company.line.bundles[0].code}-{worker.operation}")
        worker.step(worker.intent("false", text, Want("refused", "no_operator")))
        worker.rest_until_fresh(own.badge)
        worker.badge_in()


def claim_idle_time(worker: Worker) -> None:
    """Say that the machine is down and rest; nobody approves it, so nothing is paid."""
    with worker.at_desk():
        start_off(worker, "MB", "offstandard_waiting")
    worker.rest(0.4)


def claim_and_be_caught(worker: Worker) -> None:
    """Say that the machine is down; a supervisor looks and rejects it."""
    with worker.at_desk():
        start_off(worker, "MB", "offstandard_waiting")
        worker.card("REJECT", "", "need_supervisor")
        supervise(worker, "offstandard_rejected")


def approve_own_time(worker: Worker) -> None:
    """Say that the machine is down, and approve that with one's own badge: refused, not paid."""
    with worker.at_desk():
        start_off(worker, "MB", "offstandard_waiting")
        worker.card("APPROVE", "", "need_supervisor")
        own = worker.intent("false", worker.seat.station.sewer.badge)
        worker.tap(replace(own, wants=(Want("refused", "not_supervisor"),)))
        worker.card("CANCEL", "", "cancelled")


def sew_off_standard(worker: Worker) -> None:
    """Say that the machine is down and scan work by a card that asks for its bundle: the time ends
    with that, and is not paid beside the pieces."""
    bundle = worker.take()
    worker.sew(bundle)
    with worker.at_desk():
        start_off(worker, "MB", "offstandard_waiting")
        worker.card("SPLIT", str(bundle.pieces), "need_bundle")
        worker.step(worker.work_intent("part", bundle, part=bundle.pieces))
    worker.pass_on(bundle)


def hoard(worker: Worker) -> None:
    """Keep tickets and scan them one after the other: paid at the station's own time, and marked
    as too fast."""
    bundles = [worker.take() for _ in range(HOARDED)]
    for bundle in bundles:
        worker.sew(bundle)
    for bundle in bundles:
        with worker.at_desk():
            worker.step(worker.work_intent("work", bundle))
        worker.pass_on(bundle)


def _false(worker: Worker, text: str, *wants: Want) -> None:
    with worker.at_desk():
        worker.attempt(worker.intent("false", text, *wants))


ACTS = {
    act.__name__: act
    for act in (
        scan_twice,
        scan_elsewhere,
        steal,
        miscopy,
        counterfeit,
        skip_steps,
        lend_badge,
        two_badges,
        claim_idle_time,
        claim_and_be_caught,
        approve_own_time,
        sew_off_standard,
        hoard,
    )
}
"""Each by its name among the habits."""
