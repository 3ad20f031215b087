"""The state as JSON: for the ledger's snapshot and for the state topic. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Final, TypeVar

from immutables import Map

from bartack.events import Head, Json
from bartack.projection.days import day_and_hour
from bartack.projection.state import (
    Account,
    Call,
    Charge,
    Credit,
    Day,
    Defect,
    FaultKey,
    Held,
    OffStandard,
    Recent,
    Report,
    Resting,
    Rules,
    Session,
    Sewn,
    Started,
    State,
    Tally,
    Work,
)
from bartack.reference import Reference

_SHOWN_PLACES: Final = Decimal("0.000001")

_T = TypeVar("_T")

OpenKey = int | Work | FaultKey

_PARTS: Final = ("started", "held", "defects", "charges", "reports", "off", "calls")


def decimal_text(amount: Fraction) -> str:
    """An exact amount as decimal text; what no decimal can hold is shown to six places.

    For eyes and totals on screens. Sums are made of the exact amounts.
    """
    value = Decimal(amount.numerator) / Decimal(amount.denominator)
    if Fraction(value) != amount:
        value = value.quantize(_SHOWN_PLACES, ROUND_HALF_EVEN)
    return f"{value:f}"


def snapshot(state: State) -> dict[str, Json]:
    """Session and totals as JSON.

    Credits, accounts, reference data and what is open have rows of their own in the ledger.
    """
    session = state.session
    return {
        "log": state.head.log,
        "seq": state.head.seq,
        "hash": state.head.hash,
        "session": row_of(session) if session else None,
        "sewn": row_of(state.sewn) if state.sewn else None,
        "resting": {
            label: [rests.bundle, rests.reader, rests.seq] for label, rests in state.resting.items()
        },
        "days": {date: _day_row(day) for date, day in state.days.items()},
        "recent": [row_of(it) for it in state.recent],
    }


def open_parts(state: State) -> dict[str, Map[OpenKey, object]]:
    """What is open, by the field of the state that has it."""
    return {name: getattr(state, name) for name in _PARTS}


def open_row(key: OpenKey, value: object) -> list[Json]:
    """A row of what is open; its first fields are the key."""
    return [*([key] if isinstance(key, int) else key), *row_of(value)]


def restore(
    rules: Rules,
    reference: Reference,
    document: Mapping[str, Json],
    credits: Mapping[Work, tuple[Credit, ...]],
    accounts: Mapping[tuple[str, str], Account],
) -> State:
    """The state from what ``snapshot`` wrote, with the rows of each part that is open.

    Raises ``KeyError`` or ``TypeError`` if altered.
    """
    session, days = document["session"], document["days"]
    resting = document.get("resting", {})  # ledgers of the first release have none
    sewn = document.get("sewn")
    if not (isinstance(days, dict) and isinstance(resting, dict)):
        raise TypeError("days or resting")
    return State(
        rules=rules,
        head=Head(str(document["log"]), int(str(document["seq"])), str(document["hash"])),
        reference=reference,
        session=_built(Session, session) if isinstance(session, list) else None,
        sewn=_built(Sewn, sewn) if isinstance(sewn, list) else None,
        credits=Map(credits),
        days=Map({date: _day(day) for date, day in days.items()}),
        accounts=Map(accounts),
        resting=Map({label: _built(Resting, rests) for label, rests in resting.items()}),
        started=Map(_by_work(document, "started", Started)),
        held=Map(_by_work(document, "held", Held)),
        defects=Map(_by_seq(document, "defects", Defect)),
        charges=Map(_by_fault(document, "charges", Charge)),
        reports=Map(_by_fault(document, "reports", Report)),
        off=Map(_by_seq(document, "off", OffStandard)),
        calls=Map(_by_seq(document, "calls", Call)),
        recent=tuple(_built(Recent, row) for row in _rows(document, "recent")),
    )


def day_document(day: Day) -> dict[str, Json]:
    """One day's totals as JSON: work by operator and operation, pieces by hour, refusals."""
    return {
        "work": [
            {
                "operator": operator,
                "operation": operation,
                "pieces": tally.pieces,
                "scans": tally.scans,
                "earned": decimal_text(tally.earned),
            }
            for (operator, operation), tally in sorted(day.work.items())
        ],
        "hours": dict(sorted(day.hours.items())),
        "refusals": dict(sorted(day.refusals.items())),
    }


def today_document(state: State, at: str) -> dict[str, Json]:
    """The projection that a station publishes: today in its own time zone, as of its head."""
    date, _ = day_and_hour(at, state.rules)
    session = state.session
    return {
        "v": 1,
        "log": state.head.log,
        "as_of": state.head.seq,
        "at": at,
        "day": date,
        "operator": session.operator if session else None,
        "session": {"operator": session.operator, "opened_at": session.opened_at}
        if session
        else None,
        "resting": [*sorted({rests.bundle for rests in state.resting.values()})],
        "off_standard": [
            {
                "operator": off.operator,
                "code": off.code,
                "at": off.at,
                "lasts": off.ended_ms is None,
                "waits": off.needs_approval and off.approved is None,
            }
            for _, off in sorted(state.off.items())
        ],
        "calls": [
            {"kind": call.kind, "at": call.at, "operator": call.operator}
            for _, call in sorted(state.calls.items())
        ],
        "held": len(state.held),
        "accounts": [
            _account_document(operator, account)
            for (operator, its_date), account in sorted(state.accounts.items())
            if its_date == date
        ],
        **day_document(state.days.get(date, Day())),
    }


def _account_document(operator: str, account: Account) -> dict[str, Json]:
    return {
        "operator": operator,
        "pieces": account.pieces,
        "earned": decimal_text(account.earned),
        "minutes": decimal_text(account.minutes),
        "attended_ms": account.attended_ms,
        "off_ms": account.off_ms,
        "off_earned": decimal_text(account.off_earned),
        "disputed": account.disputed,
        "faults": account.faults,
    }


# --- rows: a frozen value as the list of its fields ----------------------------------------------

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "str": (str,),
    "int": (int,),
    "bool": (bool,),
    "bool | None": (bool, type(None)),
    "int | None": (int, type(None)),
    "Fraction": (Fraction,),
    "Fraction | None": (Fraction, type(None)),
}
"""What a field of each annotation may hold."""


def row_of(value: object) -> list[Json]:
    """The fields of a frozen value; exact money as text such as ``27/5``."""
    held = [getattr(value, name) for name in value.__dataclass_fields__]  # type: ignore[attr-defined]  # a dataclass
    # By its very type: to ask an abstract number's class is dear, and each scan does it often.
    return [str(it) if type(it) is Fraction else it for it in held]


def _built(kind: Callable[..., _T], row: Json) -> _T:
    """The value that ``_row`` wrote. Raises ``TypeError`` when a field is of another type."""
    if not isinstance(row, list):
        raise TypeError(f"{kind}: not a row")
    fields = [it.type for it in kind.__dataclass_fields__.values()]  # type: ignore[attr-defined]  # a dataclass
    values = [
        Fraction(value) if "Fraction" in str(type_) and isinstance(value, str) else value
        for type_, value in zip(fields, row, strict=False)
    ]
    for type_, value in zip(fields, values, strict=False):
        if not isinstance(value, _TYPES[str(type_)]):
            raise TypeError(f"{kind}: {value!r} is not of {type_}")
    return kind(*values)


def _rows(document: Mapping[str, Json], name: str) -> list[list[Json]]:
    rows = document.get(name, [])  # ledgers of earlier releases have none
    if not isinstance(rows, list):
        raise TypeError(name)
    return [row for row in rows if isinstance(row, list)]


def _by_work(document: Mapping[str, Json], name: str, kind: Callable[..., _T]) -> dict[Work, _T]:
    return {
        (str(bundle), str(operation)): _built(kind, rest)
        for bundle, operation, *rest in _rows(document, name)
    }


def _by_fault(
    document: Mapping[str, Json], name: str, kind: Callable[..., _T]
) -> dict[FaultKey, _T]:
    return {
        (str(log), int(str(seq))): _built(kind, rest) for log, seq, *rest in _rows(document, name)
    }


def _by_seq(document: Mapping[str, Json], name: str, kind: Callable[..., _T]) -> dict[int, _T]:
    return {int(str(seq)): _built(kind, rest) for seq, *rest in _rows(document, name)}


def _day_row(day: Day) -> dict[str, Json]:
    work: list[Json] = [
        [operator, operation, tally.pieces, tally.scans, str(tally.earned)]
        for (operator, operation), tally in sorted(day.work.items())
    ]
    return {"work": work, "hours": dict(day.hours), "refusals": dict(day.refusals), "seq": day.seq}


def _day(document: Json) -> Day:
    if not isinstance(document, dict):
        raise TypeError("day")
    hours, refusals = document["hours"], document["refusals"]
    if not (isinstance(hours, dict) and isinstance(refusals, dict)):
        raise TypeError("day")
    return Day(
        work=Map(dict(_tallies(document))),
        hours=Map({hour: int(str(pieces)) for hour, pieces in hours.items()}),
        refusals=Map({reason: int(str(count)) for reason, count in refusals.items()}),
        seq=int(str(document["seq"])),
    )


def _tallies(day: Mapping[str, Json]) -> Iterator[tuple[tuple[str, str], Tally]]:
    work = day["work"]
    if not isinstance(work, list):
        raise TypeError("work")
    for row in work:
        if isinstance(row, dict):  # as the first release wrote it
            row = [row[name] for name in ("operator", "operation", "pieces", "scans", "earned")]
        if not isinstance(row, list):
            raise TypeError("work")
        yield (str(row[0]), str(row[1])), _built(Tally, [*row[2:]])
