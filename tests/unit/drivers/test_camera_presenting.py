"""Idle, look, hold: as many reads as presentations, whatever the decoder misses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.camera.decoding.codes import Code, Corners
from bartack_drivers.camera.watching.acceptance import Rules
from bartack_drivers.camera.watching.places import Place, place_of
from bartack_drivers.camera.watching.presenting import CHECK_S, Plan, Presenting, Seen

FRAME_S = 1 / 15
GONE_S = 1.5
DEEPLY = ("deep", "all")
TEXTS = ("B000001", "B000002", "B000003")


def corners_at(index: float) -> Corners:
    left = 100.0 + 300 * index
    return ((left, 100.0), (left + 200, 100.0), (left + 200, 300.0), (left, 300.0))


@dataclass
class Table:
    """A camera over a table, played frame by frame through a ``Presenting``.

    ``misses`` says, frame by frame, whether the decoder sees nothing although a ticket lies there;
    of ``hard`` tickets only a deep look makes anything out. ``compares``: whether places can be
    told to look as before; ``deep_s``: what a deep look costs. ``twins``: tickets look the same but
    for their codes.
    """

    misses: Iterator[bool]
    hard: frozenset[str] = frozenset()
    symbology: str = "code128"
    compares: bool = True
    deep_s: float = 0.1
    twins: bool = False
    lying: dict[str, float] = field(default_factory=dict)
    covered: bool = False
    now_s: float = 100.0
    reads: list[str] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.presenting = Presenting(Rules(frozenset({"fast"})), GONE_S)
        self._due_s = 0.0
        self._moving = True

    def frames(self, seconds: float, *, moving: bool = False) -> None:
        """Let time pass; pictures of what moves are blurred."""
        for _ in range(round(seconds / FRAME_S)):
            self.now_s += FRAME_S
            if moving:
                self._moving = True
            if self.now_s >= self._due_s:
                self._look(blurred=moving)

    def _look(self, *, blurred: bool) -> None:
        plan = self.presenting.plan(self.now_s, moved=self._moving)
        self._moving = False
        self._due_s = self.presenting.due_s(self.now_s)
        self.plans.append(plan)
        if plan.depth == "nothing":
            return
        codes: list[Code] = []
        if not (blurred or self.covered or next(self.misses)):
            codes = [code for code in self._readable(plan) if self._is_in(plan, code)]
        alike = set(self.presenting.held if self.twins else self.lying)
        if blurred or self.covered or not self.compares:
            alike.clear()
        candidates = (
            [] if blurred or self.covered else [corners_at(it) for it in self.lying.values()]
        )
        seen = Seen(codes, candidates, alike, self.deep_s)
        self.reads += [code.text for code in self.presenting.seen(self.now_s, plan, seen)]

    def _readable(self, plan: Plan) -> list[Code]:
        return [
            Code(self.symbology, text, corners_at(index), "full" if text in self.hard else "fast")
            for text, index in self.lying.items()
            if plan.depth in DEEPLY or text not in self.hard
        ]

    def _is_in(self, plan: Plan, code: Code) -> bool:
        place = place_of(code.corners)
        if any(it.holds_middle_of(place) for it in plan.masked):
            return False
        return not plan.places or any(it.holds_middle_of(place) for it in plan.places)

    def lay(self, text: str, index: float | None = None) -> None:
        self.frames(0.2, moving=True)
        self.lying[text] = TEXTS.index(text) if index is None else index

    def take(self, text: str) -> None:
        self.frames(0.2, moving=True)
        del self.lying[text]

    def hand(self, seconds: float) -> None:
        self.covered = True
        self.frames(seconds, moving=True)
        self.covered = False


SHARP = itertools.repeat(False)


def some_missed(runs: list[int]) -> Iterator[bool]:
    """Between two pictures that can be read there are as many missed ones as ``runs`` say."""
    for missed in itertools.cycle(runs or [0]):
        yield from itertools.repeat(True, missed)
        yield False


actions = st.one_of(
    st.tuples(st.just("lay or take"), st.sampled_from(TEXTS)),
    st.tuples(st.just("hand"), st.floats(0.1, 0.6)),
    st.tuples(st.just("rest"), st.floats(0.0, 8.0)),
)


@given(st.lists(actions, max_size=14), st.lists(st.integers(0, 8), max_size=6), st.booleans())
def test_as_many_reads_as_presentations(
    acts: list[tuple[str, str | float]], runs: list[int], compares: bool
) -> None:
    """Tickets come and go side by side, hands pass, pictures are missed: each presentation is one
    read."""
    table, presented = Table(some_missed(runs), compares=compares), []
    for act, what in acts:
        match act, what:
            case "lay or take", str(text) if text in table.lying:
                table.take(text)
                table.frames(GONE_S + 0.3)
            case "lay or take", str(text):
                table.lay(text)
                presented.append(text)
                table.frames(1.0)
            case "hand", float(seconds):
                table.hand(seconds)
                table.frames(0.8)
            case _, float(seconds):
                table.frames(seconds)
        assert table.reads == presented


@given(st.integers(1, 20), st.floats(0.0, 30.0))
def test_the_same_ticket_again_is_a_new_read(times: int, lies_s: float) -> None:
    """Shown twenty times, however long each time, a ticket is read twenty times."""
    table = Table(SHARP)
    for _ in range(times):
        table.lay(TEXTS[0])
        table.frames(0.3 + lies_s / times)
        table.take(TEXTS[0])
        table.frames(GONE_S + 0.2)
    assert table.reads == [TEXTS[0]] * times


@given(st.floats(0.05, 1.0))
def test_taken_up_for_a_moment_is_the_same_presentation(away_s: float) -> None:
    """A ticket that comes back sooner than it counts as gone is no second read."""
    table = Table(SHARP)
    table.lay(TEXTS[0])
    table.frames(1.0)
    table.take(TEXTS[0])
    table.frames(away_s)
    table.lay(TEXTS[0])
    table.frames(5.0)
    assert table.reads == [TEXTS[0]]


def test_another_ticket_laid_over_is_read_at_once() -> None:
    """Within three pictures of lying there; the one below is not read again before it was gone."""
    table = Table(SHARP)
    table.lay(TEXTS[0], 1)
    table.frames(3.0)
    del table.lying[TEXTS[0]]
    table.lay(TEXTS[1], 1)
    table.frames(3 * FRAME_S)
    assert table.reads == [TEXTS[0], TEXTS[1]]


def test_a_ticket_below_its_twin_is_gone() -> None:
    """Tickets that differ in nothing but their codes take turns in one place: each is a read."""
    table = Table(SHARP, twins=True)
    for number in (0, 1, 0, 1):
        table.lying.clear()
        table.lay(TEXTS[number], 1)
        table.frames(GONE_S + 0.3)
    assert table.reads == [TEXTS[0], TEXTS[1]] * 2


def test_places_that_look_as_before_hold_their_tickets() -> None:
    """Tickets that the decoder has lost since a hand passed are still the same presentations."""
    table = Table(itertools.chain([False] * 25, itertools.repeat(True, 40), SHARP))
    table.lay(TEXTS[0], 0)
    table.frames(1.0)
    table.lay(TEXTS[1], 0.7)
    table.frames(1.0)
    table.hand(0.5)
    table.frames(60.0)
    assert table.reads == [TEXTS[0], TEXTS[1]]


def test_what_comes_in_is_not_looked_at_deeply_at_once() -> None:
    """It is still in a hand: what a deep look costs would only delay the live one."""
    table = Table(SHARP)
    table.frames(10.0)
    table.plans.clear()
    table.lay(TEXTS[0])
    table.frames(0.1)
    assert table.reads == [TEXTS[0]]
    assert {plan.depth for plan in table.plans} == {"live"}


@pytest.mark.parametrize("deep_s", [0.1, 1.0])
def test_a_ticket_found_late_by_a_deep_look_is_looked_at_again_at_once(deep_s: float) -> None:
    """When the light gets better, two deep looks agree long before the next one is due, also on a
    slow board."""
    table = Table(itertools.repeat(True), hard=frozenset(TEXTS), deep_s=deep_s)
    table.lay(TEXTS[0])
    table.frames(10.0)
    table.misses = SHARP
    table.frames(10.0)
    assert table.reads == [TEXTS[0]]


@pytest.mark.parametrize("minutes", [1, 30])
def test_what_lies_there_is_there_whatever_the_decoder_says(minutes: int) -> None:
    """While nothing moves a held ticket that is missed for minutes is no second read."""
    table = Table(itertools.chain([False] * 5, itertools.repeat(True, 60 * minutes), SHARP))
    table.lay(TEXTS[0])
    table.frames(60.0 * minutes)
    assert table.reads == [TEXTS[0]]


@given(st.booleans())
def test_a_ticket_that_only_deep_looks_read_is_one_read(compares: bool) -> None:
    """It needs two of them, soon after each other, also when a hand passes and beside another."""
    table = Table(SHARP, hard=frozenset({TEXTS[1]}), compares=compares)
    table.lay(TEXTS[0])
    table.frames(1.0)
    table.lay(TEXTS[1])
    table.frames(2.0)
    table.hand(0.3)
    table.frames(3.0)
    assert table.reads == [TEXTS[0], TEXTS[1]]


def test_two_frames_that_agree_are_waited_for() -> None:
    """An EAN code needs two pictures and gets them, also when it is read late and only once."""
    table = Table(some_missed([7]), symbology="ean13")
    table.lay(TEXTS[0])
    table.frames(3.0)
    assert table.reads == [TEXTS[0]]


def share(table: Table, wanted: Callable[[Plan], bool]) -> float:
    return sum(map(wanted, table.plans)) / len(table.plans)


def test_an_empty_table_is_only_asked_whether_it_changed() -> None:
    """Ten times a second, and nothing is decoded."""
    table = Table(SHARP)
    table.frames(10.0)
    table.plans.clear()
    table.frames(60.0)
    assert {plan.depth for plan in table.plans} == {"nothing"}
    assert len(table.plans) <= 60.0 / CHECK_S


def test_a_held_ticket_is_read_in_its_place_twice_a_second() -> None:
    """And nothing else is looked at while nothing moves."""
    table = Table(SHARP)
    table.lay(TEXTS[0])
    table.frames(10.0)
    table.plans.clear()
    table.frames(60.0)
    assert {plan.depth for plan in table.plans} == {"nothing", "places"}
    assert 90 < sum(plan.depth == "places" for plan in table.plans) <= 120
    held = next(plan for plan in table.plans if plan.places)
    assert held.places == (Place(40.0, 40.0, 360.0, 360.0),)


def test_what_cannot_be_read_is_tried_now_and_then() -> None:
    """An unread candidate gets deep looks, at first many, later one a minute."""
    table = Table(itertools.repeat(True))
    table.lay(TEXTS[0])
    table.frames(2.0)
    assert 0.1 <= share(table, lambda plan: plan.depth in DEEPLY) <= 0.25
    table.frames(120.0)
    table.plans.clear()
    table.frames(600.0)
    assert 9 <= sum(plan.depth in DEEPLY for plan in table.plans) <= 10
    assert table.reads == []


def test_deep_looks_leave_time_for_others() -> None:
    """On a board where one takes a second, at most a quarter of the time goes into them."""
    presenting = Presenting(Rules(frozenset({"fast"})), GONE_S)
    now_s, deep_s = 0.0, 0.0
    while now_s < 100.0:
        plan = presenting.plan(now_s, moved=True)
        cost_s = 1.0 if plan.depth == "deep" else FRAME_S
        deep_s += cost_s if plan.depth == "deep" else 0.0
        presenting.seen(now_s, plan, Seen(candidates=[corners_at(0)], spent_s=cost_s))
        now_s += cost_s
    assert 20.0 < deep_s <= 36.0
