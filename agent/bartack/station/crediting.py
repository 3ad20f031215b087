"""From a bundle's label to a credit: known, of this line, to be done, checked, and once. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from bartack.events import Json, Moment
from bartack.identify import Scan
from bartack.projection import Session, State, Work, work_day
from bartack.reasons import Flag, Refused
from bartack.reference import Bundle, Operation
from bartack.station.answers import (
    Decision,
    counted,
    info,
    name_of,
    operator_of,
    origin,
    refuse,
    source_of,
)
from bartack.station.checks import findings, is_too_fast, off_line
from bartack.station.pieces import Range, free, taken


@dataclass(frozen=True, slots=True)
class Terms:
    """How work is to be credited where it is not just the signed-in operator's, here and now.

    ``split``: only so many pieces. ``shares``: operators and their weights. ``worked_at``: when it
    was really done. ``vouched``: a supervisor answers for it, so checks mark and do not refuse.
    ``extra``: fields that say why, as ``by`` and ``reason`` of a correction.
    """

    operator: str
    split: int | None = None
    shares: tuple[tuple[str, int], ...] = ()
    worked_at: str = ""
    source: str = ""
    vouched: bool = False
    extra: tuple[tuple[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A bundle and the operation that is meant on it."""

    bundle: Bundle
    operation: Operation

    @property
    def work(self) -> Work:
        return self.bundle.bundle, self.operation.operation


def scanned(state: State, scan: Scan, now: Moment) -> Decision:
    """A bundle's ticket or tag was shown: work is begun, finished, held or refused."""
    session = state.session
    # In an office whoever is signed in enters the work of others; whose, a badge has to say first.
    if session is None or (state.rules.pay_on == "batch" and not session.by):
        return refuse(state, scan, now, "no_operator")
    wanted = operation_wanted(state, scan)
    if wanted and state.reference.bundle(scan.bundle) is None and _may_hold(state):
        return _hold(state, scan, now, wanted)
    place = located(state, scan, now)
    if isinstance(place, Decision):
        return place
    if state.rules.pay_on == "start_finish":
        return _start_or_finish(state, scan, now, session, place)
    if state.rules.pay_on == "start":
        return _start(state, scan, now, session, place)
    return credit(state, scan, now, place, Terms(session.operator))


def located(state: State, scan: Scan, now: Moment) -> Place | Decision:
    """What a bundle's label means here, or the refusal of it."""
    bundle = state.reference.bundle(scan.bundle)
    wanted = operation_wanted(state, scan)
    if bundle is None:
        return refuse(state, scan, now, "unknown_bundle")
    elsewhere = off_line(state, bundle)
    if elsewhere is not None and elsewhere.level == "refuse":
        return refuse(state, scan, now, "wrong_line", **elsewhere.details)
    operation = state.reference.operations.get((bundle.style, wanted))
    if operation is None:
        return refuse(state, scan, now, "wrong_operation", operation=wanted)
    return Place(bundle, operation)


def _may_hold(state: State) -> bool:
    """Work is held only where a scan says that it is done: to be paid for a start is a guess."""
    return state.rules.unknown_bundle == "hold" and state.rules.pay_on in ("finish", "batch")


def operation_wanted(state: State, scan: Scan) -> str:
    """The operation that the ticket names, else the one chosen by card, else the station's."""
    chosen = state.session.operation if state.session else ""
    return scan.operation or chosen or state.rules.operation


def credit(state: State, scan: Scan, now: Moment, place: Place, terms: Terms) -> Decision:
    """Credit what is left of the bundle at this operation, or the part of it that is asked for."""
    done = taken(state, *place.work)
    left = free(place.bundle.pieces, done)
    if not left:
        last = max(done, key=lambda it: (it.at, it.seq))
        details: dict[str, Json] = {
            "operation": place.operation.operation,
            "done_by": last.operator,
            "done_at": last.at,
            "done_seq": last.seq,
        }
        details["done_name"] = name_of(state, last.operator)
        details |= {"done_station": last.station} if last.station else {}
        return refuse(state, scan, now, "already_done", **details)
    pieces = left[0]
    if terms.split is not None:
        fitting = [it for it in left if it.pieces >= terms.split]
        if not fitting:
            most = max(it.pieces for it in left)
            operation = place.operation.operation
            return refuse(
                state, scan, now, "too_many_pieces", operation=operation, pieces_left=most
            )
        pieces = replace(fitting[0], pieces=terms.split)
    everyone = [terms.operator, *(partner for partner, _ in terms.shares)]
    odd = findings(state, everyone, place.bundle, place.operation, pieces)
    elsewhere = off_line(state, place.bundle)
    odd += [elsewhere] if elsewhere else []
    for it in odd:
        if it.level == "refuse" and not terms.vouched:
            operation = place.operation.operation
            return refuse(state, scan, now, it.flag, operation=operation, **it.details)
    flags: list[Flag] = [it.flag for it in odd]
    # Work that waited for its bundle, or for a correction, was not done just now.
    sewn_now = not terms.worked_at and not terms.vouched
    if sewn_now and is_too_fast(state, terms.operator, place.operation, pieces, now):
        flags.append("too_fast")
    return _done(state, scan, now, place, pieces, terms, tuple(flags))


def _done(
    state: State,
    scan: Scan,
    now: Moment,
    place: Place,
    pieces: Range,
    terms: Terms,
    flags: tuple[Flag, ...],
) -> Decision:
    fields = work_fields(state, place, pieces, terms, terms.worked_at or now.at)
    started = state.started.get(place.work)
    if started is not None and started.boot == now.boot:
        fields["worked_ms"] = now.mono_ms - started.mono_ms
    fields |= {"label": scan.label, **origin(state, scan)}
    fields |= {"flags": [*flags]} if flags else {}
    source = terms.source or ("manual" if state.session and state.session.by else source_of(scan))
    decision = Decision(state).record(now, "work.done", source, fields | dict(terms.extra))
    return replace(decision, feedback=counted(decision.state, now, fields, flags))


def work_fields(
    state: State, place: Place, pieces: Range, terms: Terms, worked_at: str
) -> dict[str, Json]:
    """What every event of paid work says: whose, what, how much, and by which rate."""
    bundle, operation = place.bundle, place.operation
    day = work_day(worked_at, state.rules)
    rate = state.reference.rate(bundle, operation, terms.operator, day)
    fields: dict[str, Json] = {
        "operator": terms.operator,
        "bundle": bundle.bundle,
        "operation": operation.operation,
        "first": pieces.first,
        "pieces": pieces.pieces,
        "style": bundle.style,
        "sam": str(operation.sam),
        "rate": str(rate.rate),
        "rate_version": rate.version,
    }
    fields |= {"rate_pieces": rate.unit_pieces} if rate.unit_pieces != 1 else {}
    fields |= {"factor": str(rate.factor)} if rate.factor != 1 else {}
    fields |= {"shares": [[*share] for share in terms.shares]} if terms.shares else {}
    fields |= {"worked_at": terms.worked_at} if terms.worked_at else {}
    return fields


def _hold(state: State, scan: Scan, now: Moment, wanted: str) -> Decision:
    """Keep work on a bundle that is not known yet; it is paid when it is, and never by guess."""
    held = state.held.get((scan.bundle, wanted))
    if held is not None:
        return refuse(
            state,
            scan,
            now,
            "already_done",
            operation=wanted,
            done_by=held.operator,
            done_name=name_of(state, held.operator),
            done_at=held.at,
            done_seq=held.seq,
        )
    fields: dict[str, Json] = {
        "operator": operator_of(state),
        "bundle": scan.bundle,
        "operation": wanted,
        "label": scan.label,
        "reason": "unknown_bundle",
        **origin(state, scan),
    }
    decision = Decision(state).record(now, "work.held", source_of(scan), fields)
    return decision.info(now, "held", bundle=scan.bundle, operation=wanted)


def _start_or_finish(
    state: State, scan: Scan, now: Moment, session: Session, place: Place
) -> Decision:
    begun = state.started.get(place.work)
    if begun is None:
        return _begin(state, scan, now, session, place)
    if begun.operator != session.operator:
        return refuse(
            state,
            scan,
            now,
            "already_started",
            operation=place.operation.operation,
            done_by=begun.operator,
            done_name=name_of(state, begun.operator),
            done_at=begun.at,
        )
    return credit(state, scan, now, place, Terms(session.operator))


def _start(state: State, scan: Scan, now: Moment, session: Session, place: Place) -> Decision:
    """Begin this work, and with that finish what the operator had begun before."""
    decision = Decision(state)
    if place.work in state.started:
        return _start_or_finish(state, scan, now, session, place)
    for work, begun in sorted(state.started.items(), key=lambda item: item[1].seq):
        if begun.operator == session.operator:
            closed = _close(decision.state, scan, now, work, session.operator)
            decision = decision.and_then(closed)
    begun_now = decision.and_then(_begin(decision.state, scan, now, session, place))
    # What became of the pay of the last work is the answer that matters.
    return replace(begun_now, feedback=decision.feedback or begun_now.feedback)


def _close(state: State, scan: Scan, now: Moment, work: Work, operator: str) -> Decision:
    """Finish begun work. What is refused is not begun any more, or every later scan would be."""
    last = replace(scan, bundle=work[0], operation=work[1], label=f"{work[0]}-{work[1]}")
    place = located(state, last, now)
    if isinstance(place, Place):
        decision = credit(state, last, now, place, Terms(operator))
    else:
        decision = place
    answer = decision.feedback
    if answer is None or answer.outcome != "refused":
        return decision
    details = {**answer.details, "operation": work[1], "closes": state.started[work].seq}
    return refuse(state, last, now, cast(Refused, answer.reason), **details)


def _begin(state: State, scan: Scan, now: Moment, session: Session, place: Place) -> Decision:
    done = taken(state, *place.work)
    if not free(place.bundle.pieces, done):
        return credit(state, scan, now, place, Terms(session.operator))  # says who has done it
    fields: dict[str, Json] = {
        "operator": session.operator,
        "bundle": place.bundle.bundle,
        "operation": place.operation.operation,
        "pieces": sum(it.pieces for it in free(place.bundle.pieces, done)),
        "label": scan.label,
        **origin(state, scan),
    }
    decision = Decision(state).record(now, "work.started", source_of(scan), fields)
    shown = {name: fields[name] for name in ("bundle", "operation", "pieces")}
    return replace(decision, feedback=info(decision.state, now, "started", **shown))
