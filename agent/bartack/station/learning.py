"""What new reference data and the line's word change in what was decided before. Pure.

Work that was held is credited once its bundle is known. A rate that is dated back, or a bundle's
own rate that comes late, re-rates work by an event of its own that names both rates.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import reduce
from typing import Final, cast

from immutables import Map

from bartack.events import Json, Moment
from bartack.identify import Scan
from bartack.projection import Credit, Held, State, Work, apply, work_day
from bartack.reasons import Refused
from bartack.reference import Reference
from bartack.station.answers import Decision, refuse
from bartack.station.crediting import Terms, credit, located
from bartack.wire import STRAYS, Notice, Notices


def learn(state: State, reference: Reference, now: Moment) -> Decision:
    """The state with new reference data, and the events that this leads to."""
    before = state.reference
    # What neighbours told of faults may be of a bundle that was not known.
    decision = Decision(replace(state, reference=reference, heeded_faults=Map()))
    decision = resolved(decision, now)
    changed = {it for it in _MONEY if reference.version(it) != before.version(it)}
    if before.versions and changed:
        decision = _rerated(decision, before, now, only_strays=changed == {STRAYS})
    return replace(decision, feedback=None)


_MONEY: Final = ("rates", "operations", "bundles", STRAYS, "curves", "operators")
"""Tables that say what work is worth."""


def resolved(decision: Decision, now: Moment) -> Decision:
    """Credit, or refuse, held work whose bundle is known by now."""
    for work, held in sorted(decision.state.held.items(), key=lambda item: item[1].seq):
        if decision.state.reference.bundle(work[0]) is not None:
            decision = decision.and_then(_resolve(decision.state, work, held, now))
    return decision


def _resolve(state: State, work: Work, held: Held, now: Moment) -> Decision:
    """What held work comes to. Who is signed in by now has no part in it."""
    decision = _as_scanned(replace(state, session=None), work, held, now)
    return replace(decision, state=reduce(apply, decision.events, state))


def _as_scanned(state: State, work: Work, held: Held, now: Moment) -> Decision:
    scan = Scan(
        "bundle", held.label, held.reader, bundle=work[0], operation=work[1], manual=bool(held.by)
    )
    by: dict[str, Json] = {"by": held.by} if held.by else {}
    place = located(state, scan, now)
    if isinstance(place, Decision):
        decision = place
    else:
        extra: dict[str, Json] = {"resolves": held.seq, **by}
        terms = Terms(held.operator, worked_at=held.at, extra=tuple(extra.items()))
        decision = credit(state, scan, now, place, terms)
    answer = decision.feedback
    if answer is None or answer.outcome != "refused":
        return decision
    details = {**answer.details, "operator": held.operator, "resolves": held.seq, **by}
    return refuse(state, scan, now, cast(Refused, answer.reason), **details)


def _rerated(decision: Decision, before: Reference, now: Moment, *, only_strays: bool) -> Decision:
    """An event for each credit that is worth something else by the new tables.

    Only what the pay period can still hold is looked at, which is what accounts are kept for.
    """
    state = decision.state
    strays = {*before.strays, *state.reference.strays}
    oldest = min((day for _, day in state.accounts), default="")
    if not oldest:
        return decision
    before_it = (date.fromisoformat(oldest) - timedelta(days=1)).isoformat()
    recent = [
        (work, it)
        for work, credits in state.credits.items()
        if not only_strays or work[0] in strays
        for it in credits
        # By the UTC label first: most are long ago, and a local date is dear to make.
        if it.log == state.head.log
        and it.at[:10] >= before_it
        and work_day(it.at, state.rules).isoformat() >= oldest
    ]
    for work, it in sorted(recent, key=lambda pair: pair[1].seq):
        decision = _rerate(decision, before, work, it, now)
    return decision


def _rerate(decision: Decision, before: Reference, work: Work, it: Credit, now: Moment) -> Decision:
    known = decision.state.reference
    bundle, old_bundle = known.bundle(work[0]), before.bundle(work[0])
    operation = known.operations.get((bundle.style, work[1])) if bundle else None
    if bundle is None or old_bundle is None or operation is None:
        return decision
    day = work_day(it.at, decision.state.rules)
    rate = known.rate(bundle, operation, it.operator, day)
    if rate.exact(it.pieces) == it.earned:
        return decision
    old_operation = before.operations.get((old_bundle.style, work[1]))
    old = before.rate(old_bundle, old_operation, it.operator, day) if old_operation else None
    if old is None or old.exact(it.pieces) != it.earned:
        return decision  # paid by terms of its own, such as a correction's
    fields: dict[str, Json] = {
        "work": it.seq,
        "of_log": it.log,
        "operator": it.operator,
        "bundle": work[0],
        "operation": work[1],
        "pieces": it.pieces,
        "rate": str(rate.rate),
        "rate_pieces": rate.unit_pieces,
        "factor": str(rate.factor),
        "rate_version": rate.version,
        "rate_was": str(old.rate),
        "rate_pieces_was": old.unit_pieces,
        "factor_was": str(old.factor),
        "rate_version_was": old.version,
    }
    return decision.record(now, "work.rerated", "station", fields)


def noticed(state: State, notices: Notices, now: Moment) -> Decision:
    """What the hub says of work that another station was credited with too.

    Told again, as everything retained is, it changes nothing.
    """
    decision = Decision(state)
    for notice in reversed(notices.notices):
        decision = _notice(decision, notice, now)
    return decision


def _notice(decision: Decision, notice: Notice, now: Moment) -> Decision:
    state = decision.state
    work = (notice.bundle, notice.operation)
    credits = state.credits.get(work, ())
    named = (notice.seq, notice.log)
    credit = next((it for it in credits if (it.seq, it.log) == named), None)
    if credit is None:
        return decision
    fields: dict[str, Json] = {
        "work": notice.seq,
        "of_log": notice.log,
        "operator": credit.operator,
        "bundle": notice.bundle,
        "operation": notice.operation,
        "pieces": credit.pieces,
        "other_station": notice.station,
        "other_operator": notice.operator,
        "other_at": notice.at,
    }
    answer: dict[str, Json] = {
        "bundle": notice.bundle,
        "operation": notice.operation,
        "operator": credit.operator,
        "done_by": notice.operator,
        "done_at": notice.at,
        "done_station": notice.station,
    }
    if notice.kind == "disputed" and not credit.disputed:
        told = decision.record(now, "work.disputed", "station", fields)
        return told.info(now, "notice_disputed", **answer)
    if notice.kind == "settled" and credit.disputed:
        return decision.record(now, "work.settled", "station", fields)
    if notice.kind == "stands" and (credit.disputed or not credit.contested):
        told = decision.record(now, "work.contested", "station", fields)
        return told.info(now, "notice_stands", **answer)
    return decision
