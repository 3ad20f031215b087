"""Who works here: badges open and close sessions, or vouch for something as a supervisor. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bartack.badges import AmbiguousBadge
from bartack.events import Json, Moment
from bartack.identify import Scan
from bartack.projection import Session, State, day_and_hour, utc_label
from bartack.reference import Operator
from bartack.station import asking, calls, offstandard
from bartack.station.answers import Decision, info, name_of, refuse, source_of
from bartack.station.attendance import SESSION_MAX_MS, attended_by_day

VOUCHERS: Final = frozenset({"supervisor"})
"""Roles whose badge approves and corrects."""

ANSWERERS: Final = frozenset({"supervisor", "mechanic"})
"""Roles whose badge answers a call for help."""

AGAIN_MS: Final = 5_000
"""The own badge within this time of the sign-in means the same sign-in."""

CLERKS: Final = frozenset({"clerk", "supervisor"})
"""Roles that may enter other people's work in an office."""


def badge(state: State, scan: Scan, now: Moment) -> Decision:
    """A badge was shown."""
    owner = state.reference.badges.owner(scan.medium, scan.badge)
    if owner is None:
        return refuse(state, scan, now, "unknown_badge")
    if isinstance(owner, AmbiguousBadge):
        return refuse(state, scan, now, "ambiguous_badge", operators=list(owner.operators))
    if scan.with_another:
        return _two_badges(state, scan, now, owner)
    if state.asking is not None and state.asking.needs in asking.BADGES:
        return asking.badge(state, scan, now, owner)
    session = state.session
    if session is not None and session.operator == owner.operator and not session.by:
        if state.rules.sign_out_by_badge and not scan.presence and not _is_fresh(session, now):
            return sign_out(state, scan, now)
        return Decision(state, (), info(state, now, "already_signed_in", name=owner.name))
    vouched = _vouched(state, scan, now, owner) if state.rules.pay_on != "batch" else None
    if vouched is not None:
        return vouched
    if state.rules.pay_on == "batch":
        return _batch(state, scan, now, owner)
    return sign_in(state, scan, now, owner)


def _is_fresh(session: Session, now: Moment) -> bool:
    """The badge is still, or once more, held to the reader after it signed in."""
    return session.boot == now.boot and now.mono_ms - session.mono_ms < AGAIN_MS


def _two_badges(state: State, scan: Scan, now: Moment, owner: Operator) -> Decision:
    """Two badges lie on the reader: nobody can say who is meant, so nobody is signed in by them."""
    decision = Decision(state)
    session = state.session
    if session is not None and session.badge_reader == scan.reader:
        decision = close(state, now, "two_badges", source_of(scan), scan.reader)
    refused = refuse(decision.state, scan, now, "two_badges", code=owner.operator)
    return decision.and_then(refused)


def _vouched(state: State, scan: Scan, now: Moment, owner: Operator) -> Decision | None:
    """What a supervisor's or mechanic's badge does: it answers, or approves, what waits for it.

    Where nothing does they sign in as anybody, but never in the place of somebody who works.
    """
    if owner.role in ANSWERERS and state.calls:
        return calls.answered(state, scan, now, owner)
    if owner.role in VOUCHERS and offstandard.waiting(state):
        return offstandard.judged(state, scan, now, owner.operator, approved=True)
    session = state.session
    if owner.role in ANSWERERS and session is not None and session.operator != owner.operator:
        return refuse(state, scan, now, "nothing_to_approve", code=owner.operator)
    return None


def _batch(state: State, scan: Scan, now: Moment, owner: Operator) -> Decision:
    """In an office a clerk signs in first and then says whose work is entered."""
    session = state.session
    if session is None or (owner.role in CLERKS and owner.operator != session.operator):
        if owner.role not in CLERKS:
            return refuse(state, scan, now, "not_supervisor", code=owner.operator)
        return sign_in(state, scan, now, owner)
    clerk = session.by or session.operator
    if owner.operator == session.operator:
        return Decision(state, (), info(state, now, "already_signed_in", name=owner.name))
    return sign_in(state, scan, now, owner, by=clerk)


def sign_in(state: State, scan: Scan, now: Moment, owner: Operator, by: str = "") -> Decision:
    """Open a session, after closing the one before."""
    decision = Decision(state)
    if state.session is not None:
        decision = close(state, now, "replaced", source_of(scan), scan.reader)
    elsewhere = None if by else _elsewhere(state, owner, now)
    fields: dict[str, Json] = {
        "operator": owner.operator,
        "badge": scan.badge,
        "reader": scan.reader,
    }
    fields |= {"by": by} if by else {}
    flagged = elsewhere is not None and state.rules.badge_elsewhere == "flag"
    if elsewhere is not None:
        fields["open_at"] = elsewhere
        fields |= {"flags": ["badge_in_use"]} if flagged else {}
    decision = decision.record(now, "session.opened", source_of(scan), fields)
    decision = replace(decision, state=replace(decision.state, asking=None))
    light = info(decision.state, now, "signed_in", name=owner.name)
    return replace(decision, feedback=replace(light, flags=("badge_in_use",) if flagged else ()))


def _elsewhere(state: State, owner: Operator, now: Moment) -> str | None:
    """Another station of the line where this operator is signed in.

    One that was switched off never told of the end; nobody works for so long.
    """
    longest = timedelta(milliseconds=SESSION_MAX_MS)
    oldest_at = utc_label(datetime.fromisoformat(now.at) - longest)
    stations = (
        station
        for station, told in state.neighbours.sessions.items()
        if told.operator == owner.operator and told.opened_at > oldest_at
    )
    return min(stations, default=None) if state.rules.badge_elsewhere != "off" else None


def sign_out(state: State, scan: Scan, now: Moment) -> Decision:
    """The operator leaves."""
    session = state.session
    if session is None:
        return refuse(state, scan, now, "no_operator")
    closed = close(state, now, "signed_out", source_of(scan), scan.reader)
    return _gone(closed, now, session)


def _gone(closed: Decision, now: Moment, session: Session) -> Decision:
    """The answer to an operator whose session is over."""
    name = name_of(closed.state, session.operator)
    return closed.info(now, "signed_out", operator=session.operator, name=name)


def ended_by_time(state: State, session: Session, now: Moment, reason: str) -> Decision:
    """Nobody ended it: the shift or the time without an act did."""
    return _gone(close(state, now, reason, "station"), now, session)


def close(
    state: State, now: Moment, reason: str, source: str, reader: str = "", open_at: str = ""
) -> Decision:
    """End the session, and time off standard with it. ``open_at``: the station of a newer one."""
    session = state.session
    if session is None:
        return Decision(state)
    decision = offstandard.ended(Decision(state), now, "session", source)
    fields: dict[str, Json] = {"operator": session.operator, "reason": reason, "reader": reader}
    fields |= {"open_at": open_at} if open_at else {}
    if not session.by:
        days = attended_by_day(session, now, state)
        fields["attended_ms"] = sum(days.values())
        today, _ = day_and_hour(now.at, state.rules)
        fields |= {"attended_days": {**days}} if [*days] != [today] else {}
    decision = decision.record(now, "session.closed", source, fields)
    return replace(decision, state=replace(decision.state, asking=None))


def departed(state: State, session: Session, now: Moment) -> Decision:
    """Whoever laid down a badge took it along."""
    closed = close(state, now, "departed", "presence", session.reader)
    return _gone(closed, now, session)


def opened_elsewhere(state: State, now: Moment) -> Decision:
    """Close the session of somebody who has signed in at another station since."""
    session = state.session
    if session is None or session.by or state.rules.badge_elsewhere != "close":
        return Decision(state)
    later = [
        told
        for told in state.neighbours.sessions.values()
        if told.operator == session.operator and told.opened_at > session.opened_at
    ]
    if not later:
        return Decision(state)
    closed = close(state, now, "elsewhere", "station", open_at=later[0].station)
    return _gone(closed, now, session)
