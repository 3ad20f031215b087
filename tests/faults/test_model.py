"""Stations, broker and hub against the model, with every fault in every order.

The rules and laws stand in ``shifts``, what they act on in ``model``. The first tests are histories
that are worth telling by themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from faults.model import Killed
from faults.shifts import PLACES, CopiedCards, LostStores, Shifts
from sewing import bundle


@pytest.fixture(autouse=True)
def quiet_log() -> Iterator[None]:
    """A run makes ten thousand lines that say nothing of the law that broke."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def line() -> Iterator[CopiedCards]:
    """Two stations, linked; somebody signed in at both, and the hub knows."""
    line = CopiedCards()
    try:
        line.a_shift_begins([], 0)
        line.hub_collects_all(Killed.NEVER)
        yield line
    finally:
        line.close()


def scan_and_collect(line: CopiedCards, index: int, number: int) -> None:
    """One bundle, all the way to the hub, as on a working link."""
    line.scan(index, [bundle(number)], Killed.NEVER)
    line.hub_collects_all(Killed.NEVER)


def test_a_clone_is_set_aside_message_by_message(line: CopiedCards) -> None:
    """No event of a clone is counted once the hub has the other branch, gap or no gap."""
    line.card_is_cloned(0, PLACES[0])
    scan_and_collect(line, 0, 1)
    line.link_comes_up(2, 20)
    for number in (2, 3, 1):
        scan_and_collect(line, 2, number)
    line.the_laws_hold()


def test_a_clone_does_not_block_the_card_that_was_first(line: CopiedCards) -> None:
    """The branch that the hub has goes on being counted, whatever a clone sends."""
    line.card_is_cloned(0, PLACES[0])
    scan_and_collect(line, 0, 1)
    line.link_comes_up(2, 20)
    for number in (2, 3, 4):
        scan_and_collect(line, 2, number)
    scan_and_collect(line, 0, 5)
    line.drain()
    line.the_laws_hold()
    assert line.counted_at_hub(line.station(0).log) == line.station(0).counted.pieces


def test_an_older_card_that_has_caught_up_does_not_forget(line: CopiedCards) -> None:
    """A watermark that confirms other events than the card has lets none of the card's go."""
    line.card_is_backed_up(0)
    scan_and_collect(line, 0, 1)
    line.older_card_is_put_back(0, [2], is_linked=False)
    line.link_comes_up(0, 20)
    line.broker_is_wiped()
    line.hub_is_killed()
    line.a_watermark_arrives(0, 0)
    line.drain()
    line.check_after_draining()


def run(machine: type[Shifts], max_examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=max_examples,
            stateful_step_count=steps,
            deadline=None,
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


@pytest.mark.timeout(600)  # a failure takes minutes to be made small
@pytest.mark.parametrize("machine", [Shifts, CopiedCards, LostStores])
def test_counted_once_whatever_fails(machine: type[Shifts]) -> None:
    """Under every fault in every order, the hub counts what the operators are owed, once."""
    run(machine, max_examples=10, steps=40)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("machine", [Shifts, CopiedCards, LostStores])
def test_counted_once_in_many_histories(machine: type[Shifts]) -> None:
    """The same, with more histories."""
    run(machine, max_examples=100, steps=40)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("machine", [Shifts, CopiedCards, LostStores])
def test_counted_once_however_long_one_tries(machine: type[Shifts]) -> None:
    """The same, with many more and longer histories."""
    run(machine, max_examples=2000, steps=80)
