"""What the hub says of work that two stations were credited with, and what it does to pay."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from acting import account, after, answer, earned, last, only, played, types
from bartack.projection import State, replay
from bartack.station import Decision, noticed
from bartack.wire import Notice, Notices
from sewing import LOG, at_station, badge, bundle, card, moment

PAID = 12 * Fraction("0.45")


def done() -> State:
    return after(at_station(), badge(), bundle(1), bundle(2))


def notice(kind: str, seq: int = 2, name: str = "B000001", log: str = LOG) -> Notice:
    return Notice(log, seq, kind, "st08", "E2", moment(1).at, name, "OP310")  # type: ignore[arg-type]  # as tests name it


def told(state: State, *notices: Notice) -> Decision:
    """Notices as they come: the newest first."""
    return noticed(state, Notices(notices), moment(600))


def test_disputed_work_is_not_paid_and_not_lost() -> None:
    """Another station was first: the money waits, the pieces are shown as disputed."""
    decision = told(done(), notice("disputed"))
    assert answer(decision) == ("info", "notice_disputed")
    assert only(decision, "work.disputed").text("other_station") == "st08"
    state = decision.state
    assert (account(state).pieces, account(state).disputed) == (12, 12)
    assert (earned(state), account(state).minutes) == (PAID, Fraction(6))
    assert [it.state for it in state.recent] == ["counted", "disputed"]
    assert answer(last(state, bundle(1), from_s=700)) == ("refused", "already_done")


def test_settled_work_is_paid_again() -> None:
    """When the other claim is gone, the money is as it was before."""
    before = done()
    disputed = told(before, notice("disputed")).state
    decision = told(disputed, notice("settled"))
    assert types(decision) == ["work.settled"]
    assert (earned(decision.state), account(decision.state).disputed) == (2 * PAID, 0)
    assert decision.state.recent == before.recent


@pytest.mark.parametrize("first", [[], ["disputed"]])
def test_work_that_stands_is_paid_and_its_operator_told(first: list[str]) -> None:
    """The other one was later: nothing is taken, or it is given back, and both are told."""
    state = done()
    for kind in first:
        state = told(state, notice(kind)).state
    decision = told(state, notice("stands"))
    assert answer(decision) == ("info", "notice_stands")
    assert types(decision) == ["work.contested"]
    assert (earned(decision.state), account(decision.state).disputed) == (2 * PAID, 0)


@pytest.mark.parametrize("kind", ["disputed", "stands", "settled"])
def test_a_notice_that_is_told_twice_changes_nothing(kind: str) -> None:
    """Retained messages come again after every restart: no event and no answer the second time."""
    state = told(done(), notice("disputed")).state if kind == "settled" else done()
    once = told(state, notice(kind))
    assert once.events
    again = told(once.state, notice(kind))
    assert (again.events, again.feedback, again.state) == ((), None, once.state)


@pytest.mark.parametrize(
    "wrong",
    [
        notice("disputed", seq=99),
        notice("disputed", name="B000002"),
        notice("disputed", log="00" * 16),
        notice("settled"),
    ],
)
def test_a_notice_of_nothing_that_stands_here_is_passed_over(wrong: Notice) -> None:
    """Another event, bundle or log, or nothing that was disputed: no event, no money."""
    assert told(done(), wrong).events == ()


def test_work_that_was_taken_back_cannot_be_disputed() -> None:
    """After an undo there is nothing that a notice could be about."""
    state = after(done(), card("undo"), card("undo"), from_s=60)
    assert told(state, notice("disputed"), notice("stands")).events == ()
    assert earned(state) == 0


def test_disputed_work_is_not_undone_by_the_card() -> None:
    """Undo takes back what counts; what is disputed waits for the office."""
    state = told(done(), notice("disputed", seq=3, name="B000002")).state
    undone = only(last(state, card("undo"), from_s=700), "work.voided")
    assert undone.text("bundle") == "B000001"


def test_several_notices_are_taken_oldest_first() -> None:
    """Each changes its own work, and the last told is what the operator sees."""
    decision = told(done(), notice("stands"), notice("disputed", seq=3, name="B000002"))
    assert types(decision) == ["work.disputed", "work.contested"]
    assert answer(decision) == ("info", "notice_stands")


def test_what_notices_did_is_in_the_events() -> None:
    """Replayed, the events give the same accounts."""
    start = at_station()
    decisions = played(start, badge(), bundle(1), bundle(2))
    for kinds in (["disputed"], ["stands"], ["settled"], ["disputed"]):
        decisions.append(told(decisions[-1].state, *map(notice, kinds)))
    events = [event for decision in decisions for event in decision.events]
    end = decisions[-1].state
    assert replay(start.rules, start.reference, LOG, events) == end
    assert replace(account(end), seq=0) == replace(account(told(done(), notice("disputed")).state),
                                                   seq=0)  # fmt: skip
