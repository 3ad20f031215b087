"""Printed texts: the check character is the standard's, and a forger's is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.identify import COMMAND_CARDS
from bartack.wire import is_check_valid
from bartack_sim.cards import ALPHABET, card, check_character, checked, miscopied

texts = st.text(ALPHABET + "-", min_size=1, max_size=30).filter(lambda it: it.strip("-"))


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("A12425GABC1234002", "M"),  # the example of the GRid standard
        ("A1-2425G-ABC1234002", "M"),
        ("00000000D07A0090", "Q"),  # an ISAN, of Blues Harp
    ],
)
def test_the_check_character_is_the_standards(text: str, check: str) -> None:
    """Published identifiers end in the character that is worked out."""
    assert check_character(text) == check


@given(texts)
def test_the_simulator_and_the_station_agree(text: str) -> None:
    """What the simulator prints passes at a station, and what a forger prints does not."""
    assert is_check_valid(checked(text))
    assert not is_check_valid(miscopied(text))


@pytest.mark.parametrize(
    ("command", "argument"),
    [("UNDO", ""), ("SPLIT", "5"), ("OFF-START", "MB"), ("HELP", "mechanic"), ("PIECES", "12")],
)
def test_stations_know_the_cards(command: str, argument: str) -> None:
    """A card of the simulator reads as the command and argument that it is for."""
    text = card(command, argument)
    found = COMMAND_CARDS.pattern.fullmatch(text)
    assert found is not None
    assert (found["command"], found["argument"] or "") == (command, argument)
    assert is_check_valid(text)
