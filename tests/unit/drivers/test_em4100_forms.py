"""The forms of a badge's number: each gives exactly the bits it holds, and takes nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.em4100 import FORMS, REVERSED, parse_form
from source_tree import REPOSITORY

SHEET = {
    "10H": "01026F6C3A",
    "8H10D": "0040856634",
    "DEZ8": "07302202",
    "2H4H": "111,27706",
    "4H4H": "00623,27706",
    "12D": "004335823930",
}
"""One card, 01026F6C3A, as the documents print it."""

KNOWN_DIGITS = {"6H": 6, "10D-24": 6, "DEZ8": 6, "2H4H": 6, "10H": 10, "12D": 10, "IK3": 10}
"""Hex digits that are known of a badge; 8 where nothing is said."""


def mirrored(byte: int) -> int:
    """The bits of a byte in the opposite order."""
    return sum(1 << 7 - bit for bit in range(8) if byte >> bit & 1)


def swapped(value: int, count: int) -> int:
    """The lowest ``count`` bytes in the opposite order."""
    return sum((value >> 8 * at & 0xFF) << 8 * (count - 1 - at) for at in range(count))


FORMULAS: dict[str, Callable[[int], str]] = {
    "10H": lambda u: f"{u:010X}",
    "8H": lambda u: f"{u & 0xFFFFFFFF:08X}",
    "6H": lambda u: f"{u & 0xFFFFFF:06X}",
    "8H10D": lambda u: f"{u & 0xFFFFFFFF:010d}",
    "10D-24": lambda u: f"{u & 0xFFFFFF:010d}",
    "DEZ8": lambda u: f"{u & 0xFFFFFF:08d}",
    "2H4H": lambda u: f"{u >> 16 & 0xFF:03d},{u & 0xFFFF:05d}",
    "4H4H": lambda u: f"{u >> 16 & 0xFFFF:05d},{u & 0xFFFF:05d}",
    "12D": lambda u: f"{u:012d}",
    "IK3": lambda u: (
        f"{sum(mirrored(u >> shift & 0xFF) << shift for shift in range(0, 40, 8)):015d}"
    ),
}

numbers = st.integers(0, 2**40 - 1)
every_form = pytest.mark.parametrize("name", FORMULAS)


def known(name: str, number: int) -> str:
    return f"{number:010X}"[-KNOWN_DIGITS.get(name, 8) :]


def test_each_form_has_its_formula() -> None:
    """No form is without an independent formula here."""
    assert {name.removesuffix(REVERSED) for name in FORMS} == FORMULAS.keys()


@pytest.mark.parametrize(("name", "text"), SHEET.items())
def test_the_card_of_the_documents(name: str, text: str) -> None:
    """The printed forms of one card all mean that card."""
    assert parse_form(name, text) == known(name, 0x01026F6C3A)


@every_form
@given(number=numbers)
def test_a_form_gives_exactly_what_it_holds(name: str, number: int) -> None:
    """Every 40-bit number, written in a form, is read as the bits that the form holds."""
    assert parse_form(name, FORMULAS[name](number)) == known(name, number)


@pytest.mark.parametrize("name", [name for name in FORMULAS if name + REVERSED in FORMS])
@given(number=numbers)
def test_a_reversed_form_gives_the_same_badge(name: str, number: int) -> None:
    """A reader that sends the bytes in the opposite order reads the same badge."""
    count = KNOWN_DIGITS.get(name, 8) // 2
    text = FORMULAS[name](swapped(number, count))
    assert parse_form(name + REVERSED, text) == known(name, number)


@pytest.mark.parametrize("separator", [",", ".", ":", "-", " "])
def test_any_separator_parts_two_numbers(separator: str) -> None:
    """Readers part the two numbers by different characters."""
    assert parse_form("2H4H", f"111{separator}27706") == "6F6C3A"
    assert parse_form("4H4H", f"00623{separator}27706") == "026F6C3A"


@pytest.mark.parametrize("text", ["4335823930".zfill(digits) for digits in (12, 13, 14, 15)])
def test_forty_bits_may_be_padded(text: str) -> None:
    """Readers write 40 bits in decimal with 12 to 15 digits."""
    assert parse_form("12D", text) == "01026F6C3A"


WRONG = [
    *[("10H", text) for text in ("01026F6C3", "01026F6C3A0", "01026F6C3G", "0x026F6C3A", "")],
    *[("8H", "0040856634"), ("6H", "6F 6C3A"), ("6H", "+F6C3A")],
    *[("8H10D", text) for text in ("4294967296", "40856634", "00040856634", "004085663A")],
    *[("8H10D", text) for text in (" 040856634", "-040856634", "0_40856634", "٠٠٤٠٨٥٦٦٣٤")],
    *[("10D-24", "0016777216"), ("10D-24", "07302202"), ("DEZ8", "16777216")],
    *[("DEZ8", "0007302202"), ("2H4H", "256,00000"), ("2H4H", "111,65536")],
    *[("2H4H", text) for text in ("11127706", "111;27706", "111, 27706", "11,27706", "0111,27706")],
    *[("4H4H", "65536,00000"), ("4H4H", "00623,65536"), ("4H4H", "111,27706")],
    *[("12D", "1099511627776"), ("12D", "04335823930"), ("12D", "0000004335823930")],
    *[("IK3", "004335823930"), ("IK3", "001099511627776"), ("8H10D", "0040856634\n")],
]


@pytest.mark.parametrize(("name", "text"), WRONG)
def test_another_form_is_not_taken(name: str, text: str) -> None:
    """Wrong length, wrong separator, out of range: no badge, rather than another badge."""
    assert parse_form(name, text) is None


@given(name=st.sampled_from(list(FORMS)), text=st.text(max_size=16))
def test_any_text_is_survived(name: str, text: str) -> None:
    """Whatever is typed: hex digits that tags have, or nothing."""
    found = parse_form(name, text)
    assert found is None or len(found) == FORMS[name].known_bits // 4


def test_the_technicians_table_is_right() -> None:
    """The page lists every form, with an example that is read as the page says."""
    page = (REPOSITORY / "docs" / "readers" / "hid.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| [^|`]* \| `([^`]*)` \| `(\w+)` \|$", page, re.MULTILINE)
    assert {name for name, _, _ in rows} == FORMULAS.keys()
    for name, text, value in rows:
        assert (parse_form(name, text), FORMULAS[name](0x01026F6C3A)) == (value, text)
