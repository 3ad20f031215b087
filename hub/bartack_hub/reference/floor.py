"""Rules of the files about the floor: off-standard reasons, faults, guarantees and shifts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bartack_hub.reference.cells import (
    Keys,
    check_choice,
    check_count,
    check_day,
    check_decimal,
    check_id,
    check_key,
    check_named,
    check_percent,
    clock_minutes,
)
from bartack_hub.reference.files import Findings, Line

PAYS: Final = ("none", "time")
PERIODS: Final = ("day", "week", "month")
_DAY_MIN: Final = 24 * 60

Span = tuple[int, int]
"""Minutes from a midnight; the end may lie past the next one."""


def check_reasons(lines: Sequence[Line], findings: Findings) -> None:
    keys: Keys = {}
    for item in lines:
        check_id(item, "code", findings)
        check_key(item, ("code",), keys, findings)
        check_named(item, findings)
        check_choice(item, "pay", PAYS, findings, optional=False)
        if item.row["pay"] == "time" or item.row["rate_per_hour"]:
            check_decimal(item, "rate_per_hour", "60", findings)
        if item.row["cap_min"]:
            check_count(item, "cap_min", findings)
        check_choice(item, "approval", ("yes", "no"), findings, optional=False)


def check_faults(lines: Sequence[Line], findings: Findings) -> None:
    keys: Keys = {}
    for item in lines:
        check_id(item, "code", findings)
        check_key(item, ("code",), keys, findings)
        check_named(item, findings)


def check_guarantees(lines: Sequence[Line], findings: Findings) -> None:
    keys: Keys = {}
    for item in lines:
        check_day(item, "from", findings)
        check_key(item, ("from",), keys, findings)
        check_choice(item, "period", PERIODS, findings, optional=False)
        check_decimal(item, "per_hour", "65", findings)


def check_shifts(lines: Sequence[Line], findings: Findings) -> None:
    """Shifts of one day that do not overlap, each with its breaks inside it."""
    spans: list[tuple[Span, Line]] = []
    for item in lines:
        if "line" in item.row:
            findings.add(
                item.number,
                "line",
                "shifts.csv is for every line; for shifts of one line leave the file out and "
                "set them in [lines] of the hub's settings file",
            )
        check_percent(item, "target_percent", findings)
        span = _shift_span(item, findings)
        if span is not None:
            _check_breaks(item, span, findings)
            spans.append((span, item))
    _check_overlaps(spans, findings)


def _shift_span(item: Line, findings: Findings) -> Span | None:
    start = clock_minutes(item, "start", item.row["start"], findings)
    end = clock_minutes(item, "end", item.row["end"], findings)
    if start is None or end is None:
        return None
    item.row["start"], item.row["end"] = _clock(start), _clock(end)
    return start, start + ((end - start) % _DAY_MIN or _DAY_MIN)


def _check_breaks(item: Line, shift: Span, findings: Findings) -> None:
    breaks = _breaks(item, shift, findings)
    over = shift[0]
    for start, end in breaks:
        if not over <= start < end <= shift[1]:
            findings.add(
                item.number,
                "break_start",
                f"{_clock(start)}-{_clock(end)} is not inside the shift "
                f"{_clock(shift[0])}-{_clock(shift[1])}, or is in another break",
            )
        over = max(over, end)
    for column, at in (("break_start", 0), ("break_end", 1)):
        if column in item.row:
            item.row[column] = ";".join(_clock(span[at]) for span in breaks)


def _breaks(item: Line, shift: Span, findings: Findings) -> list[Span]:
    """The breaks in their order after the start of the shift; ``;`` stands between several."""
    times: dict[str, list[int]] = {}
    for column in ("break_start", "break_end"):
        texts = [text.strip() for text in item.row.get(column, "").split(";") if text.strip()]
        found = [clock_minutes(item, column, text, findings) for text in texts]
        times[column] = [minutes for minutes in found if minutes is not None]
        if len(times[column]) < len(texts):
            return []
    if len(times["break_start"]) != len(times["break_end"]):
        findings.add(item.number, "break_end", "every break needs a start and an end")
        return []
    breaks = []
    for start, end in zip(times["break_start"], times["break_end"], strict=True):
        begin = shift[0] + (start - shift[0]) % _DAY_MIN
        breaks.append((begin, begin + (end - start) % _DAY_MIN))
    return sorted(breaks)


def _check_overlaps(spans: Sequence[tuple[Span, Line]], findings: Findings) -> None:
    ordered = sorted(spans, key=lambda pair: pair[0][0])
    tomorrow = [((start + _DAY_MIN, end), item) for (start, end), item in ordered[:1]]
    for ((_, end), item), ((start, _), following) in zip(
        ordered, [*ordered[1:], *tomorrow], strict=True
    ):
        if end > start:
            findings.add(
                following.number,
                "start",
                f"{_clock(start)} is before the shift of line {item.number} ends at {_clock(end)}",
            )


def _clock(minutes: int) -> str:
    hours, minute = divmod(minutes % _DAY_MIN, 60)
    return f"{hours:02d}:{minute:02d}"
