"""The factory's days: which day of work and hour a wall-time label is of, and sums by day. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from immutables import Map

from bartack.events import Event
from bartack.projection.state import DAYS_KEPT, Account, Credit, Day, Rules, State, Tally

ACCOUNT_DAYS_KEPT: Final = 45
"""Days of each operator's account: the longest pay period and some."""


def day_and_hour(at: str, rules: Rules) -> tuple[str, str]:
    """The factory's day of work and hour of a wall-time label, as ISO date and two digits."""
    local = local_time(at, rules.timezone)
    return day_of(local, rules).isoformat(), f"{local.hour:02d}"


def local_time(at: str, timezone: str) -> datetime:
    """A wall-time label in the factory's time zone."""
    return datetime.fromisoformat(at).astimezone(_zone(timezone))


def work_day(at: str, rules: Rules) -> date:
    """The day of work that a wall-time label counts to."""
    return day_of(local_time(at, rules.timezone), rules)


def day_of(local: datetime, rules: Rules) -> date:
    """The day of work of a time in the factory's time zone."""
    day = local.date()
    return day if local.time() >= rules.day_starts else day - timedelta(days=1)


def utc_label(when: datetime) -> str:
    """A wall-time label as events carry it: RFC 3339, UTC, milliseconds, Z."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def earned_by(event: Event) -> Fraction:
    """What an event's pieces are worth by the rate that it names: exact, never rounded."""
    rate = Fraction(event.text("rate") or "0") * Fraction(event.text("factor") or "1")
    return event.number("pieces") * rate / (event.number("rate_pieces") or 1)


def minutes_of(event: Event) -> Fraction:
    """Minutes produced by an event's pieces."""
    return event.number("pieces") * Fraction(event.text("sam") or "0")


def booked(state: State, credit: Credit, operation: str, seq: int, sign: int = 1) -> State:
    """A credit in the sums of its day; ``sign`` -1 takes it out again."""
    date, hour = day_and_hour(credit.at, state.rules)
    for operator, part in credit.parts():
        own = operator == credit.operator
        pieces = sign * credit.pieces if own else 0
        earned = Fraction(0) if credit.disputed else sign * part * credit.earned
        work = (operator, operation)
        state = with_tally(state, work, date, seq, pieces, sign * own, earned, hour)
        state = with_account(
            state,
            operator,
            date,
            seq,
            pieces=0 if credit.disputed else pieces,
            earned=earned,
            minutes=Fraction(0) if credit.disputed else sign * part * credit.minutes,
            disputed=pieces if credit.disputed else 0,
        )
    return state


def with_tally(
    state: State,
    work: tuple[str, str],
    date: str,
    seq: int,
    pieces: int,
    scans: int,
    earned: Fraction,
    hour: str = "",
) -> State:
    """The state with more work of an operator on an operation on a day, at an hour of it."""
    day = state.days.get(date, Day())
    tally = day.work.get(work, Tally())
    tally = Tally(tally.pieces + pieces, tally.scans + scans, tally.earned + earned)
    hours = day.hours.set(hour, day.hours.get(hour, 0) + pieces) if hour else day.hours
    day = Day(day.work.set(work, tally), hours, day.refusals, max(seq, day.seq))
    return replace(state, days=with_day(state.days, date, day))


def with_account(state: State, operator: str, date: str, seq: int, **more: int | Fraction) -> State:
    """The state with ``more`` added to an operator's account of a day; names as in ``Account``."""
    known = state.accounts.get((operator, date))
    account = known or Account()
    sums = {name: getattr(account, name) + value for name, value in more.items()}
    account = replace(account, **sums, seq=max(seq, account.seq))
    accounts = state.accounts.set((operator, date), account)
    if known is None:
        # By its last event and not by its date: a clock that is wrong must not take sums away.
        same = [key for key in accounts if key[0] == operator]
        if len(same) > ACCOUNT_DAYS_KEPT:
            accounts = accounts.delete(min(same, key=lambda key: accounts[key].seq))
    return replace(state, accounts=accounts)


def with_day(days: Map[str, Day], date: str, day: Day) -> Map[str, Day]:
    days = days.set(date, day)
    if len(days) <= DAYS_KEPT:
        return days
    return days.delete(min(days, key=lambda kept: days[kept].seq))


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
