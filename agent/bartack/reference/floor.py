"""The tables about the floor: off-standard reasons, faults, the guarantee and the shifts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from typing import Final

from immutables import Map

from bartack.reference import cells
from bartack.reference.cells import InvalidReferenceError
from bartack.reference.values import Fault, Guarantee, OffReason, Pay, Period, Shift
from bartack.wire import ReferenceTable, Row

_PAYS: Final[tuple[Pay, ...]] = ("none", "time")
_PERIODS: Final[tuple[Period, ...]] = ("day", "week", "month")
_DAY_MIN: Final = 24 * 60


def reasons_of(table: ReferenceTable) -> Map[str, OffReason]:
    """Off-standard reasons by code, in the order of their codes."""
    reasons = cells.once(table, "code", ((it.code, it) for it in cells.each(table, _reason)))
    return Map(reasons)


def faults_of(table: ReferenceTable) -> Map[str, Fault]:
    """Faults by code."""
    return Map(cells.once(table, "code", ((it.code, it) for it in cells.each(table, _fault))))


def guarantees_of(table: ReferenceTable) -> tuple[Guarantee, ...]:
    """The guarantees, the newest first."""
    dated = ((item.start, item) for item in cells.each(table, _guarantee))
    guarantees = cells.once(table, "from", dated)
    return tuple(guarantees[start] for start in sorted(guarantees, reverse=True))


def shifts_of(table: ReferenceTable) -> tuple[Shift, ...]:
    """The shifts of the line by their start; no two at the same time."""
    shifts = sorted(cells.each(table, _shift), key=lambda shift: shift.start)
    for shift, following in zip(shifts, [*shifts[1:], *shifts[:1]], strict=True):
        apart = _minutes(shift.start, following.start) or _DAY_MIN
        if apart < _length(shift.start, shift.end) or (len(shifts) > 1 and apart == _DAY_MIN):
            raise InvalidReferenceError(
                f"{table.name}: start: the shift from {following.start:%H:%M} begins before the "
                f"one from {shift.start:%H:%M} ends"
            )
    return tuple(shifts)


def _reason(row: Row) -> OffReason:
    pay = cells.choice_of(row, "pay", _PAYS)
    paid = pay == "time" or row.get("rate_per_hour", "") != ""
    return OffReason(
        code=cells.id_of(row, "code"),
        name=cells.text_of(row, "name"),
        pay=pay,
        rate_per_hour=cells.money_of(row, "rate_per_hour") if paid else Decimal(0),
        cap_min=cells.count_or_none_of(row, "cap_min"),
        needs_approval=cells.choice_of(row, "approval", ("yes", "no")) == "yes",
    )


def _fault(row: Row) -> Fault:
    return Fault(cells.id_of(row, "code"), cells.text_of(row, "name"))


def _guarantee(row: Row) -> Guarantee:
    return Guarantee(
        start=cells.day_of(row, "from"),
        period=cells.choice_of(row, "period", _PERIODS),
        per_hour=cells.money_of(row, "per_hour"),
    )


def _shift(row: Row) -> Shift:
    start, end = cells.clock_of(row, "start"), cells.clock_of(row, "end")
    begins, finishes = cells.clocks_of(row, "break_start"), cells.clocks_of(row, "break_end")
    if len(begins) != len(finishes):
        raise InvalidReferenceError("break_end: every break needs a start and an end")
    breaks = tuple(
        sorted(zip(begins, finishes, strict=True), key=lambda it: _minutes(start, it[0]))
    )
    _check_breaks(start, end, breaks)
    return Shift(start, end, breaks, cells.percent_or_none_of(row, "target_percent"))


def _check_breaks(start: time, end: time, breaks: Sequence[tuple[time, time]]) -> None:
    """Breaks in order, each inside the shift and after the one before."""
    before_min = 0
    for begin, finish in breaks:
        begin_min = _minutes(start, begin)
        finish_min = begin_min + _minutes(begin, finish)
        if not before_min <= begin_min < finish_min <= _length(start, end):
            raise InvalidReferenceError(
                f"break_start: {begin:%H:%M}-{finish:%H:%M} is not inside the shift, or is in "
                "another break"
            )
        before_min = finish_min


def _length(start: time, end: time) -> int:
    """Minutes of a shift; one that ends when it starts lasts a day."""
    return _minutes(start, end) or _DAY_MIN


def _minutes(start: time, end: time) -> int:
    """Minutes from one time of day to the next such time of the other."""
    later, earlier = end.hour * 60 + end.minute, start.hour * 60 + start.minute
    return (later - earlier) % _DAY_MIN
