"""Debouncing: a tag at rest is one act, and coming back is another."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bartack.debounce import (
    AGAIN_S,
    REMEMBERED_MAX,
    Seen,
    debounce,
    doubled,
    forget_others,
    not_saved,
)
from bartack_drivers.base import Read

QUIET_S = 1.5


def acts(times_s: list[float], value: str = "62E3086CED") -> int:
    seen, count = Seen(), 0
    for at_s in times_s:
        seen, fresh = debounce(seen, "badge", Read("em4100", value, at_s), QUIET_S)
        count += fresh
    return count


@given(st.lists(st.floats(0.01, QUIET_S - 0.01), max_size=100))
def test_a_tag_at_rest_is_one_act(gaps_s: list[float]) -> None:
    """However long it rests, reads closer than the quiet time are one act."""
    times_s = [sum(gaps_s[:index]) for index in range(len(gaps_s) + 1)]
    assert acts(times_s) == 1


@given(st.lists(st.floats(QUIET_S + 0.01, 100), max_size=50))
def test_coming_back_is_another_act(gaps_s: list[float]) -> None:
    """Each time it was away for longer than the quiet time is a new act."""
    times_s = [sum(gaps_s[:index]) for index in range(len(gaps_s) + 1)]
    assert acts(times_s) == len(times_s)


def test_what_was_not_saved_may_be_scanned_again_soon() -> None:
    """An operator who saw red scans the label again; one that just lies there is not refused with
    every look at it."""
    first = Read("barcode", "B000001", 10.0)
    seen, _ = debounce(Seen(), "scanner", first, QUIET_S)
    again = Read("barcode", "B000001", 10.0 + AGAIN_S)
    assert not debounce(seen, "scanner", again, QUIET_S)[1]
    unsaved = not_saved(seen, "scanner", first, QUIET_S)
    assert debounce(unsaved, "scanner", again, QUIET_S)[1]
    for step in range(1, 50):
        at_s = 10.0 + 0.1 * step
        unsaved, fresh = debounce(unsaved, "scanner", Read("barcode", "B000001", at_s), QUIET_S)
        assert not fresh


@given(st.lists(st.integers(0, 2000), max_size=1200))
def test_memory_is_bounded(values: list[int]) -> None:
    """However many labels pass, only so many are remembered."""
    seen = Seen()
    for index, value in enumerate(values):
        seen, _ = debounce(seen, "scanner", Read("barcode", str(value), index / 100), QUIET_S)
    assert len(seen.last_s) <= REMEMBERED_MAX


def test_signing_in_lets_the_refused_ticket_be_shown_again() -> None:
    """Who was refused for want of a badge may scan right after tapping it."""
    ticket = Read("barcode", "B000001", 10.0)
    seen, _ = debounce(Seen(), "scanner", ticket, QUIET_S)
    seen = forget_others(seen, "badge")
    assert debounce(seen, "scanner", Read("barcode", "B000001", 10.2), QUIET_S)[1]


def told(*shown: tuple[str, float]) -> list[bool]:
    """For each read of a badge at a time whether it shows that two lie there together."""
    seen, answers = Seen(), []
    for value, at_s in shown:
        read, before = Read("em4100", value, at_s), seen
        seen, fresh = debounce(before, "badge", read, QUIET_S)
        two = False
        if not fresh:
            seen, two = doubled(before, seen, "badge", read, QUIET_S)
        answers.append(two)
    return answers


def test_two_badges_that_lie_together_are_told_once() -> None:
    """A badge that is read again, after another and without having been away, lies there with it;
    that is one act, until both are gone."""
    alternating = [("A", 0.0), ("B", 0.1), ("A", 0.2), ("B", 0.3), ("A", 0.4), ("A", 1.0)]
    assert told(*alternating) == [False, False, True, False, False, False]
    later = [("A", 10.0), ("B", 10.1), ("A", 10.2)]
    assert told(*alternating, *later)[-3:] == [False, False, True]


def test_one_badge_after_another_is_no_doubt() -> None:
    """Who takes over from somebody, however fast, does not lie there with them."""
    shown = [("A", 0.0), ("A", 0.1), ("B", 0.15), ("B", 0.2), ("B", 0.3), ("A", 2.0), ("A", 2.1)]
    assert not any(told(*shown))
