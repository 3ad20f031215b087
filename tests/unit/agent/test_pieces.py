"""Which pieces of a bundle are left: a model of single pieces against the ranges of the rules."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from acting import after, heard_credit, last, only, played
from bartack.station.pieces import Range, Taken, free
from sewing import at_station, badge, bundle, card, press

MOST = 20
spans = st.lists(st.tuples(st.integers(1, MOST + 3), st.integers(1, MOST)), max_size=8)


@given(st.integers(1, MOST), spans)
def test_what_is_free_is_what_nobody_has(pieces: int, done: list[tuple[int, int]]) -> None:
    """Ranges in any order, over each other, inside each other or beyond the end: each free piece
    is in one range, in order, and no two ranges could be one."""
    taken = [Taken(first, first + count - 1, "E1", "", 1) for first, count in done]
    gone = {piece for it in taken for piece in range(it.first, it.last + 1)}
    left = free(pieces, taken)
    listed = [piece for it in left for piece in range(it.first, it.first + it.pieces)]
    assert listed == sorted(set(range(1, pieces + 1)) - gone)
    assert all(it.pieces > 0 for it in left)
    for before, following in pairwise(left):
        assert before.first + before.pieces < following.first


def test_a_new_bundle_is_free_as_a_whole() -> None:
    """Nobody has anything of it, down to a bundle of one piece."""
    assert free(12, []) == [Range(1, 12)]
    assert free(1, []) == [Range(1, 1)]
    assert free(1, [Taken(1, 1, "E1", "", 1)]) == []


def test_a_neighbours_claim_inside_ones_own_frees_nothing() -> None:
    """Pieces 3 to 5 of Asha's eight, claimed next door too, do not open 6 to 8 again."""
    state = after(at_station(), badge(), card("split", "8"), bundle(1))
    state = heard_credit(state, "B000001", "E2", 3, 3)
    event = only(last(state, bundle(1), from_s=60), "work.done")
    assert (event.number("first"), event.number("pieces")) == (9, 4)


def test_a_neighbours_part_of_a_bundle_leaves_the_rest() -> None:
    """Pieces 4 to 6 were done next door: one scan counts 1 to 3, the next 7 to 12."""
    state = heard_credit(after(at_station(), badge()), "B000001", "E2", 4, 3)
    first = last(state, bundle(1), from_s=60)
    second = last(first.state, bundle(1), from_s=70)
    ranges = [
        (event.number("first"), event.number("pieces"))
        for event in (only(first, "work.done"), only(second, "work.done"))
    ]
    assert ranges == [(1, 3), (7, 6)]
    split = last(state, card("split", "4"), bundle(1), from_s=60)
    assert only(split, "work.done").number("first") == 7


def test_pieces_are_ready_though_those_before_them_are_not() -> None:
    """The step before is undone for pieces 1 to 5: pieces 6 to 12 can go on, it is not theirs."""
    first = [card("split", "5"), bundle(1)]
    acts = (badge(), *first, bundle(1), card("split", "5"), bundle(1, "OP320"))
    decisions = played(at_station(order="refuse"), *acts)
    undo = press("undo", seq=only(decisions[2], "work.done").seq)
    decision = last(decisions[-1].state, undo, bundle(1, "OP320"), from_s=60)
    assert only(decision, "work.done").number("first") == 6
