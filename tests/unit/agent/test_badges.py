"""One badge, many numbers: whoever owns it is found, and nobody is guessed."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bartack.badges import AmbiguousBadge, Operator, badges_of
from bartack_drivers.base import Medium

ASHA, LINH = Operator("E1", "Asha", "bn"), Operator("E2", "Linh", "vi")
numbers = st.integers(0, 2**40 - 1)
digits = st.sampled_from([10, 8, 6])


def known(number: int, count: int) -> str:
    """The lowest bits of a 40-bit id as so many hex digits."""
    return f"{number:010X}"[-count:]


@given(number=numbers, registered=digits, shown=digits)
def test_a_badge_is_its_owners_whatever_number_of_it_is_shown(
    number: int, registered: int, shown: int
) -> None:
    """However many bits were registered and however many the reader gives, it is one badge."""
    badges = badges_of([(known(number, registered), ASHA)])
    assert badges.owner("em4100", known(number, shown).lower()) == ASHA


@given(number=numbers, other=numbers, registered=digits, shown=digits)
def test_another_badge_is_nobodys(number: int, other: int, registered: int, shown: int) -> None:
    """Badges that differ in a bit that both numbers have are two badges."""
    shared = 4 * min(registered, shown)
    assume((number ^ other) & ((1 << shared) - 1))
    badges = badges_of([(known(number, registered), ASHA)])
    assert badges.owner("em4100", known(other, shown)) is None


def test_a_number_of_two_people_is_refused() -> None:
    """24 bits that two people's badges share belong to nobody; more bits tell them apart."""
    badges = badges_of([("0102ABCDEF", ASHA), ("0103ABCDEF", LINH)])
    assert badges.owner("em4100", "ABCDEF") == AmbiguousBadge(("E1", "E2"))
    assert badges.owner("em4100", "02ABCDEF") == ASHA
    assert badges.owner("em4100", "0103ABCDEF") == LINH


def test_two_badges_of_one_person_are_no_doubt() -> None:
    """Whichever of her badges it is, it is hers."""
    badges = badges_of([("0102ABCDEF", ASHA), ("0103ABCDEF", ASHA)])
    assert badges.owner("em4100", "ABCDEF") == ASHA


def test_the_better_agreement_stands() -> None:
    """A number registered with fewer bits takes nothing from one that agrees in more."""
    badges = badges_of([("0102ABCDEF", ASHA), ("ABCDEF", LINH)])
    assert badges.owner("em4100", "0102ABCDEF") == ASHA
    assert badges.owner("em4100", "0999ABCDEF") == LINH


media: list[Medium] = ["barcode", "iso14443", "epc"]


@pytest.mark.parametrize("medium", media)
def test_only_numbers_of_125_khz_are_compared_by_bits(medium: Medium) -> None:
    """A label or a UID of digits is the text it is, and no part of it."""
    badges = badges_of([("0102ABCDEF", ASHA), ("E1044", LINH)])
    assert badges.owner(medium, "02ABCDEF") is None
    assert badges.owner(medium, "0102abcdef") == ASHA
    assert badges.owner(medium, "e1044") == LINH
