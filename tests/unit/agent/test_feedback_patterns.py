"""What lamps and buzzer do: each answer is known by its rhythm alone, and soon over."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bartack.feedback.patterns import (
    LONG_MIN_S,
    PATTERNS,
    SHORT_MAX_S,
    Answer,
    answer_of,
    markdown,
    rhythm,
)
from bartack.feedback.samples import sample
from source_tree import REPOSITORY

each_answer = pytest.mark.parametrize("answer", PATTERNS)


def pulses_s(answer: Answer, *, sound: bool) -> list[float]:
    """How long light or sound is on, from step to step, whatever the colour."""
    lit = [
        (("buzzer" in step.lit) if sound else bool(step.lit - {"buzzer"}), step.for_s)
        for step in PATTERNS[answer]
    ]
    joined = [list(lit[0])]
    for (was_on, _), (is_on, for_s) in pairwise(lit):
        if is_on == was_on:
            joined[-1][1] += for_s
        else:
            joined.append([is_on, for_s])
    return [for_s for is_on, for_s in joined if is_on]


@pytest.mark.parametrize("sound", [False, True], ids=["light", "sound"])
def test_no_two_answers_have_one_rhythm(sound: bool) -> None:
    """Without colours, or without the lamps at all, every answer is still told from the others."""
    rhythms = [rhythm(answer, sound=sound) for answer in PATTERNS]
    assert len(set(rhythms)) == len(PATTERNS)
    assert all(rhythms)


@each_answer
def test_an_answer_is_over_soon(answer: Answer) -> None:
    """A pattern takes less than 1.5 s, so that the next scan finds the lamps free."""
    assert sum(step.for_s for step in PATTERNS[answer]) < 1.5


@each_answer
@pytest.mark.parametrize("sound", [False, True], ids=["light", "sound"])
def test_long_and_short_are_far_apart(answer: Answer, sound: bool) -> None:
    """A pulse is clearly short or clearly long, and long enough to be noticed at all."""
    pulses = pulses_s(answer, sound=sound)
    assert all(0.1 <= it <= SHORT_MAX_S + 1e-9 or it >= LONG_MIN_S for it in pulses)
    letters = "".join("L" if it >= LONG_MIN_S else "s" for it in pulses)
    assert letters == rhythm(answer, sound=sound)


@each_answer
def test_nothing_flashes_more_than_three_times(answer: Answer) -> None:
    """Three flashes in a second are what people with photosensitive epilepsy can be shown."""
    assert len(pulses_s(answer, sound=False)) <= 3


@each_answer
def test_light_comes_at_once_and_pauses_are_seen(answer: Answer) -> None:
    """The first step is lit, and between two flashes it is dark for long enough to see."""
    steps = PATTERNS[answer]
    assert steps[0].lit - {"buzzer"}
    assert all(step.for_s >= 0.15 for step in steps if not step.lit)


@each_answer
def test_every_answer_has_a_sample_of_its_kind(answer: Answer) -> None:
    """What `bartack feedback test` shows is the answer that it names."""
    assert answer_of(sample(answer, "2026-11-28T08:00:00.000Z")) == answer


@pytest.mark.parametrize(
    ("outcome", "reason", "flags", "expected"),
    [
        ("ok", None, [], "counted"),
        ("ok", None, ["too_fast"], "flagged"),
        ("info", "signed_in", [], "info"),
        ("info", "notice_disputed", [], "info"),
        ("info", "need_pieces", [], "asks"),
        ("info", "held", [], "held"),
        ("refused", "already_done", [], "refused"),
        ("refused", "a_reason_of_a_later_version", [], "refused"),
        ("refused", "ledger_unavailable", [], "ledger_unavailable"),
    ],
)
def test_an_answer_is_known_by_its_document(
    outcome: str, reason: str | None, flags: list[str], expected: Answer
) -> None:
    """Outcome, reason and flags decide; green is for what is counted alone or was done."""
    document = {"outcome": outcome, "reason": reason, "flags": list[object](flags)}
    assert answer_of(document) == expected  # type: ignore[arg-type]  # a list of text is JSON
    lit = {lamp for step in PATTERNS[expected] for lamp in step.lit}
    assert ("green" in lit) == (expected in ("counted", "flagged", "info"))
    assert ("red" in lit) == (outcome == "refused")


def test_the_page_holds_the_table_of_the_patterns() -> None:
    """Technicians read what the lamps really do."""
    page = (REPOSITORY / "docs" / "feedback.md").read_text(encoding="utf-8")
    assert markdown() in page
