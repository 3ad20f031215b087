"""What the operator's screen shows, as one JSON document (docs/kiosk.md). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from bartack.events import Json, Moment
from bartack.pay import (
    MS_IN_MINUTE,
    earned_of,
    operator_target,
    pay_of,
    percent,
    rounded,
)
from bartack.projection import (
    Account,
    Recent,
    Session,
    State,
    day_and_hour,
    local_time,
    work_day,
)
from bartack.reference import Fault, OffReason, Shift
from bartack.station import Feedback
from bartack.station.asking import BADGES, NEEDS
from bartack.station.attendance import attended_by_day
from bartack.station.calls import KINDS
from bartack.station.corrections import REASONS, TAKEN_BACK, is_recent
from bartack.station.offstandard import running
from bartack.station.quality import OWNERS

SHOWN_RECENT: Final = 5
EFFICIENCY_FROM_MIN: Final = 5
"""Before so many attended minutes one bundle makes an efficiency of thousands of percent."""

PREDICTED_FROM_MIN: Final = 15
"""Before so many attended minutes a forecast of the day would be a guess."""


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """What a station file says about its screen."""

    language: str = "en"
    numerals: str = "native"
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen shows beside the state: the last answer, the link, the alarms."""

    number: int = 0
    answer: Feedback | None = None
    online: bool = False
    unsent: int = 0
    alarms: Sequence[str] = field(default_factory=tuple)


def screen_document(
    state: State, shown: Shown, now: Moment, settings: ScreenSettings
) -> dict[str, Json]:
    """Everything on the screen, whole: a page that missed one is right again with the next."""
    session, answer = state.session, shown.answer
    known = state.reference.operators.get(session.operator) if session else None
    place = state.rules.place
    return {
        "v": 1,
        "number": shown.number,
        "at": now.at,
        "place": {"site": place.site, "line": place.line, "station": place.station},
        "timezone": state.rules.timezone,
        "language": known.language if known else settings.language,
        "numerals": settings.numerals,
        "currency": settings.currency,
        "link": {"online": shown.online, "unsent": shown.unsent},
        "alarms": [*shown.alarms],
        "operator": {
            "operator": session.operator,
            "name": known.name if known else session.operator,
            "since": session.opened_at,
        }
        if session
        else None,
        "result": _result(answer),
        "bundle": _bundle(state, answer),
        "today": _today(state, session, now),
        "guarantee": _guarantee(state, session, now),
        "standard": _standard(state),
        "asks": _asks(state),
        "calls": [
            {"seq": seq, "kind": call.kind, "at": call.at}
            for seq, call in sorted(state.calls.items())
        ],
        "recent": [_recent(state, it, now) for it in _own_recent(state)],
        "choices": {
            "reasons": _named(state.reference.reasons.values()),
            "faults": _named(state.reference.faults.values()),
            "help": [*KINDS],
        },
    }


def _result(answer: Feedback | None) -> Json:
    if answer is None:
        return None
    return {
        "outcome": answer.outcome,
        "reason": answer.reason,
        "flags": [*answer.flags],
        "details": dict(answer.details),
        "bundle": answer.bundle,
        "operation": answer.operation,
        "pieces": answer.pieces,
        "at": answer.at,
    }


def _bundle(state: State, answer: Feedback | None) -> Json:
    """The bundle that the last answer was about."""
    bundle = state.reference.bundle(answer.bundle or "") if answer else None
    if bundle is None or answer is None:
        return None
    wanted = answer.operation or state.rules.operation
    operation = state.reference.operations.get((bundle.style, wanted))
    document: dict[str, Json] = {
        "bundle": bundle.bundle,
        "order": bundle.order,
        "style": bundle.style,
        "size": bundle.size,
        "colour": bundle.colour,
        "pieces": bundle.pieces,
        "operation": wanted,
        "operation_name": operation.name if operation else "",
        "rate": None,
        "unit": "piece",
    }
    if operation is not None and answer.operator:
        day = work_day(answer.at, state.rules)
        rate = state.reference.rate(bundle, operation, answer.operator, day)
        document["rate"] = f"{(rate.rate * rate.factor).normalize():f}"
        document["unit"] = "dozen" if rate.unit_pieces == 12 else "piece"
    return document


def _today(state: State, session: Session | None, now: Moment) -> Json:
    here = local_time(now.at, state.rules.timezone)
    account, present_ms = _account(state, session, now)
    attended = account.attended_ms + present_ms
    off_ms = account.off_ms + _off_now_ms(state, now)
    efficiency = None
    if attended >= EFFICIENCY_FROM_MIN * MS_IN_MINUTE:
        efficiency = percent(account.minutes, Fraction(attended, MS_IN_MINUTE))
    earned = earned_of(account)
    shift = _shift(state, here)
    return {
        "pieces": account.pieces,
        "earned": str(rounded(earned)),
        "predicted": _predicted(earned, attended, here, shift),
        "target": _target(state, session, shift, _length(shift)),
        "target_now": _target(state, session, shift, _passed(shift, here)),
        "efficiency": f"{float(efficiency):.1f}" if efficiency is not None else None,
        "attended_min": attended // MS_IN_MINUTE,
        "off_min": off_ms // MS_IN_MINUTE,
        "disputed": account.disputed,
        "held": sum(session is not None and it.operator == session.operator
                    for it in state.held.values()),
    }  # fmt: skip


def _account(state: State, session: Session | None, now: Moment) -> tuple[Account, int]:
    """The day's account of who is signed in, and attended time that is not in it yet."""
    if session is None:
        return Account(), 0
    day, _ = day_and_hour(now.at, state.rules)
    account = state.accounts.get((session.operator, day), Account())
    if session.by:
        return account, 0
    return account, attended_by_day(session, now, state).get(day, 0)


def _off_now_ms(state: State, now: Moment) -> int:
    lasts = running(state)
    if lasts is None or lasts[1].boot != now.boot:
        return 0
    return max(0, now.mono_ms - lasts[1].mono_ms)


def _guarantee(state: State, session: Session | None, now: Moment) -> Json:
    """Earned and guaranteed in the pay period so far, from what this station knows."""
    day = work_day(now.at, state.rules)
    guarantee = state.reference.guarantee(day)
    if session is None or session.by or guarantee is None:
        return None
    present_ms = attended_by_day(session, now, state)
    pay = pay_of(state, session.operator, day, guarantee, present_ms)
    return {
        "period": pay.period,
        "earned": str(rounded(pay.earned)),
        "guaranteed": str(rounded(pay.guaranteed)),
        "make_up": str(rounded(pay.make_up)),
    }


def _standard(state: State) -> Json:
    lasts = running(state)
    if lasts is None:
        return {"on": True}
    _, off = lasts
    reason = state.reference.reasons.get(off.code)
    return {
        "on": False,
        "code": off.code,
        "name": reason.name if reason else off.code,
        "since": off.at,
        "approved": off.approved if off.needs_approval else True,
    }


def _asks(state: State) -> Json:
    asking = state.asking
    if asking is None:
        return None
    choices: list[Json] = []
    match asking.needs:
        case "fault":
            choices = _named(state.reference.faults.values())
        case "reason" if asking.command == "off-start":
            choices = _named(state.reference.reasons.values())
        case "reason":
            choices = [{"code": it, "name": it} for it in REASONS]
        case "owner":
            choices = [{"code": it, "name": it} for it in OWNERS]
        case "operation":
            names = {it.operation: it.name for it in state.reference.operations.values()}
            choices = [{"code": code, "name": names[code]} for code in sorted(names)]
    return {
        "command": asking.command,
        "needs": asking.needs,
        "by_badge": asking.needs in BADGES,
        "step": NEEDS[asking.command].index(asking.needs) + 1,
        "steps": len(NEEDS[asking.command]),
        "choices": choices,
    }


def _named(values: Iterable[OffReason | Fault]) -> list[Json]:
    return [{"code": it.code, "name": it.name} for it in values]


def _own_recent(state: State) -> list[Recent]:
    session = state.session
    if session is None:
        return []
    return [it for it in state.recent if it.operator == session.operator][:SHOWN_RECENT]


def _recent(state: State, it: Recent, now: Moment) -> dict[str, Json]:
    undone = (it.kind, it.state) in TAKEN_BACK and is_recent(state, it, now)
    can: list[Json] = ["undo"] if undone else []
    can += [] if it.disputed else ["dispute"]
    return {
        "seq": it.seq,
        "at": it.at,
        "kind": it.kind,
        "bundle": it.bundle or None,
        "operation": it.operation or None,
        "pieces": it.pieces or None,
        "earned": str(rounded(it.earned)) if it.earned is not None else None,
        "state": "disputed" if it.disputed else it.state,
        "reason": it.reason or None,
        "can": can,
    }


# --- the shift, for targets and the forecast ------------------------------------------------------


def _shift(state: State, here: datetime) -> tuple[datetime, datetime, Shift] | None:
    """The shift that runs now, with its first and last moment."""
    for shift in state.reference.shifts:
        for day in (here.date(), here.date() - timedelta(days=1)):
            start = datetime.combine(day, shift.start, here.tzinfo)
            end = datetime.combine(day, shift.end, here.tzinfo)
            end += timedelta(days=1) if end <= start else timedelta(0)
            if start <= here < end:
                return start, end, shift
    return None


def _passed(shift: tuple[datetime, datetime, Shift] | None, here: datetime) -> timedelta:
    """Working time of the shift until now, without its breaks."""
    if shift is None:
        return timedelta(0)
    start, _, it = shift
    passed = here - start
    for begins, ends in it.breaks:
        first = datetime.combine(start.date(), begins, start.tzinfo)
        first += timedelta(days=1) if first < start else timedelta(0)
        last = datetime.combine(first.date(), ends, start.tzinfo)
        last += timedelta(days=1) if last < first else timedelta(0)
        passed -= max(timedelta(0), min(here, last) - first)
    return passed


def _length(shift: tuple[datetime, datetime, Shift] | None) -> timedelta:
    return _passed(shift, shift[1]) if shift else timedelta(0)


def _target(
    state: State,
    session: Session | None,
    shift: tuple[datetime, datetime, Shift] | None,
    working: timedelta,
) -> int | None:
    """Pieces to make in so much working time, where one operation is sewn here."""
    percent_ = shift[2].target_percent if shift else None
    wanted = (session.operation if session else "") or state.rules.operation
    sams = {
        it.sam for (_, operation), it in state.reference.operations.items() if operation == wanted
    }
    if percent_ is None or len(sams) != 1 or not min(sams):
        return None
    minutes = Fraction(working // timedelta(milliseconds=1), MS_IN_MINUTE)
    return int(operator_target(minutes, percent_, min(sams)))


def _predicted(
    earned: Fraction,
    attended: int,
    here: datetime,
    shift: tuple[datetime, datetime, Shift] | None,
) -> str | None:
    """Earnings at the end of the shift if it goes on like this."""
    if shift is None or attended < PREDICTED_FROM_MIN * MS_IN_MINUTE:
        return None
    left = (_length(shift) - _passed(shift, here)) // timedelta(milliseconds=1)
    return str(rounded(earned * (attended + left) / attended))
