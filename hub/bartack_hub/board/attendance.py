"""Who was signed in where and for how long, from session events.

The ledger's order within one station is its sequence number, not its clock, so a session lasts
from its own event to the next one of that station.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bartack_hub.board.shifts import Shift, Span, merged


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """From this event on, ``operator`` was signed in; nobody when it is empty."""

    seq: int
    moment: datetime
    operator: str


@dataclass(slots=True)
class Sessions:
    """The sessions of one station, whichever ledgers it had. Single-threaded."""

    current_log: str = ""
    _marks: dict[str, list[Mark]] = field(default_factory=dict)

    def take(self, log: str, mark: Mark) -> None:
        """Note one ``session.opened`` or ``session.closed``; a later word of it replaces it."""
        marks = [known for known in self._marks.get(log, ()) if known.seq != mark.seq]
        insort(marks, mark)
        self._marks[log] = marks
        self.current_log = log

    @property
    def open(self) -> Mark | None:
        """Who is signed in now, and since when."""
        marks = self._marks.get(self.current_log)
        return marks[-1] if marks and marks[-1].operator else None

    def spans(self, now: datetime) -> Iterator[tuple[str, Span]]:
        """Operator and time of every session. An open one lasts until now."""
        for log, marks in self._marks.items():
            ends = [mark.moment for mark in marks[1:]]
            ends.append(now if log == self.current_log else marks[-1].moment)
            for mark, end in zip(marks, ends, strict=True):
                if mark.operator and mark.moment < end:
                    yield mark.operator, (mark.moment, end)

    def forget(self, before: datetime) -> None:
        """Drop what ended before then; an open session stays however old it is."""
        kept: dict[str, list[Mark]] = {}
        for log, marks in self._marks.items():
            last = len(marks) - 1
            kept[log] = [
                mark
                for index, mark in enumerate(marks)
                if mark.moment >= before or (index == last and log == self.current_log)
            ]
        self._marks = {log: marks for log, marks in kept.items() if marks}


def attended_s(stations: Iterable[Sessions], shift: Shift, now: datetime) -> int:
    """Seconds of the shift's working time that people were signed in for, added up.

    Someone signed in at two stations at once attends once.
    """
    spans: dict[str, list[Span]] = defaultdict(list)
    for sessions in stations:
        for operator, span in sessions.spans(now):
            spans[operator].append(span)
    return sum(
        shift.worked_s(end) - shift.worked_s(begin)
        for own in spans.values()
        for begin, end in merged(own)
    )
