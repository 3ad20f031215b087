"""Whether sessions end by themselves where and when they must, and nowhere else. Pure.

At a table that is set so a session ends after a minute without an act, by the station's own clock,
or with the shift in which it began, by the time at the site. A station looks often, so what is due
may be ``LATE_S`` late while all is well, and never too early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bartack_sim.explained import Event, Explained
from bartack_sim.habits import LONG
from bartack_sim.line import Line, Station
from bartack_sim.oddities import sessions

LATE_S = 5.0
"""By then a station that runs has noticed what is due."""

_LATE = timedelta(seconds=LATE_S)
_MS_IN_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class _Open:
    """A session that goes on, and the last act in it."""

    opened: Event
    acted: Event


def wrongly_timed_out(line: Line, events: Sequence[Event], *, calm: bool) -> list[str]:
    """A finding for each session that ended by itself too early, too late or where none does, and
    for each that went on. Not ``calm``: a station that is killed may be late."""
    places = {it.code: it for it in line.places}
    running: dict[str, _Open] = {}
    found = []
    last = max(events, key=lambda it: it["mono_ms"], default=None)
    for event in sorted(events, key=lambda it: (it["log"], it["seq"])):
        log = event["log"]
        session, place = running.get(log), places[event["station"]]
        if session is not None:
            found += _looked_at(line, place, session, event, calm=calm)
        match event["type"]:
            case "session.opened":
                running[log] = _Open(event, event)
            case "session.closed":
                running.pop(log, None)
            case _ if session is not None and _is_act(event):
                running[log] = _Open(session.opened, event)
    for session in running.values():
        place = places[session.opened["station"]]
        if calm and last is not None and _is_overdue(line, place, session, last):
            found.append(f"wrong: {_named(session)} never ended")
    return found


def wrongly_left(line: Line, explained: Explained, events: Sequence[Event]) -> list[str]:
    """A finding for each session of somebody who went away and that ended for another reason than
    that of its table."""
    wanted = {
        it.code: "idle" if it.rules.sign_out_after_min else "shift_end"
        for it in line.tables
        if it.rules.sign_out_after_min or it.rules.sign_out_at_shift_end
    }
    _, ends = sessions(events)
    found = []
    for event, intent in explained.pairs:
        if event["type"] != "session.opened" or intent.act not in LONG:
            continue
        end = ends.get((event["log"], event["seq"]))
        reason = wanted.get(event["station"])
        if end is None or reason is None or end["reason"] == reason:
            continue
        found.append(f"wrong: {_named(_Open(event, event))} ended as {end['reason']}, not {reason}")
    return found


def _looked_at(
    line: Line, place: Station, session: _Open, event: Event, *, calm: bool
) -> list[str]:
    """What is wrong with a session by the next event in its log."""
    reason = event.get("reason") if event["type"] == "session.closed" else None
    early = (reason == "idle" and not _is_idle(place, session, event)) or (
        reason == "shift_end" and not _ended(line, place, session, event["at"])
    )
    if early:
        return [f"wrong: {_named(session)} ended as {reason} and need not"]
    if calm and _is_overdue(line, place, session, event):
        return [f"wrong: {_named(session)} went on until {event['type']} {event['seq']}"]
    return []


def _is_act(event: Event) -> bool:
    return bool(event["source"] != "station" or event["type"] == "agent.started")


def _is_idle(place: Station, session: _Open, now: Event, late_s: float = 0.0) -> bool:
    """Whether nobody has acted for so long that the session ends."""
    limit_ms = place.rules.sign_out_after_min * _MS_IN_MINUTE
    same = session.acted["boot"] == now["boot"]
    idle_ms: int = now["mono_ms"] - session.acted["mono_ms"]
    return bool(limit_ms) and same and idle_ms >= limit_ms + late_s * 1000


def _ended(
    line: Line, place: Station, session: _Open, at: str, late: timedelta = timedelta()
) -> bool:
    """Whether a shift has ended since the session began."""
    opened, now = (datetime.fromisoformat(it) for it in (session.opened["at"], at))
    ends = line.shift_ends if place.rules.sign_out_at_shift_end else ()
    return any(opened < end <= now - late for end in ends)


def _is_overdue(line: Line, place: Station, session: _Open, now: Event) -> bool:
    idle = _is_idle(place, session, now, LATE_S)
    return idle or _ended(line, place, session, now["at"], _LATE)


def _named(session: _Open) -> str:
    opened = session.opened
    return f"{opened['station']} session {opened['log']}/{opened['seq']} of {opened['operator']}"
