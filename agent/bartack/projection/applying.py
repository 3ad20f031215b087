"""How each event changes what a station knows. Pure.

``apply`` is the only way an event changes a state, live and on replay alike, so a state can always
be checked against the events it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from types import MappingProxyType
from typing import Final

from bartack.events import Event, Head, Json
from bartack.projection import faults, off_standard
from bartack.projection.days import (
    booked,
    day_and_hour,
    earned_by,
    minutes_of,
    with_account,
    with_day,
)
from bartack.projection.recent import marked, remembered, with_recent
from bartack.projection.state import (
    Call,
    Credit,
    Day,
    Held,
    Recent,
    Resting,
    Rules,
    Session,
    Sewn,
    Started,
    State,
    Work,
)
from bartack.reference import Reference


def apply(state: State, event: Event) -> State:
    """The state after ``event``, which must be the next of its log."""
    session = state.session
    if session is not None and (event.source != "station" or event.type == "agent.started"):
        session = replace(session, acted_boot=event.boot, acted_ms=event.mono_ms)
    state = replace(state, head=event.head, session=session)
    change = _CHANGES.get(event.type)
    return state if change is None else change(state, event)


def replay(rules: Rules, reference: Reference, log: str, events: Iterable[Event]) -> State:
    """The state that a whole log leads to."""
    return reduce(apply, events, State(rules, Head(log), reference))


def _work(event: Event) -> Work:
    return event.text("bundle"), event.text("operation")


def _opened(state: State, event: Event) -> State:
    rests = event.source == "presence"
    session = Session(
        event.text("operator"),
        event.at,
        event.text("reader") if rests else "",
        event.text("badge") if rests else "",
        event.seq,
        event.boot,
        event.mono_ms,
        event.boot,
        event.mono_ms,
        by=event.text("by"),
        badge_reader=event.text("reader"),
    )
    return replace(state, session=session, recent=())


def _closed(state: State, event: Event) -> State:
    closed = replace(state, session=None)
    for date, attended_ms in _attended(event, state):
        closed = with_account(
            closed, event.text("operator"), date, event.seq, attended_ms=attended_ms
        )
    return closed


def _attended(event: Event, state: State) -> Iterator[tuple[str, int]]:
    """Attended time that a sign-out tells, by day of work."""
    days = event.fields.get("attended_days")
    if isinstance(days, dict):
        yield from ((date, int(str(attended_ms))) for date, attended_ms in days.items())
    elif attended_ms := event.number("attended_ms"):
        yield day_and_hour(event.at, state.rules)[0], attended_ms


def _operation_chosen(state: State, event: Event) -> State:
    if state.session is None:
        return state
    return replace(state, session=replace(state.session, operation=event.text("operation")))


def _started(state: State, event: Event) -> State:
    begun = Started(event.text("operator"), event.at, event.seq, event.boot, event.mono_ms)
    return replace(state, started=state.started.set(_work(event), begun))


def credit_of(event: Event) -> Credit:
    """What a ``work.done`` credits."""
    return Credit(
        event.text("operator"),
        event.number("pieces"),
        event.text("worked_at") or event.at,
        event.seq,
        event.log,
        event.number("first") or 1,
        earned_by(event),
        minutes_of(event),
        _shares(event.fields.get("shares")),
    )


def _done(state: State, event: Event) -> State:
    work, credit = _work(event), credit_of(event)
    credits = (*state.credits.get(work, ()), credit)
    session = state.session
    now = not event.text("worked_at") and event.source != "correction"
    here = session is not None and session.operator == credit.operator and not session.by
    counted = Recent(
        event.seq, credit.operator, event.at, "done", *work, credit.pieces, _own_part(credit)
    )
    was_held = event.number("resolves")
    state = replace(
        state,
        credits=state.credits.set(work, tuple(sorted(credits, key=lambda it: it.first))),
        started=state.started.delete(work) if work in state.started else state.started,
        held=state.held.delete(work) if was_held else state.held,
        sewn=Sewn(credit.operator, event.boot, event.mono_ms) if now and here else state.sewn,
        recent=_told_again(state.recent, was_held, counted)
        if was_held
        else with_recent(state.recent, counted),
    )
    return booked(state, credit, work[1], event.seq)


def _told_again(recent: tuple[Recent, ...], held: int, counted: Recent) -> tuple[Recent, ...]:
    """What came of held work stands where the scan stood: it is not the operator's last one."""
    return tuple(counted if it.seq == held else it for it in recent)


def _own_part(credit: Credit) -> Fraction:
    own = sum((part for who, part in credit.parts() if who == credit.operator), Fraction(0))
    return own * credit.earned


def _shares(value: Json) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, list):
        return ()
    pairs = [pair for pair in value if isinstance(pair, list) and len(pair) == 2]
    return tuple((str(operator), int(str(weight))) for operator, weight in pairs)


def _voided(state: State, event: Event) -> State:
    found = _named(state, event, "voids")
    if found is None:
        return _held_voided(state, event)
    work = _work(event)
    state = booked(state, found, work[1], event.seq, -1)
    state = _without(state, work, found)
    state = faults.given_back(state, event, work, found.operator)
    return marked(state, found, "voided")


def _held_voided(state: State, event: Event) -> State:
    """Work that was held, and is taken back before it counted."""
    held = state.held.get(_work(event))
    if held is None or held.seq != event.number("voids"):
        return state
    recent = tuple(replace(it, state="voided") if it.seq == held.seq else it for it in state.recent)
    return replace(state, held=state.held.delete(_work(event)), recent=recent)


def _rerated(state: State, event: Event) -> State:
    """Another rate for work that is counted already: taken out and booked anew."""
    found = _named(state, event, "work")
    if found is None:
        return state
    again = replace(found, earned=earned_by(event))
    state = _exchanged(state, event, found, again)
    if found.log != event.log:
        return state
    earned = _own_part(again)
    recent = tuple(replace(it, earned=earned) if it.seq == found.seq else it for it in state.recent)
    return replace(state, recent=recent)


def _disputed(state: State, event: Event) -> State:
    found = _named(state, event, "work")
    if found is None:
        return state
    state = _exchanged(state, event, found, replace(found, disputed=True))
    return marked(state, found, "disputed")


def _contested(state: State, event: Event) -> State:
    found = _named(state, event, "work")
    if found is None:
        return state
    stands = replace(found, disputed=False, contested=True)
    return marked(_exchanged(state, event, found, stands), found, "counted")


def _settled(state: State, event: Event) -> State:
    found = _named(state, event, "work")
    if found is None:
        return state
    state = _exchanged(state, event, found, replace(found, disputed=False))
    return marked(state, found, "counted")


def _exchanged(state: State, event: Event, old: Credit, new: Credit) -> State:
    work = _work(event)
    state = booked(state, old, work[1], event.seq, -1)
    credits = tuple(new if it == old else it for it in state.credits[work])
    state = replace(state, credits=state.credits.set(work, credits))
    return booked(state, new, work[1], event.seq)


def _named(state: State, event: Event, field: str) -> Credit | None:
    """The credit that an event is about; None where it does not stand any more."""
    wanted = (event.number(field), event.text("of_log") or event.log)
    for credit in state.credits.get(_work(event), ()):
        if (credit.seq, credit.log) == wanted:
            return credit
    return None


def _without(state: State, work: Work, credit: Credit) -> State:
    left = tuple(it for it in state.credits[work] if it != credit)
    credits = state.credits.set(work, left) if left else state.credits.delete(work)
    return replace(state, credits=credits)


def _refused(state: State, event: Event) -> State:
    date, _ = day_and_hour(event.at, state.rules)
    day = state.days.get(date, Day())
    reason = event.text("reason")
    day = replace(
        day, refusals=day.refusals.set(reason, day.refusals.get(reason, 0) + 1), seq=event.seq
    )
    state = replace(state, days=with_day(state.days, date, day))
    work = _work(event)
    if "closes" in event.fields and work in state.started:
        state = replace(state, started=state.started.delete(work))
    if "resolves" in event.fields and work in state.held:
        recent = tuple(
            replace(it, state="refused", reason=reason)
            if it.seq == event.number("resolves")
            else it
            for it in state.recent
        )
        return replace(state, held=state.held.delete(work), recent=recent)
    refused = Recent(
        event.seq, event.text("operator"), event.at, "refused", *work, state="refused",
        reason=reason,
    )  # fmt: skip
    return remembered(state, refused)


def _held(state: State, event: Event) -> State:
    texts = (event.text(name) for name in ("label", "reader", "by"))
    held = Held(event.text("operator"), event.at, event.seq, *texts)
    state = replace(state, held=state.held.set(_work(event), held))
    recent = Recent(
        event.seq, held.operator, event.at, "held", *_work(event), state="held",
        reason=event.text("reason"),
    )  # fmt: skip
    return remembered(state, recent)


def _scan_disputed(state: State, event: Event) -> State:
    of = event.number("of")
    recent = tuple(replace(it, disputed=True) if it.seq == of else it for it in state.recent)
    return replace(state, recent=recent)


def _called(state: State, event: Event) -> State:
    call = Call(event.text("operator"), event.text("kind"), event.at)
    return replace(state, calls=state.calls.set(event.seq, call))


def _answered(state: State, event: Event) -> State:
    call = event.number("call")
    return replace(state, calls=state.calls.delete(call)) if call in state.calls else state


def _arrived(state: State, event: Event) -> State:
    rests = Resting(event.text("bundle"), event.text("reader"), event.seq)
    return replace(state, resting=state.resting.set(event.text("label"), rests))


def _departed(state: State, event: Event) -> State:
    label = event.text("label")
    if label not in state.resting:
        return state
    return replace(state, resting=state.resting.delete(label))


_CHANGES: Final[Mapping[str, Callable[[State, Event], State]]] = MappingProxyType(
    {
        "session.opened": _opened,
        "session.closed": _closed,
        "operation.chosen": _operation_chosen,
        "work.started": _started,
        "work.done": _done,
        "work.held": _held,
        "work.voided": _voided,
        "work.rerated": _rerated,
        "work.disputed": _disputed,
        "work.contested": _contested,
        "work.settled": _settled,
        "scan.refused": _refused,
        "scan.disputed": _scan_disputed,
        "defect.found": faults.found,
        "defect.charged": faults.charged,
        "defect.closed": faults.closed,
        "work.repaired": faults.repaired,
        "repair.reported": faults.reported,
        "offstandard.started": off_standard.started,
        "offstandard.ended": off_standard.ended,
        "offstandard.approved": off_standard.approved,
        "offstandard.rejected": off_standard.rejected,
        "help.called": _called,
        "help.answered": _answered,
        "bundle.arrived": _arrived,
        "bundle.departed": _departed,
    }
)
