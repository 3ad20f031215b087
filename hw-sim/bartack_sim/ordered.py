"""At a table that refuses what has skipped an operation: bundles that come too early, and in turn.

The table is for the line's second operation, and anybody may work there, learnt or not.
"""

from __future__ import annotations

from dataclasses import replace

from bartack_sim.books import HEARD_S
from bartack_sim.company import Errand
from bartack_sim.line import Bundle, Station
from bartack_sim.truth import Want
from bartack_sim.visits import as_guest, table_of
from bartack_sim.worker import NotNowError, Worker

_LOOKED_AT = 8
"""So many waiting bundles are turned over for one that nobody has touched."""


def come_too_early(worker: Worker) -> None:
    """Scan a bundle at the second operation of which nobody has done the first: refused, and the
    first operation is told."""
    table, first = _second(worker)
    bundle = _untouched(worker, table, first)
    try:
        with as_guest(worker, table):
            early, operation = Want("refused", "missing_previous"), table.operation.code
            intent = worker.intent("false", bundle.ticket_text(operation), early)
            worker.step(replace(intent, bundle=bundle.code, operation=operation, code=first))
    finally:
        worker.company.put_back(bundle, first)


def come_in_turn(worker: Worker) -> None:
    """Do the first operation at one's own desk; when the line knows it, as ``bring``."""
    table, first = _second(worker)
    if worker.operation != first:
        raise NotNowError
    bundle = worker.take_coupons()
    worker.sew(bundle)
    with worker.at_desk():
        worker.step(worker.work_intent("work", bundle))
    worker.in_hand.remove(bundle)
    ready_s = worker.company.books.now_s() + HEARD_S
    own = worker.seat.station.code
    worker.company.send(own, Errand("bring", worker.act, bundle, own, ready_s, table=table.code))


def bring(worker: Worker, errand: Errand) -> None:
    """Do the second operation at the table: counted, without a mark."""
    table = worker.company.desks[errand.table].station
    with as_guest(worker, table):
        worker.step(worker.work_intent("part", errand.bundle, table.operation.code))
    worker.seat.work.pass_on(errand.bundle, table.operation.code)


def _second(worker: Worker) -> tuple[Station, str]:
    """The table and the operation that must be done before; ``NotNowError`` where none must."""
    table, first = table_of(worker, "order"), worker.company.line.route[0].code
    if table.operation.code == first:
        raise NotNowError
    return table, first


def _untouched(worker: Worker, table: Station, first: str) -> Bundle:
    """A bundle with coupons that waits at the first operation and was scanned at neither."""
    company, passed_over = worker.company, []
    try:
        for _ in range(_LOOKED_AT):
            bundle = company.take_coupons(first)
            if bundle is None:
                break
            left = (
                company.books.left(table.code, bundle.code, operation, bundle.pieces)
                for operation in (first, table.operation.code)
            )
            if all(it == (bundle.pieces,) for it in left):
                return bundle
            passed_over.append(bundle)
    finally:
        for bundle in reversed(passed_over):
            company.put_back(bundle, first)
    raise NotNowError


ACTS = {act.__name__: act for act in (come_too_early, come_in_turn)}
"""Each by its name among the habits."""
