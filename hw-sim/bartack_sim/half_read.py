"""At a table whose readers show less than others: badges that are not told apart there, and tags.

Two packers' badges have the same lowest 24 bits, which is all that the badge reader there shows;
everybody else's are their own. A tag hangs on each bundle and names no operation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from bartack_sim.few_bits import shown
from bartack_sim.honest import choose
from bartack_sim.line import Station
from bartack_sim.rules import SIGNED_IN
from bartack_sim.truth import Want
from bartack_sim.visits import table_of
from bartack_sim.worker import BADGES_APART_S, NotNowError, Worker


def half_a_badge(worker: Worker) -> None:
    """Hold a packer's badge to the reader, which cannot tell it from another one's: refused with
    the names of both, and nobody is signed in."""
    table, twins = table_of(worker, "few_bits"), worker.company.line.twins
    if not worker.paid:
        raise NotNowError
    ticket = worker.paid[-1].ticket_text(worker.operation)
    with _at(worker, table):
        _nobody_there(worker)
        both = worker.intent("false", shown(twins[0].badge), Want("refused", "ambiguous_badge"))
        worker.tap(replace(both, code=",".join(sorted(it.code for it in twins))))
        worker.turned_down(ticket, "no_operator")


def strange_tag(worker: Worker) -> None:
    """Hold a tag to the reader that hangs on something else than a bundle: refused, and the
    operator stays."""
    table = table_of(worker, "few_bits")
    tag = f"E2004711{worker.seat.rng.getrandbits(64):016X}"
    with _at(worker, table):
        _sign_in(worker)
        worker.tap(worker.intent("false", tag, Want("refused", "unknown_tag")))


def tag_for_ticket(worker: Worker) -> None:
    """Hold a bundle's tag to the reader: it counts as its ticket would."""
    table = table_of(worker, "few_bits")
    bundle = worker.take()
    worker.sew(bundle)
    with _at(worker, table):
        _sign_in(worker)
        choose(worker, worker.operation)
        work = replace(worker.work_intent("work", bundle), text=bundle.tag)
        worker.put_down(work, worker.tap(work))
    worker.pass_on(bundle)


@contextmanager
def _at(worker: Worker, table: Station) -> Iterator[None]:
    """Inside, nobody else acts at the table; the own desk is left signed out meanwhile."""
    with worker.at_desk():
        worker.leave()
    with worker.visiting(worker.company.desks[table.code]):
        try:
            worker.rest(BADGES_APART_S)
            yield
        finally:
            _nobody_there(worker)
    worker.rest_until_fresh(worker.seat.station.sewer.badge)
    with worker.at_desk():
        worker.badge_in()


def _nobody_there(worker: Worker) -> None:
    """Sign out whoever may be signed in where the worker is."""
    if not worker.company.books.is_surely_signed_in(worker.station.code, None):
        worker.leave()


def _sign_in(worker: Worker) -> None:
    """By as much of the own badge's number as is read here, which is nobody else's."""
    worker.signed_in("")
    badge = shown(worker.seat.station.sewer.badge)
    worker.tap(worker.intent("badge", badge, *SIGNED_IN))
    worker.signed_in(worker.operator)


ACTS = {act.__name__: act for act in (half_a_badge, strange_tag, tag_for_ticket)}
"""Each by its name among the habits."""
