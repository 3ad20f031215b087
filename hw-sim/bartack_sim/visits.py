"""Sitting down at a colleague's desk or at a table for a while, and coming back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bartack_sim.line import Station
from bartack_sim.rules import SIGNED_IN
from bartack_sim.station_rules import Table
from bartack_sim.truth import Want
from bartack_sim.worker import BADGES_APART_S, NotNowError, Worker

AGAIN_S = 5.5
"""The own badge sooner after it signed in means the same sign-in."""


def table_of(worker: Worker, kind: Table) -> Station:
    """The line's table of that kind; raises ``NotNowError`` where there is none."""
    found = worker.company.table(kind)
    if found is None:
        raise NotNowError
    return found


@contextmanager
def as_guest(worker: Worker, host: Station, *, forgetful: bool = False) -> Iterator[None]:
    """Inside, the worker is signed in at the desk of ``host``, and nobody else acts there.

    The own desk is left signed out, unless one is ``forgetful``, and signed in to again afterwards.
    Raises ``GaveUpError`` where the badge is not taken.
    """
    badge = worker.seat.station.sewer.badge
    with worker.at_desk():
        if forgetful:
            worker.signed_in("")
        else:
            worker.leave()
    with worker.visiting(worker.company.desks[host.code]):
        try:
            # Whoever sits here may just have signed in.
            worker.rest(BADGES_APART_S)
            worker.signed_in("")
            worker.tap(worker.intent("badge", badge, *SIGNED_IN))
            worker.signed_in(worker.operator)
            yield
        finally:
            _leave(worker, host)
    worker.rest_until_fresh(badge)
    with worker.at_desk():
        worker.badge_in()


def _leave(worker: Worker, host: Station) -> None:
    """Sign out by the card, or with one's own badge where it does that too."""
    books, badge = worker.company.books, worker.seat.station.sewer.badge
    sure = books.is_surely_signed_in(host.code, worker.operator)
    if not (host.rules.sign_out_by_badge and sure):
        worker.leave()
        return
    worker.rest(AGAIN_S)
    worker.signed_in("")
    worker.tap(worker.intent("leave", badge, Want("info", "signed_out")))
    worker.signed_in(None)
