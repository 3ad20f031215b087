"""From a read to what a person meant."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.events import ID
from bartack.identify import CodePattern, Role, Scan, identify
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


@given(st.text(max_size=256), st.sampled_from(["badge", "bundle", "any"]))
def test_any_label_is_identified_without_harm(text: str, role: Role) -> None:
    """Whatever a label says, ids stay ids and the text can be written to the ledger."""
    loose = (CodePattern("bundle", re.compile(r"(?P<bundle>.*?)(?:#(?P<operation>.*))?", re.S)),)
    scan = identify("reader", role, barcode(text), loose)
    scan.label.encode("utf-8")
    for value in (scan.bundle, scan.operation):
        assert value == "" or ID.fullmatch(value)
