"""Acts at a station one after another, for tests: what they led to and what was answered."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from bartack.events import Event, Json, Moment
from bartack.identify import Scan
from bartack.projection import Account, State, open_parts, open_row, restore, snapshot
from bartack.station import Decision, decide, hear
from bartack.wire import NeighbourCredit, hour_of, newest_first
from sewing import moment

TODAY = "2026-11-21"
OTHER_BOOT = "3c2b8d1e-0000-4000-8000-000000000002"


def played(start: State, *scans: Scan, from_s: int = 0, every_s: int = 5) -> list[Decision]:
    """The decisions on scans that follow each other so many seconds apart."""
    decisions: list[Decision] = []
    for number, scan in enumerate(scans):
        decisions.append(decide(start, scan, moment(from_s + number * every_s)))
        start = decisions[-1].state
    return decisions


def after(start: State, *scans: Scan, from_s: int = 0, every_s: int = 5) -> State:
    """The state that scans lead to."""
    return played(start, *scans, from_s=from_s, every_s=every_s)[-1].state


def last(start: State, *scans: Scan, from_s: int = 0, every_s: int = 5) -> Decision:
    """The decision on the last of some scans."""
    return played(start, *scans, from_s=from_s, every_s=every_s)[-1]


def answer(decision: Decision) -> tuple[str, str | None]:
    """Outcome and reason that were shown."""
    assert decision.feedback is not None
    return decision.feedback.outcome, decision.feedback.reason


def types(decision: Decision) -> list[str]:
    return [event.type for event in decision.events]


def only(decision: Decision, type_: str) -> Event:
    """The one event of a type in a decision."""
    (event,) = (event for event in decision.events if event.type == type_)
    return event


def account(state: State, operator: str = "E1", date: str = TODAY) -> Account:
    return state.accounts.get((operator, date), Account())


def earned(state: State, operator: str = "E1", date: str = TODAY) -> Fraction:
    """By pieces, without time off standard."""
    return account(state, operator, date).earned


def heard_credit(
    state: State, bundle: str, operator: str, first: int = 1, pieces: int = 12
) -> State:
    """The state after station st08 said that it credited these pieces of OP310."""
    at = moment().at
    credit = NeighbourCredit("st08", bundle, "OP310", operator, first, pieces, at, 5)
    return hear(state, newest_first("st08", hour_of(at), [credit]), moment()).state


def restarted(state: State) -> State:
    """What a ledger gives back of a state."""
    open_: dict[str, Json] = {
        part: [open_row(key, value) for key, value in kept.items()]
        for part, kept in open_parts(state).items()
    }
    document: dict[str, Json] = {**snapshot(state), **open_}
    return restore(state.rules, state.reference, document, state.credits, state.accounts)


def rebooted(now: Moment, mono_ms: int = 1_000) -> Moment:
    """The same wall time after the machine was started anew."""
    return replace(now, boot=OTHER_BOOT, mono_ms=mono_ms)
