"""Going away from a table without signing out: what nobody ends there ends by itself.

A session ends after a minute without an act or at the end of a shift, time off standard at its cap.
Whoever comes back then has to sign in first. Meanwhile one sews on at one's own desk.
"""

from __future__ import annotations

from collections.abc import Callable

from bartack_sim.clock import seconds_until
from bartack_sim.company import Errand
from bartack_sim.honest import start_off
from bartack_sim.line import Station
from bartack_sim.rules import SIGNED_IN
from bartack_sim.station_rules import IDLE_MIN
from bartack_sim.truth import Want
from bartack_sim.visits import table_of
from bartack_sim.worker import BADGES_APART_S, NotNowError, Worker

NOTICED_S = 3.0
"""A station has seen by then that something is due."""

ENDS_LEFT = 2
"""One may pass while one is still going away; the next surely ends what was begun before it."""

CAPPED = "FT"
"""The reason whose time off standard has a cap of a minute."""


def walk_off(worker: Worker) -> None:
    """Sign in where idle sessions end, and go away; as ``come_back`` a minute later."""
    _leave_open(worker, table_of(worker, "idle"), lambda: None, lambda: _idle_s(worker))


def rest_past_the_cap(worker: Worker) -> None:
    """Say there that one fetches thread, and stay away: paid up to the cap, and not beyond."""
    _leave_open(
        worker,
        table_of(worker, "idle"),
        lambda: start_off(worker, CAPPED, "offstandard_started"),
        lambda: _idle_s(worker),
    )


def stay_past_the_shift(worker: Worker) -> None:
    """Sign in where the end of a shift signs out, and go away; as ``come_back`` after it."""
    table = table_of(worker, "shift_end")
    if len(_ends_to_come_s(worker)) < ENDS_LEFT:
        raise NotNowError
    _leave_open(worker, table, lambda: None, lambda: min(_ends_to_come_s(worker)))


def _ends_to_come_s(worker: Worker) -> list[float]:
    """When shifts will end yet, by the books' clock."""
    now_s = worker.company.books.now_s()
    left = (seconds_until(it) for it in worker.company.line.shift_ends)
    return [now_s + it for it in left if it > 0]


def come_back(worker: Worker, errand: Errand) -> None:
    """Scan where one had signed in: the station does not know any more who that is."""
    table = worker.company.desks[errand.table]
    ticket = errand.bundle.ticket_text(worker.operation)
    worker.company.books.sign(errand.table, None)
    try:
        with worker.visiting(table):
            worker.step(worker.intent("false", ticket, Want("refused", "no_operator")))
    finally:
        worker.company.vacate(errand.table)


def _idle_s(worker: Worker) -> float:
    """When what one has just done there is a minute ago."""
    return worker.company.books.now_s() + IDLE_MIN * 60.0


def _leave_open(
    worker: Worker, table: Station, last: Callable[[], None], due_s: Callable[[], float]
) -> None:
    """Sign in at a table, do the ``last`` thing there, and go; come back once all is over there.

    ``due_s`` says when that is, by the books' clock.
    """
    if not worker.paid or not worker.company.occupy(table.code):
        raise NotNowError
    try:
        _sign_in_and_go(worker, table, last)
    except BaseException:
        worker.company.vacate(table.code)
        raise
    own, ready_s = worker.seat.station.code, due_s() + NOTICED_S
    errand = Errand("come_back", worker.act, worker.paid[-1], own, ready_s, table=table.code)
    worker.company.send(own, errand)


def _sign_in_and_go(worker: Worker, table: Station, last: Callable[[], None]) -> None:
    badge = worker.seat.station.sewer.badge
    with worker.at_desk():
        worker.leave()
    with worker.visiting(worker.company.desks[table.code]):
        worker.rest(BADGES_APART_S)
        worker.signed_in("")
        worker.tap(worker.intent("badge", badge, *SIGNED_IN))
        worker.signed_in(worker.operator)
        last()
    worker.rest_until_fresh(badge)
    with worker.at_desk():
        worker.badge_in()


ACTS = {act.__name__: act for act in (walk_off, rest_past_the_cap, stay_past_the_shift)}
"""Each by its name among the habits."""
