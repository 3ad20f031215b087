"""From a read to what a person meant."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.events import ID
from bartack.identify import CodePattern, Role, Scan, identify
from bartack.wire import with_check_character
from bartack.wire.check_character import CHARACTERS
from bartack_drivers.base import Read
from sewing import CODES


def barcode(text: str) -> Read:
    return Read("barcode", text, 0.0, symbology="code128")


def test_a_ticket_names_bundle_and_operation() -> None:
    """The named groups of the factory's pattern become the scan's ids."""
    scan = identify("scanner", "bundle", barcode("B000123-OP310"), CODES)
    assert scan == Scan("bundle", "B000123-OP310", "scanner", bundle="B000123", operation="OP310")


def test_a_tag_at_a_badge_reader_is_a_badge() -> None:
    """RFID at a badge reader needs no pattern; hex is upper case."""
    scan = identify("badge", "badge", Read("em4100", "62e3086ced", 0.0), CODES)
    assert (scan.kind, scan.badge) == ("badge", "62E3086CED")


def test_the_first_fitting_pattern_decides() -> None:
    """Patterns are tried in the order of the file."""
    codes = (
        CodePattern("badge", re.compile(r"(?P<badge>E\d+)")),
        CodePattern("bundle", re.compile(r"(?P<bundle>\w+)")),
    )
    assert identify("any", "any", barcode("E1044"), codes).kind == "badge"
    assert identify("any", "any", barcode("X1044"), codes).kind == "bundle"


@pytest.mark.parametrize(
    ("role", "text"),
    [("bundle", "5901234123457"), ("badge", "B000123"), ("bundle", "B000123-OP310\n")],
)
def test_what_fits_nothing_is_unknown_and_keeps_its_text(role: Role, text: str) -> None:
    """A shipping label, or a bundle at the badge reader, is unknown or a badge; never a bundle."""
    scan = identify("reader", role, barcode(text), CODES)
    assert scan.kind != "bundle"
    assert scan.label == text


CHECKED = (
    CodePattern(
        "bundle",
        re.compile(r"(?P<bundle>B\d{6})(?:-(?P<operation>OP\d+))?-[0-9A-Z]"),
        "iso7064_mod37_36",
    ),
    CodePattern("badge", re.compile(r"(?P<badge>E\d+)-[0-9A-Z]"), "iso7064_mod37_36"),
    CodePattern("bundle", re.compile(r"(?P<bundle>[\w-]+)")),
)


def test_a_label_with_its_check_character_is_what_stands_before_it() -> None:
    """The check character proves the label and is part of no id."""
    ticket = identify("scanner", "any", barcode(with_check_character("B000123-OP310")), CHECKED)
    assert (ticket.kind, ticket.bundle, ticket.operation) == ("bundle", "B000123", "OP310")
    badge = identify("scanner", "any", barcode(with_check_character("E1044")), CHECKED)
    assert (badge.kind, badge.badge) == ("badge", "E1044")


@pytest.mark.parametrize("text", ["B000123-OP310", "B000123", "E1044"])
def test_a_label_with_another_check_character_is_misread(text: str) -> None:
    """A wrong check character makes a misread, whatever a later pattern would make of it."""
    label = with_check_character(text)
    for wrong in set(CHARACTERS) - {label[-1]}:
        scan = identify("scanner", "any", barcode(label[:-1] + wrong), CHECKED)
        assert (scan.kind, scan.bundle, scan.operation, scan.badge) == ("misread", "", "", "")


def test_a_label_that_fits_another_pattern_is_not_checked() -> None:
    """Only the pattern that fits says whether there is a check character."""
    assert identify("scanner", "any", barcode("B000123"), CHECKED).bundle == "B000123"


@given(st.text(max_size=256), st.sampled_from(["badge", "bundle", "any"]))
def test_any_label_is_identified_without_harm(text: str, role: Role) -> None:
    """Whatever a label says, ids stay ids and the text can be written to the ledger."""
    loose = (CodePattern("bundle", re.compile(r"(?P<bundle>.*?)(?:#(?P<operation>.*))?", re.S)),)
    scan = identify("reader", role, barcode(text), loose)
    scan.label.encode("utf-8")
    for value in (scan.bundle, scan.operation):
        assert value == "" or ID.fullmatch(value)
