"""Habits, the operators' own books, and what the rules of the floor make of a scan."""

from __future__ import annotations

import threading
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_sim.books import HEARD_S, Books, Done
from bartack_sim.company import Company
from bartack_sim.habits import ALL, HABITS, deck
from bartack_sim.line import Flow, plan_line
from bartack_sim.operator import ACTS
from bartack_sim.rules import finish
from bartack_sim.truth import Want


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_every_act_that_is_named_can_be_done() -> None:
    """The names among the habits are those of the acts, without one too many."""
    assert sorted(ALL) == sorted(ACTS)


@given(st.text(max_size=5), st.integers(0, 100), st.sampled_from(sorted(HABITS)))
def test_a_deck_deals_every_act_before_any_again(seed: str, place: int, name: str) -> None:
    """The same seed deals the same; each round holds each act once; plain people do nothing."""
    acts = HABITS[name].acts
    dealt = list(islice(deck(HABITS[name], seed, place, 7), 3 * len(acts)))
    assert dealt == list(islice(deck(HABITS[name], seed, place, 7), 3 * len(acts)))
    for turn in range(3):
        round_ = dealt[turn * len(acts) : (turn + 1) * len(acts)]
        assert sorted(round_) == sorted(acts)


def done(station: str = "st01", pieces: int = 12, sure: bool = True) -> Done:
    return Done("E1", station, "B000001", "OP310", pieces, 0.0, sure)


def test_books_know_own_work_at_once_and_others_after_a_while() -> None:
    """A station knows its own credit; a neighbour's may or may not be known while it is fresh."""
    clock = Clock()
    books = Books(clock=clock)
    books.note(done("st01", 5))
    assert books.left("st01", "B000001", "OP310", 12) == (7,)
    assert books.left("st02", "B000001", "OP310", 12) == (12, 7)
    clock.now_s = HEARD_S
    assert books.left("st02", "B000001", "OP310", 12) == (7,)


def test_books_of_a_failing_line_never_count_on_news() -> None:
    """Where links and agents fail, a neighbour's work may stay unknown for ever."""
    clock = Clock()
    books = Books(calm=False, clock=clock)
    books.note(done("st01"))
    clock.now_s = 100 * HEARD_S
    assert books.left("st02", "B000001", "OP310", 12) == (12, 0)


def test_what_was_not_seen_or_is_being_taken_back_may_stand_or_not() -> None:
    """A scan without a lamp and an undo without one leave both answers right."""
    books = Books(clock=Clock())
    books.note(done(sure=False))
    assert books.left("st01", "B000001", "OP310", 12) == (12, 0)
    books.strike_out("st01", "B000001", "OP310")
    assert books.left("st01", "B000001", "OP310", 12) == (12,)
    books.note(done())
    books.doubt("st01", "B000001", "OP310")
    assert books.left("st01", "B000001", "OP310", 12) == (12, 0)


@pytest.mark.parametrize(
    ("left", "may", "signed_in", "part", "wants"),
    [
        ((12,), True, True, None, [Want("ok", None, 12)]),
        ((12,), True, True, 5, [Want("ok", None, 5)]),
        ((4,), True, True, 5, [Want("refused", "too_many_pieces")]),
        ((0,), True, True, None, [Want("refused", "already_done")]),
        ((0,), False, True, None, [Want("refused", "already_done")]),
        ((12,), False, True, None, [Want("refused", "not_assigned")]),
        ((12,), True, False, None, [Want("ok", None, 12), Want("refused", "no_operator")]),
        ((12, 0), True, True, None, [Want("ok", None, 12), Want("refused", "already_done")]),
    ],
)
def test_what_must_come_of_a_ticket(
    left: tuple[int, ...], may: bool, signed_in: bool, part: int | None, wants: list[Want]
) -> None:
    """Pieces that are left are paid to who may do them; all else has a reason of its own."""
    assert list(finish(left, may=may, signed_in=signed_in, part=part)) == wants


def test_nobody_does_what_others_were_sooner_with_before_the_next_round() -> None:
    """Two people with the same acts do each once together; one that nobody can do is tried in each
    round by everybody, and keeps nobody from the rest."""
    company = nobodys_company()
    first, second = (company.to_be_done(acts) for acts in ("abcabc", "cbacba"))
    assert next(first) == "a"
    company.did("a")
    assert next(second) == "c"
    company.did("c")
    assert [next(second), next(first)] == ["b", "b"]  # which neither can do
    assert [next(first), next(second)] == ["a", "c"]


def nobodys_company() -> Company:
    line = plan_line(seed=1, stations=1, minutes=1.0)
    return Company(line, {}, Books(), Flow(line), threading.Lock())


def test_people_begin_evenly_apart_in_the_deck() -> None:
    """Four operators who do a quarter of the deck each have done all of it together."""
    share = -(-len(ALL) // 4)
    dealt = [islice(deck(HABITS["mixed"], "3", place, 4), share) for place in range(4)]
    assert {name for acts in dealt for name in acts} == set(ALL)
