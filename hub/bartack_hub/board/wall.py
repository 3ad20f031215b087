"""The wall board of a site: what committed events and station reports amount to right now.

A projection and nothing else: no I/O and no clock, ``now`` comes from the caller. Every value in
a snapshot is absolute, so a page that missed something is right again with the next one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from bartack.events import Event
from bartack_hub.board.attendance import Mark, attended_s
from bartack_hub.board.clocks import Clocks
from bartack_hub.board.credits import SPARK_STEP_S, Credits, moment_of, routes_of
from bartack_hub.board.forecast import forecast
from bartack_hub.board.shifts import LinePlan, Shift, shift_at
from bartack_hub.board.stations import LABEL_MAX_CHARS, Station, Value, time_or_none
from bartack_hub.board.stays import Stays
from bartack_hub.settlement import Claim

REFUSALS_SHOWN: Final = 30
UNREADABLE_MAX: Final = 999

AHEAD_PERCENT: Final = 5
BEHIND_PERCENT: Final = 5
FAR_BEHIND_PERCENT: Final = 15

Where = tuple[str, str]
"""Line and station."""


class Board:
    """A site's lines, stations and refusals. Single-threaded: the caller locks."""

    def __init__(self, site: str, plans: Mapping[str, LinePlan]) -> None:
        self._site = site
        self._plans = dict(plans)
        self._credits = Credits(self._plans)
        self._clocks = Clocks()
        self._stays = Stays()
        self._stations: dict[Where, Station] = defaultdict(Station)
        self._refusals: dict[str, dict[tuple[str, str, int], Value]] = defaultdict(dict)
        self._operators: dict[str, str] = {}
        self._operations: dict[Where, str] = {}
        self._unreadable: set[tuple[str, int]] = set()

    def set_reference(
        self,
        operators: Iterable[Mapping[str, object]],
        operations: Iterable[Mapping[str, object]],
    ) -> None:
        """Take names and routes from the rows of ``operators.csv`` and ``operations.csv``.

        A line's output is the last operation of each style's route. Raises ``ValueError`` naming
        the row whose ``seq`` is not a whole number.
        """
        rows = list(operations)
        routes = routes_of(rows)
        self._operators = {str(row["operator"]): str(row["name"]) for row in operators}
        self._operations = {
            (str(row["style"]), str(row["operation"])): str(row["name"]) for row in rows
        }
        self._credits.set_routes(routes)

    def take_event(self, event: Event) -> None:
        """Add an event that the hub has committed. Taking it again changes nothing.

        One whose time or amount is impossible is counted as unreadable and shown as such. What was
        labelled by a wrong clock is put right once a later event of the same boot allows it.
        """
        try:
            shown = list(self._clocks.take(event))
        except (ValueError, OverflowError):
            shown = [event]
        for item in shown:
            self._take(item)

    def _take(self, event: Event) -> None:
        station = self._stations[event.line, event.station]
        try:
            moment = moment_of(event)
            match event.type:
                case "session.opened" | "session.closed":
                    opened = event.type == "session.opened"
                    operator = event.text("operator") if opened else ""
                    station.sessions.take(event.log, Mark(event.seq, moment, operator))
                case "bundle.arrived" | "bundle.departed":
                    self._stays.take(event, moment)
                case "work.done":
                    self._credits.take(event)
                    station.take_scan(event, "ok")
                    station.take_work(event)
                case "work.voided":
                    self._credits.void(event, moment)
                case "scan.refused":
                    station.take_scan(event, "refused")
                    self._take_refusal(event)
        except ValueError:
            if len(self._unreadable) < UNREADABLE_MAX:
                self._unreadable.add((event.log, event.seq))
            return
        if event.clock == "synced":
            station.heard_at = max(station.heard_at or moment, moment)

    def take_status(
        self, line: str, station: str, status: Mapping[str, object], received_at: datetime
    ) -> None:
        """Take a station's report of itself, or its Will, as ``wire.parse_status`` gives it."""
        self._stations[line, station].take_status(status, received_at)

    def forget(self, before: datetime) -> None:
        """Drop what is older than any shift that is still shown, so that memory stays bounded."""
        self._credits.forget(before)
        self._stays.forget(before)
        for station in self._stations.values():
            station.sessions.forget(before)

    def snapshot(self, now: datetime) -> Value:
        """Everything a page shows, JSON-ready: ``lines``, ``stations`` and ``refusals`` by id."""
        lines = sorted(self._plans.keys() | {line for line, _ in self._stations}, key=_natural)
        shifts = {line: shift_at(plan, now) for line, plan in self._plans.items()}
        return {
            "site": self._site,
            "unreadable": len(self._unreadable),
            "spark_step_s": SPARK_STEP_S,
            "lines": {line: self._line(line, shifts.get(line), now) for line in lines},
            "stations": {
                f"{line}/{name}": self._station(line, name, shifts.get(line), now)
                for line, name in sorted(
                    self._stations, key=lambda where: _natural("/".join(where))
                )
            },
            "refusals": {line: self._refused(line) for line in lines},
        }

    def _take_refusal(self, event: Event) -> None:
        refusals = self._refusals[event.line]
        refusals[event.at, event.log, event.seq] = {
            "id": f"{event.log}:{event.seq}",
            "at": event.at,
            "station": event.station,
            "operator": event.text("operator"),
            "reason": event.text("reason"),
            "label": event.text("label")[:LABEL_MAX_CHARS],
            "bundle": event.text("bundle")[:LABEL_MAX_CHARS],
            "operation": event.text("operation"),
            "done_by": event.text("done_by"),
            "done_at": _text(time_or_none(event.text("done_at"))),
        }
        if len(refusals) > REFUSALS_SHOWN:
            del refusals[min(refusals)]

    def _refused(self, line: str) -> list[Value]:
        """What did not count, newest first: refused scans, and claims that are disputed."""
        disputed = {
            (credit.claim.at, credit.claim.log, credit.claim.seq): _dispute(credit.claim, rival)
            for credit, rival in self._credits.disputed(line)
        }
        known, people = self._refusals.get(line, {}) | disputed, ("operator", "done_by")
        return [
            known[key] | {who: self._person(str(known[key][who])) for who in people}
            for key in sorted(known, reverse=True)[:REFUSALS_SHOWN]
        ]

    def _person(self, operator: str) -> Value | None:
        if not operator:
            return None
        return {"id": operator, "name": self._operators.get(operator, "")}

    def _of_line(self, line: str) -> dict[str, Station]:
        return {name: known for (at, name), known in self._stations.items() if at == line}

    def _line(self, line: str, shift: Shift | None, now: datetime) -> Value:
        stations = self._of_line(line)
        people = {
            known.sessions.open.operator for known in stations.values() if known.sessions.open
        }
        heard = [known.heard_at for known in stations.values() if known.heard_at]
        value: Value = {
            "line": line,
            "people": len(people),
            "as_of": _text(min(max(heard), now)) if heard else None,
            "incomplete": sorted((n for n, s in stations.items() if s.lags), key=_natural),
            "shift": None,
        }
        if shift is None:
            return value
        plan, tally = self._plans[line], self._credits.tally(line, shift)
        output, target_now = sum(tally.output.values()), shift.target_at(now)
        attended = attended_s((known.sessions for known in stations.values()), shift, now)
        ahead = forecast(shift, tally.output, now)
        return value | {
            "timezone": plan.timezone,
            "shift": _shift(shift, now),
            "output": output,
            "target_now": target_now,
            "target": shift.target_pieces,
            "pace": _pace(output, target_now) if heard else "no_data",
            "efficiency": _percent(tally.minutes * 60, attended),
            "forecast": ahead and [ahead.low, ahead.high],
            "unrouted": sorted(style for style, pieces in tally.unrouted.items() if pieces),
            "buckets": _buckets(shift, tally.output),
        }

    def _station(self, line: str, name: str, shift: Shift | None, now: datetime) -> Value:
        known = self._stations[line, name]
        session = known.sessions.open
        tally = self._credits.tally(line, shift) if shift else None
        heard = known.heard_at
        return {
            "line": line,
            "station": name,
            "online": known.online,
            "as_of": _text(min(heard, now) if heard else None),
            "operator": self._person(session.operator) if session else None,
            "operation": known.operation,
            "operation_name": self._operations.get((known.style, known.operation), ""),
            "pieces": tally.stations[name] if tally else None,
            "scan": known.scan,
            "spark": self._credits.spark(line, name, now),
            "unsent": known.unsent,
            "oldest_unsent_s": known.oldest_unsent_s,
            "version": known.version,
            "readers": known.readers,
            "attention": known.attention(shift, now, self._stays.twice((line, name), now)),
        }


def _dispute(claim: Claim, rival: Claim) -> Value:
    return {
        "id": f"{claim.log}:{claim.seq}",
        "at": claim.at,
        "station": claim.station,
        "operator": claim.operator,
        "reason": "disputed",
        "label": claim.bundle,
        "bundle": claim.bundle,
        "operation": claim.operation,
        "done_by": rival.operator,
        "done_at": _text(time_or_none(rival.at)),
    }


def _shift(shift: Shift, now: datetime) -> Value:
    return {
        "start": _text(shift.start),
        "end": _text(shift.end),
        "phase": shift.phase(now),
        "breaks": [[_epoch(begin), _epoch(finish)] for begin, finish in shift.breaks],
    }


def _buckets(shift: Shift, output: Mapping[int, int]) -> Value:
    """Columns for the chart; overtime before and after the shift has a target of nothing."""
    filled = [index for index, pieces in output.items() if pieces]
    indexes = range(min(0, *filled, 0), max(shift.buckets, *(i + 1 for i in filled), 0))
    return {
        "step_s": shift.bucket // timedelta(seconds=1),
        "start": [_epoch(shift.bucket_start(index)) for index in indexes],
        "pieces": [output.get(index, 0) for index in indexes],
        "target": [shift.bucket_target(index) for index in indexes],
    }


def _pace(output: int, target_now: int) -> str:
    if target_now == 0:
        return "no_target"
    behind_percent = (target_now - output) * 100
    if -behind_percent > AHEAD_PERCENT * target_now:
        return "ahead"
    if behind_percent > FAR_BEHIND_PERCENT * target_now:
        return "far_behind"
    return "behind" if behind_percent > BEHIND_PERCENT * target_now else "on_target"


def _percent(part: Decimal, whole: int) -> str | None:
    """``part`` of ``whole`` in per cent with one decimal, None when there is no whole yet."""
    if whole <= 0:
        return None
    return str((part * 100 / whole).quantize(Decimal("0.1"), ROUND_HALF_UP))


def _text(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def _natural(name: str) -> list[tuple[int, str]]:
    """Sort key by which st2 stands before st10."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)
    ]
