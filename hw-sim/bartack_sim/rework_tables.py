"""Faults found and repaired at tables where a repair pays always, or never.

Nothing is taken off there, whoever's fault it was and wherever the work was credited.
"""

from __future__ import annotations

from bartack_sim.honest import choose
from bartack_sim.line import Station
from bartack_sim.mending import OTHERS, repair, report
from bartack_sim.visits import as_guest, table_of
from bartack_sim.worker import Worker


def repair_is_paid(worker: Worker) -> None:
    """Find and repair faults where every repair is paid, also of one's own fault found alone."""
    _find_and_repair(worker, table_of(worker, "paid"))


def repair_is_unpaid(worker: Worker) -> None:
    """Find and repair faults where no repair is paid."""
    _find_and_repair(worker, table_of(worker, "unpaid"))


def _find_and_repair(worker: Worker, table: Station) -> None:
    """One's own faults in work that was credited at one's desk, then somebody's in work of here."""
    bundle = worker.take_coupons()
    before = worker.untouched()
    worker.sew(bundle)
    owner = worker.seat.rng.choice(("operator", *OTHERS))
    home = worker.seat.station
    with as_guest(worker, table):
        choose(worker, worker.operation)
        pieces = report(worker, before, home, "operator")
        repair(worker, before, home, pieces)
        worker.step(worker.work_intent("work", bundle))
        pieces = report(worker, bundle, home, owner)
        repair(worker, bundle, home, pieces)
    worker.pass_on(bundle)


ACTS = {act.__name__: act for act in (repair_is_paid, repair_is_unpaid)}
"""Each by its name among the habits."""
