"""The check finds every planted loss, doubling and wrong credit, and nothing else."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_sim.judge import Claim, Credit, judge, read_export
from bartack_sim.lamps import Lamp
from bartack_sim.truth import Intent, Kind

LOG = "9f" * 16


def intent(number: int, kind: Kind = "work") -> Intent:
    return Intent("st01", "E1001", kind, f"B{number:06d}", f"B{number:06d}", "OP310", 8 + number)


def green(number: int) -> Lamp:
    return Lamp("ok", None, LOG, number, "E1001", f"B{number:06d}", "OP310", 8 + number)


def credit(number: int) -> Credit:
    claim = Claim("st01", "E1001", f"B{number:06d}", "OP310", 8 + number)
    return Credit(LOG, number, claim)


COUNT = 5
TRUTH = [intent(n) for n in range(COUNT)]
LAMPS = [green(n) for n in range(COUNT)]
CREDITS = [credit(n) for n in range(COUNT)]


def numbers(
    truth: list[Intent] = TRUTH, lamps: list[Lamp] = LAMPS, credits: list[Credit] = CREDITS
) -> tuple[int, int, int, int, int]:
    verdict = judge(truth, {"st01": lamps}, credits)
    assert len(verdict.findings) == verdict.lost + verdict.doubled + verdict.wrong
    return (
        verdict.acknowledged,
        verdict.committed,
        verdict.lost,
        verdict.doubled,
        verdict.wrong,
    )


def test_an_honest_run_is_clean() -> None:
    """Truth, lamps and credits that agree give no finding."""
    assert numbers() == (5, 5, 0, 0, 0)
    assert judge(TRUTH, {"st01": LAMPS}, CREDITS).clean


def test_a_run_without_a_green_lamp_proves_nothing() -> None:
    """Nothing acknowledged is not clean, although nothing is lost."""
    assert not judge(TRUTH, {"st01": []}, []).clean


def test_a_credit_without_its_lamp_is_no_fault() -> None:
    """An agent killed between commit and lamp leaves a credit that nobody saw: that is right."""
    assert numbers(lamps=LAMPS[:-1]) == (4, 5, 0, 0, 0)


@given(st.integers(0, COUNT - 1))
def test_a_green_lamp_without_commit_is_lost(which: int) -> None:
    """Each green lamp must be found at the hub."""
    rest = [c for n, c in enumerate(CREDITS) if n != which]
    assert numbers(credits=rest) == (5, 4, 1, 0, 0)


@given(st.integers(0, COUNT - 1))
def test_one_event_twice_is_doubled(which: int) -> None:
    """The same (log, seq) committed twice is one doubling."""
    assert numbers(credits=[*CREDITS, CREDITS[which]]) == (5, 6, 0, 1, 0)


@given(st.integers(0, COUNT - 1))
def test_work_credited_by_two_events_is_doubled(which: int) -> None:
    """The same bundle and operation under another seq is one doubling."""
    again = dataclasses.replace(CREDITS[which], seq=100)
    assert numbers(credits=[*CREDITS, again]) == (5, 6, 0, 1, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"station": "st02"},
        {"operator": "E9999"},
        {"bundle": "B009999"},
        {"operation": "OP390"},
        {"pieces": 99},
        {"operator": None},
    ],
)
def test_a_credit_that_nobody_meant_is_wrong(change: dict[str, str | int | None]) -> None:
    """A credit must agree with the truth in all five parts, and with its own lamp."""
    claim = CREDITS[0].claim._replace(**change)  # type: ignore[arg-type]  # one field of any type
    false = dataclasses.replace(CREDITS[0], claim=claim)
    assert numbers(credits=[false, *CREDITS[1:]]) == (5, 5, 0, 0, 2)


def test_an_invented_credit_is_wrong() -> None:
    """A credit for a bundle that was never shown is wrong."""
    assert numbers(credits=[*CREDITS, credit(77)]) == (5, 6, 0, 0, 1)


@pytest.mark.parametrize("kind", ["double", "wrong_label", "no_badge", "finished_bundle"])
def test_a_mistake_explains_no_credit(kind: Kind) -> None:
    """Only work may be credited, never a mistake."""
    truth = [*TRUTH[1:], intent(0, kind)]
    acknowledged, committed, lost, doubled, wrong = numbers(truth=truth)
    assert (acknowledged, committed, lost, doubled) == (5, 5, 0, 0)
    assert wrong == 2


def test_a_green_lamp_that_lies_is_wrong() -> None:
    """A lamp that names other pieces than truth and commit is wrong on both counts."""
    lie = dataclasses.replace(LAMPS[0], pieces=99)
    assert numbers(lamps=[lie, *LAMPS[1:]]) == (5, 5, 0, 0, 2)


def test_a_false_already_done_is_wrong() -> None:
    """Work that a station calls done must be credited at the hub."""
    red = Lamp("refused", "already_done", LOG, 50, "E1001", "B000042", "OP310")
    assert numbers(lamps=[*LAMPS, red]) == (5, 5, 0, 0, 1)
    true = Lamp("refused", "already_done", LOG, 51, "E1001", "B000001", "OP310")
    assert numbers(lamps=[*LAMPS, true]) == (5, 5, 0, 0, 0)


def test_the_export_is_read_for_credits_only() -> None:
    """Of all exported events only work.done counts."""
    done = {
        "type": "work.done",
        "log": LOG,
        "seq": 3,
        "station": "st01",
        "operator": "E1001",
        "bundle": "B000003",
        "operation": "OP310",
        "pieces": 11,
    }
    opened = {"type": "session.opened", "log": LOG, "seq": 2}
    assert read_export([json.dumps(opened), "", json.dumps(done)]) == [credit(3)]


@pytest.mark.parametrize("line", ["{", "[]", '{"type":"work.done"}', "null"])
def test_a_broken_export_is_refused_by_line(line: str) -> None:
    """A line that is no event is named by its number."""
    with pytest.raises(ValueError, match="line 2"):
        read_export(['{"type":"agent.started","log":"9f","seq":1}', line])
