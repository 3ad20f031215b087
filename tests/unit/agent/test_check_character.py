"""The check character of printed labels: ISO/IEC 7064, MOD 37,36."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.wire import check_character, is_check_valid, with_check_character
from bartack.wire.check_character import CHARACTERS

LABELS = st.text(CHARACTERS + "-_/. ", min_size=1, max_size=40).filter(
    lambda text: any(character in CHARACTERS for character in text)
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A12425GABC1234002", "M"),  # the example of the GRid standard
        ("0000-0000-3A8D-0000", "Z"),  # ISAN, ISO 15706; the second is over all
        ("0000-0000-3A8D-0000-0000-0000", "6"),
        ("0000-0001-8947-0000", "8"),
        ("0000-0001-8947-0000-0000-0000", "D"),
        ("0000-0000-D07A-0090", "Q"),
        ("0000-0000-D07A-0090-0000-0000", "X"),
    ],
)
def test_published_numbers_have_their_character(text: str, expected: str) -> None:
    """Numbers of other standards that use this system carry the character computed here."""
    assert check_character(text) == expected
    assert is_check_valid(text + expected)


@given(LABELS)
def test_what_is_made_is_accepted(text: str) -> None:
    """A label with its check character is valid, whatever its separators, in small letters too."""
    label = with_check_character(text)
    assert label[:-2] == text
    assert is_check_valid(label)
    assert is_check_valid(label.lower())


@given(LABELS, st.data())
def test_every_single_wrong_character_is_found(text: str, data: st.DataObject) -> None:
    """One letter or digit changed to any other, wherever it stands, makes the label invalid."""
    label = with_check_character(text)
    places = [at for at, character in enumerate(label) if character in CHARACTERS]
    at = data.draw(st.sampled_from(places))
    for wrong in CHARACTERS.replace(label[at], ""):
        assert not is_check_valid(label[:at] + wrong + label[at + 1 :])


def test_swaps_are_found_but_for_the_few_that_the_system_misses() -> None:
    """Of all swaps of two neighbours, after all that can stand before, 36 of 22,680 pass.

    One character before the two brings the system into each of its 36 states; in each, one pair of
    characters of neighbouring values passes.
    """
    missed = [
        (state, one, other)
        for state in CHARACTERS
        for at, one in enumerate(CHARACTERS)
        for other in CHARACTERS[:at]
        if check_character(state + one + other) == check_character(state + other + one)
    ]
    assert len(missed) == 36
    assert len({state for state, _, _ in missed}) == 36
    assert all(abs(int(one, 36) - int(other, 36)) in (1, 35) for _, one, other in missed)


def test_swaps_with_the_check_character_are_found() -> None:
    """Swapping it with its neighbour makes the label invalid, but for 0 and 1 after one state."""
    labels = [state + one for state in CHARACTERS for one in CHARACTERS]
    swapped = [(text, check_character(text)) for text in labels]
    missed = [
        text + check
        for text, check in swapped
        if text[1] != check and is_check_valid(text[0] + check + text[1])
    ]
    assert len(missed) == 2
    assert {text[1:] for text in missed} == {"01", "10"}


@pytest.mark.parametrize("label", ["", "-", "A", "7-", "é1"])
def test_what_has_nothing_to_check_is_not_valid(label: str) -> None:
    """A label of fewer than two letters or digits proves nothing."""
    assert not is_check_valid(label)


@given(st.text(max_size=100))
def test_any_text_is_judged_without_harm(text: str) -> None:
    """Whatever a reader sends is valid or not, and never an error."""
    assert is_check_valid(text) in (True, False)
