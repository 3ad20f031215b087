"""When a line works: shifts in its own time zone, with breaks, and the target that follows.

A plan is wall-clock times; a shift is one run of it, in UTC. Nights that pass midnight and days
with a change of daylight saving time come out right because every wall-clock time is turned into
UTC on its own date. Everything here is pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

EARLY: Final = timedelta(minutes=60)
"""Work this long before a shift starts belongs to it, if the shift before is over by then."""

_SECOND: Final = timedelta(seconds=1)

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class LinePlan:
    """What a line should do every day, in wall-clock times of its ``timezone`` (IANA name).

    A shift whose end is not after its start passes midnight. ``target_pieces`` are finished
    pieces a shift; ``bucket_minutes`` is the step of the hourly board.
    """

    line: str
    timezone: str
    shift_start: time
    shift_end: time
    breaks: tuple[tuple[time, time], ...]
    target_pieces: int
    bucket_minutes: int = 60


@dataclass(frozen=True, slots=True)
class Shift:
    """One run of a plan. All moments are UTC; breaks are ordered, apart, and inside the shift."""

    start: datetime
    end: datetime
    breaks: tuple[Span, ...]
    target_pieces: int
    bucket: timedelta

    def worked_s(self, until: datetime) -> int:
        """Seconds of working time from the start until then: breaks do not count."""
        worked = max(min(until, self.end) - self.start, timedelta(0))
        for begin, finish in self.breaks:
            worked -= max(min(until, finish) - begin, timedelta(0))
        return worked // _SECOND

    def target_at(self, until: datetime) -> int:
        """Pieces that should be finished by then: the target spread over working time."""
        if until >= self.end:
            return self.target_pieces
        whole_s = self.worked_s(self.end)
        return self.target_pieces * self.worked_s(until) // whole_s if whole_s else 0

    def phase(self, now: datetime) -> str:
        """``before``, ``running``, ``break`` or ``after``."""
        if now < self.start:
            return "before"
        if now >= self.end:
            return "after"
        resting = any(begin <= now < finish for begin, finish in self.breaks)
        return "break" if resting else "running"

    def bucket_of(self, moment: datetime) -> int:
        """Which bucket a moment falls in; 0 is the first, negative ones lie before the start."""
        return (moment - self.start) // self.bucket

    def bucket_start(self, index: int) -> datetime:
        return self.start + index * self.bucket

    def bucket_target(self, index: int) -> int:
        return self.target_at(self.bucket_start(index + 1)) - self.target_at(
            self.bucket_start(index)
        )

    @property
    def buckets(self) -> int:
        """How many buckets the shift has; the last may be short."""
        return -((self.start - self.end) // self.bucket)


def shift_at(plan: LinePlan, moment: datetime) -> Shift:
    """The shift that a moment's work belongs to.

    A shift owns everything from its start until the next one starts, so that overtime stays with
    the people who work it; up to ``EARLY`` before the start belongs to the coming shift. Raises
    ``OverflowError`` at the ends of the calendar.
    """
    today = moment.astimezone(ZoneInfo(plan.timezone)).date()
    for days in (1, 0):
        day = today + timedelta(days=days)
        shift = _shift_on(plan, day)
        gap = shift.start - _shift_on(plan, day - timedelta(days=1)).end
        if moment >= shift.start - max(min(EARLY, gap / 2), timedelta(0)):
            return shift
    return _shift_on(plan, today - timedelta(days=1))


@lru_cache(maxsize=512)
def _shift_on(plan: LinePlan, day: date) -> Shift:
    """The run of a plan that starts on a day."""
    start = _utc(plan, day, plan.shift_start)
    end = _after(plan, day, plan.shift_end, plan.shift_start)
    spans: list[Span] = []
    for begin_time, finish_time in plan.breaks:
        next_day = timedelta(days=begin_time < plan.shift_start)
        begin = max(_utc(plan, day + next_day, begin_time), start)
        finish = min(_after(plan, day + next_day, finish_time, begin_time), end)
        if begin < finish:
            spans.append((begin, finish))
    bucket = timedelta(minutes=plan.bucket_minutes)
    return Shift(start, end, merged(spans), plan.target_pieces, bucket)


def merged(spans: list[Span]) -> tuple[Span, ...]:
    """The same time as ordered spans that do not overlap."""
    apart: list[Span] = []
    for begin, finish in sorted(spans):
        if apart and begin <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], finish))
        else:
            apart.append((begin, finish))
    return tuple(apart)


def _after(plan: LinePlan, day: date, wall: time, earlier: time) -> datetime:
    """``wall`` as the first such time after ``earlier`` of that day."""
    return _utc(plan, day + timedelta(days=wall <= earlier), wall)


def _utc(plan: LinePlan, day: date, wall: time) -> datetime:
    return datetime.combine(day, wall, ZoneInfo(plan.timezone)).astimezone(UTC)
