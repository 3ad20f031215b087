"""What a ticket or badge may mean to a station that has forgotten its question.

An agent that is killed between two cards of one act takes the second by itself: a ticket is work, a
supervisor's badge approves, a colleague's badge signs in. Nobody at the desk can know that before
the lamp tells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bartack_sim.answers import answer_to
from bartack_sim.company import Company
from bartack_sim.lamps import Lamp
from bartack_sim.line import Station
from bartack_sim.rules import SIGNED_IN, finish
from bartack_sim.truth import Intent, Want


def by_itself(company: Company, here: Station, intent: Intent) -> Intent | None:
    """What the same text means without the question that it answers; None: nothing more.

    ``here`` is where it is shown.
    """
    line = company.line
    plain = replace(intent, label="", code="", by="", later=(), other=None)
    work = _work(company, here, intent)
    if work is not None:
        return work
    supervisor = line.staff["supervisor"]
    if intent.text == supervisor.badge and intent.operator != supervisor.code:
        approves = (Want("info", "offstandard_approved"),)
        return replace(plain, kind="verdict", wants=approves, other=supervisor.code)
    owners = {it.sewer.badge: it.sewer.code for it in line.stations}
    owner = owners.get(intent.text, intent.operator)
    if owner != intent.operator:
        return replace(plain, kind="badge", wants=SIGNED_IN, operator=owner)
    return None


def _work(company: Company, here: Station, intent: Intent) -> Intent | None:
    """The work that is scanned, if this is the ticket of a bundle that is known."""
    code, _, rest = intent.text.partition("-")
    bundle = company.find(code)
    operation = rest.rpartition("-")[0] or intent.operation or here.operation.code
    if bundle is None or intent.text != bundle.ticket_text(operation):
        return None
    seats = {it.sewer.code: it for it in company.line.stations}
    seat = seats.get(intent.operator or "")
    left = company.books.left(intent.station, code, operation, bundle.pieces)
    may = seat is None or company.counts(here, seat, operation)
    return Intent(
        intent.station,
        intent.operator,
        "again",
        intent.text,
        code,
        operation,
        bundle.pieces,
        intent.act,
        finish(left, may=may, signed_in=False),
    )


def closed_meanwhile(company: Company, here: Station, intent: Intent) -> Intent | None:
    """What a badge means where the session may just have been closed, because its owner's badge was
    shown elsewhere: whoever it is of signs in. None: it means nothing more."""
    line = company.line
    owners = {it.badge: it.code for it in line.staff.values()}
    owners |= {it.sewer.badge: it.sewer.code for it in line.stations}
    owner = owners.get(intent.text, intent.operator)
    if here.rules.badge_elsewhere != "close" or owner == intent.operator:
        return None
    plain = replace(intent, label="", code="", by="", later=(), other=None)
    return replace(plain, kind="badge", wants=(Want("info", "signed_in"),), operator=owner)


def answers_only(plain: Intent, intent: Intent) -> Callable[[Lamp], bool]:
    """Whether a lamp answers ``plain`` and cannot be meant for ``intent``."""
    mine = answer_to(plain)
    right = {(it.outcome, it.reason, it.pieces) for it in intent.wants}

    def plainly(lamp: Lamp) -> bool:
        told = (lamp.outcome, lamp.reason)
        pieces = lamp.pieces if lamp.outcome == "ok" else None
        if any((*told, it) in right for it in (pieces, None)) or lamp.outcome == "refused":
            return False
        return told in {(it.outcome, it.reason) for it in plain.wants} and mine(lamp)

    return plainly
