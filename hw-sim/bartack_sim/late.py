"""Bundles that no station knows yet: held where that is the setting, and paid once they are known.

Nothing is paid for one that the office never imports.
"""

from __future__ import annotations

from dataclasses import replace

from bartack_sim.truth import Want
from bartack_sim.worker import NotNowError, Worker

REPORTED = 0.75
"""How often the office is told of such a bundle."""


def unknown_bundle(worker: Worker) -> None:
    """Scan a bundle that is not imported yet: held, and done already when it is scanned again. Most
    are reported to the office, which imports them."""
    station = worker.seat.station
    bundle = worker.company.take_late() if station.rules.unknown_bundle == "hold" else None
    if bundle is None:
        raise NotNowError
    worker.sew(bundle)
    held = worker.intent("held", bundle.ticket_text(worker.operation), Want("info", "held"))
    held = replace(held, bundle=bundle.code, operation=worker.operation, pieces=bundle.pieces)
    with worker.at_desk():
        worker.step(held)
        again = Want("refused", "already_done")
        worker.attempt(replace(held, kind="double", wants=(again,)))
    if worker.seat.rng.random() < REPORTED:
        worker.company.report(bundle)


ACTS = {unknown_bundle.__name__: unknown_bundle}
"""Each by its name among the habits."""
