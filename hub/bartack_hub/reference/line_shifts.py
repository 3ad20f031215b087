"""The shift of a line, as the hub's settings file has it, as the row of reference data it is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from bartack.wire import Row
from bartack_hub.board.shifts import LinePlan, merged

_SOME_DAY: Final = date(2000, 1, 1)
_DAY: Final = timedelta(days=1)


def shift_rows(plan: LinePlan) -> tuple[Row, ...]:
    """What ``shifts.csv`` would say of the line; breaks are ordered and do not overlap."""
    breaks = merged([_span(plan.shift_start, *span) for span in plan.breaks])
    row = {
        "start": _clock(plan.shift_start),
        "end": _clock(plan.shift_end),
        "break_start": ";".join(_clock(begin.time()) for begin, _ in breaks),
        "break_end": ";".join(_clock(finish.time()) for _, finish in breaks),
    }
    return (row,)


def _span(start: time, begin: time, finish: time) -> tuple[datetime, datetime]:
    """A break as wall-clock moments after the start of the shift; no zone, so no hour is lost."""
    first = datetime.combine(_SOME_DAY, begin) + _DAY * (begin < start)
    last = datetime.combine(first.date(), finish)
    return first, last + _DAY * (last <= first)


def _clock(moment: time) -> str:
    return f"{moment:%H:%M}"
