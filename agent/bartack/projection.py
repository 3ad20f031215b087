"""What a station knows, folded from its events: session, credits, totals by day. Pure.

``apply`` is the only way an event changes a state, live and on replay alike, so a state can always
be checked against the events it came from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, reduce
from typing import Final
from zoneinfo import ZoneInfo

from immutables import Map

from bartack.events import Event, Head, Json, Place
from bartack.reference import Reference

DAYS_KEPT: Final = 8
"""Days whose totals a station keeps; the others are in the events and at the hub."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a station's file says about its work."""

    place: Place
    operation: str = ""
    """The operation sewn here when the ticket does not name one; empty when it must."""
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Session:
    """An operator signed in at this station.

    ``reader`` and ``label`` tell which badge rests on which reader, where that is what keeps the
    session open.
    """

    operator: str
    opened_at: str
    reader: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Resting:
    """A bundle that rests at this station, the reader that noticed it, and the event of that."""

    bundle: str
    reader: str
    seq: int


@dataclass(frozen=True, slots=True)
class Credit:
    """Who was credited with a bundle and operation, for how many pieces, when, by which event."""

    operator: str
    pieces: int
    at: str
    seq: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Work of one operator on one operation on one day. ``earned`` is not rounded."""

    pieces: int = 0
    scans: int = 0
    earned: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Day:
    """Totals of one day in the factory's time zone."""

    work: Map[tuple[str, str], Tally] = field(default_factory=Map)
    """By operator and operation."""
    hours: Map[str, int] = field(default_factory=Map)
    """Pieces by hour of the day, ``00`` to ``23``."""
    refusals: Map[str, int] = field(default_factory=Map)
    """Refused scans by reason."""
    seq: int = 0
    """The last event that counted here; days are forgotten by it, because dates may be wrong."""


@dataclass(frozen=True, slots=True)
class State:
    """Everything ``decide`` looks at."""

    rules: Rules
    head: Head
    reference: Reference = field(default_factory=Reference)
    session: Session | None = None
    credits: Map[tuple[str, str], Credit] = field(default_factory=Map)
    """By bundle and operation."""
    days: Map[str, Day] = field(default_factory=Map)
    """By ISO date."""
    resting: Map[str, Resting] = field(default_factory=Map)
    """By the tag's value."""


def apply(state: State, event: Event) -> State:
    """The state after ``event``, which must be the next of its log."""
    state = replace(state, head=event.head)
    match event.type:
        case "session.opened":
            return replace(state, session=_session(event))
        case "session.closed":
            return replace(state, session=None)
        case "work.done":
            return _done(state, event)
        case "scan.refused":
            return _refused(state, event)
        case "bundle.arrived":
            rests = Resting(event.text("bundle"), event.text("reader"), event.seq)
            return replace(state, resting=state.resting.set(event.text("label"), rests))
        case "bundle.departed" if event.text("label") in state.resting:
            return replace(state, resting=state.resting.delete(event.text("label")))
        case _:
            return state


def replay(rules: Rules, reference: Reference, log: str, events: Iterable[Event]) -> State:
    """The state that a whole log leads to."""
    return reduce(apply, events, State(rules, Head(log), reference))


def spots(state: State) -> tuple[tuple[str, str], ...]:
    """Where something rests, as reader and tag: bundles, and the badge of who is signed in."""
    bundles = tuple((rests.reader, label) for label, rests in state.resting.items())
    session = state.session
    badge = ((session.reader, session.label),) if session and session.label else ()
    return bundles + badge


def day_and_hour(at: str, timezone: str) -> tuple[str, str]:
    """The factory's date and hour of a wall-time label, as ISO date and two digits."""
    local = datetime.fromisoformat(at).astimezone(_zone(timezone))
    return local.date().isoformat(), f"{local.hour:02d}"


def _session(event: Event) -> Session:
    rests = event.source == "presence"
    reader, label = (event.text("reader"), event.text("badge")) if rests else ("", "")
    return Session(event.text("operator"), event.at, reader, label)


def _done(state: State, event: Event) -> State:
    operator, operation, pieces = (
        event.text("operator"),
        event.text("operation"),
        event.number("pieces"),
    )
    date, hour = day_and_hour(event.at, state.rules.timezone)
    day = state.days.get(date, Day())
    tally = day.work.get((operator, operation), Tally())
    tally = Tally(
        tally.pieces + pieces,
        tally.scans + 1,
        tally.earned + pieces * Decimal(event.text("rate")),
    )
    day = replace(
        day,
        work=day.work.set((operator, operation), tally),
        hours=day.hours.set(hour, day.hours.get(hour, 0) + pieces),
        seq=event.seq,
    )
    credit = Credit(operator, pieces, event.at, event.seq)
    credits = state.credits.set((event.text("bundle"), operation), credit)
    return replace(state, credits=credits, days=_with_day(state.days, date, day))


def _refused(state: State, event: Event) -> State:
    date, _ = day_and_hour(event.at, state.rules.timezone)
    day = state.days.get(date, Day())
    reason = event.text("reason")
    count = day.refusals.get(reason, 0) + 1
    day = replace(day, refusals=day.refusals.set(reason, count), seq=event.seq)
    return replace(state, days=_with_day(state.days, date, day))


def _with_day(days: Map[str, Day], date: str, day: Day) -> Map[str, Day]:
    days = days.set(date, day)
    if len(days) <= DAYS_KEPT:
        return days
    return days.delete(min(days, key=lambda kept: days[kept].seq))


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


# --- the state as JSON: for the ledger's snapshot and for the state topic ------------------------


def snapshot(state: State) -> dict[str, Json]:
    """Session and totals as JSON; credits and reference have rows of their own in the ledger."""
    session = state.session
    return {
        "log": state.head.log,
        "seq": state.head.seq,
        "hash": state.head.hash,
        "session": [session.operator, session.opened_at, session.reader, session.label]
        if session
        else None,
        "resting": {
            label: [rests.bundle, rests.reader, rests.seq] for label, rests in state.resting.items()
        },
        "days": {date: {**day_document(day), "seq": day.seq} for date, day in state.days.items()},
    }


def restore(
    rules: Rules,
    reference: Reference,
    document: Mapping[str, Json],
    credits: Mapping[tuple[str, str], Credit],
) -> State:
    """The state from what ``snapshot`` wrote. Raises ``KeyError`` or ``TypeError`` if altered."""
    session = document["session"]
    days = document["days"]
    resting = document.get("resting", {})  # ledgers of the first release have none
    if not (isinstance(days, dict) and isinstance(resting, dict)):
        raise TypeError("days or resting")
    return State(
        rules=rules,
        head=Head(str(document["log"]), int(str(document["seq"])), str(document["hash"])),
        reference=reference,
        session=Session(*map(str, session)) if isinstance(session, list) else None,
        credits=Map(credits),
        days=Map({date: _day(day) for date, day in days.items()}),
        resting=Map({label: _resting(rests) for label, rests in resting.items()}),
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
                "earned": str(tally.earned),
            }
            for (operator, operation), tally in sorted(day.work.items())
        ],
        "hours": dict(sorted(day.hours.items())),
        "refusals": dict(sorted(day.refusals.items())),
    }


def today_document(state: State, at: str) -> dict[str, Json]:
    """The projection that a station publishes: today in its own time zone, as of its head."""
    date, _ = day_and_hour(at, state.rules.timezone)
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
        **day_document(state.days.get(date, Day())),
    }


def _resting(document: Json) -> Resting:
    if not isinstance(document, list):
        raise TypeError("resting")
    bundle, reader, seq = document
    return Resting(str(bundle), str(reader), int(str(seq)))


def _day(document: Json) -> Day:
    if not isinstance(document, dict):
        raise TypeError("day")
    work, hours, refusals = document["work"], document["hours"], document["refusals"]
    if not (isinstance(work, list) and isinstance(hours, dict) and isinstance(refusals, dict)):
        raise TypeError("day")
    rows = [row for row in work if isinstance(row, dict)]
    return Day(
        work=Map(
            {
                (str(row["operator"]), str(row["operation"])): Tally(
                    int(str(row["pieces"])), int(str(row["scans"])), Decimal(str(row["earned"]))
                )
                for row in rows
            }
        ),
        hours=Map({hour: int(str(pieces)) for hour, pieces in hours.items()}),
        refusals=Map({reason: int(str(count)) for reason, count in refusals.items()}),
        seq=int(str(document["seq"])),
    )


def utc_label(when: datetime) -> str:
    """A wall-time label as events carry it: RFC 3339, UTC, milliseconds, Z."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
