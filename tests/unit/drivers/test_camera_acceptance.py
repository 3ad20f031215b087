"""When a text read in pictures is believed: a wrong one is worse than none."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bartack_drivers.camera.decoding.codes import Code
from bartack_drivers.camera.watching.acceptance import AGREE_S, Rules, Votes, pictures_needed

WHERE = ((0.0, 0.0), (9.0, 0.0), (9.0, 5.0), (0.0, 5.0))
FREE = Rules(frozenset({"fast", "loc480"}))
TICKETS = replace(FREE, patterns=(re.compile(r"B\d{6}"), re.compile(r"E\d+")))


def code(symbology: str, text: str, stage: str = "fast") -> Code:
    return Code(symbology, text, WHERE, stage)


@pytest.mark.parametrize(
    ("rules", "found", "pictures"),
    [
        (TICKETS, code("code128", "B000123"), 1),
        (TICKETS, code("code128", "B000123", "loc480"), 1),
        (TICKETS, code("code128", "B000123", "full"), 2),
        (TICKETS, code("code128", "B00012"), 2),
        (TICKETS, code("code128", "a01452468819"), 2),
        (FREE, code("code128", "anything"), 1),
        (FREE, code("code128", "anything", "zbar"), 2),
        (TICKETS, code("qr", "any"), 1),
        (TICKETS, code("datamatrix", "any", "full"), 2),
        (FREE, code("ean13", "4006381333931"), 2),
        (FREE, code("upce", "01234565"), 2),
        (FREE, code("itf", "2167361334"), 2),
        (replace(FREE, itf_digits=(10, 14)), code("itf", "2167361334"), 2),
        (replace(FREE, itf_digits=(10, 14)), code("itf", "216736"), 0),
        (replace(FREE, code39_chars=(6,)), code("code39", "ABC12"), 0),
        (replace(FREE, code39_chars=(6,)), code("itf", "216736"), 2),
    ],
)
def test_pictures_that_must_agree(rules: Rules, found: Code, pictures: int) -> None:
    """How many pictures a text needs depends on its symbology, its pattern and what read it."""
    assert pictures_needed(found, rules) == pictures


def test_one_picture_does_not_agree_with_itself() -> None:
    """Two codes of one picture, or one picture decoded twice, are one opinion."""
    votes = Votes(FREE)
    assert not votes.believe(code("ean13", "1"), 5.0)
    assert not votes.believe(code("ean8", "1"), 5.0)
    assert votes.believe(code("ean13", "1"), 5.1)


def test_pictures_far_apart_do_not_agree() -> None:
    """What was read once long ago is forgotten; until then a picture is waited for."""
    votes = Votes(FREE)
    assert not votes.believe(code("ean13", "1"), 5.0)
    votes.forget_old(5.0 + AGREE_S)
    assert votes
    votes.forget_old(5.1 + AGREE_S)
    assert not votes
    assert not votes.believe(code("ean13", "1"), 5.1 + AGREE_S)


def test_a_length_that_no_label_has_is_never_believed() -> None:
    """However often part of a longer label is read."""
    votes = Votes(replace(FREE, itf_digits=(10,)))
    assert not any(votes.believe(code("itf", "1334"), float(at)) for at in range(9))
    assert not votes
