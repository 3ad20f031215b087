"""Work that is taken back by who scanned it, and scanned again when it is really done."""

from __future__ import annotations

from dataclasses import replace

from bartack_sim.cards import card
from bartack_sim.lamps import Lamp
from bartack_sim.line import Bundle
from bartack_sim.truth import Intent, Want
from bartack_sim.worker import GaveUpError, Worker


def undo(worker: Worker) -> None:
    """Scan a bundle that is not sewn yet, take that back, sew it and scan it again."""
    bundle = worker.take()
    with worker.at_desk():
        lamp = counted(worker, worker.work_intent("work", bundle))
        take_back(worker, bundle, lamp.pieces or bundle.pieces)
    _scan_again(worker, bundle)


def undo_two(worker: Worker) -> None:
    """Scan two bundles too early and take both back, the last one first."""
    bundles = [worker.take(), worker.take()]
    scanned = []
    with worker.at_desk():
        for bundle in bundles:
            lamp = counted(worker, worker.work_intent("work", bundle))
            scanned.append((bundle, lamp.pieces or bundle.pieces))
        for bundle, pieces in reversed(scanned):
            take_back(worker, bundle, pieces)
    for bundle in bundles:
        _scan_again(worker, bundle)


def undo_part(worker: Worker) -> None:
    """Scan a bundle in two parts and take the second back: the first stays paid."""
    bundle = worker.take()
    part = worker.seat.rng.randint(1, bundle.pieces - 1)
    with worker.at_desk():
        worker.card("SPLIT", str(part), "need_bundle")
        counted(worker, worker.work_intent("part", bundle, part=part))
        lamp = counted(worker, worker.work_intent("part", bundle))
        take_back(worker, bundle, lamp.pieces or bundle.pieces - part)
    worker.sew(bundle)
    worker.in_hand.remove(bundle)
    worker.rest_until_fresh(bundle.ticket_text(worker.operation))
    worker.hand_in(bundle, "part")


def counted(worker: Worker, intent: Intent) -> Lamp:
    """Show a ticket that must count now; raises ``GaveUpError`` where it does not, though rightly:
    somebody who skipped steps was paid for the bundle before."""
    lamp = worker.step(intent)
    if lamp.outcome != "ok":
        raise GaveUpError
    return lamp


def take_back(worker: Worker, bundle: Bundle, pieces: int) -> None:
    """Undo the last scan, which counted so many pieces of the bundle."""
    where = worker.station.code, bundle.code, worker.operation
    intent = worker.intent("undo", card("UNDO"), Want("info", "undone", pieces))
    books = worker.company.books
    books.doubt(*where)
    worker.step(replace(intent, bundle=bundle.code, operation=worker.operation, pieces=pieces))
    books.strike_out(*where)


def _scan_again(worker: Worker, bundle: Bundle) -> None:
    worker.sew(bundle)
    worker.rest_until_fresh(bundle.ticket_text(worker.operation))
    worker.in_hand.remove(bundle)
    worker.hand_in(bundle)


ACTS = {act.__name__: act for act in (undo, undo_two, undo_part)}
"""Each by its name among the habits."""
