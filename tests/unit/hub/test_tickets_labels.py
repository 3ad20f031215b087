"""What stands on labels: which are printed, their texts, and how stations read them again."""

from __future__ import annotations

import re
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.identify import CodePattern, identify
from bartack.wire import Row, is_check_valid
from bartack_drivers.base import Read
from bartack_hub.tickets.labels import (
    Choice,
    NotFound,
    badge_labels,
    bundle_labels,
    chosen_bundles,
    ticket,
)
from bartack_hub.tickets.pattern import Ambiguous, badge_code, bundle_code


def bundle(name: str, order: str = "PO-1", style: str = "S1") -> Row:
    return {
        "bundle": name,
        "order": order,
        "style": style,
        "size": "M",
        "colour": "Navy",
        "pieces": "12",
        "line": "",
    }


def operation(name: str, style: str = "S1") -> Row:
    return {"style": style, "seq": "1", "operation": name, "name": "Hem", "sam": "1", "rate": "1"}


def operator(name: str, badges: str) -> Row:
    return {"operator": name, "name": f"Name of {name}", "badges": badges, "language": "bn"}


BUNDLES = [bundle("B10", "PO-2"), bundle("B2"), bundle("B9"), bundle("B11", "PO-2")]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(), ["B2", "B9", "B10", "B11"]),
        (Choice(orders=("PO-2",)), ["B10", "B11"]),
        (Choice(first="B9", last="B10"), ["B9", "B10"]),
        (Choice(first="B3"), ["B9", "B10", "B11"]),
        (Choice(orders=("PO-1", "PO-2"), last="B9"), ["B2", "B9"]),
    ],
)
def test_bundles_are_chosen_by_order_and_range(choice: Choice, expected: list[str]) -> None:
    """Orders and both ends of a range are held, in the order of numbers and not of digits."""
    assert [row["bundle"] for row in chosen_bundles(BUNDLES, choice)] == expected


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (Choice(orders=("PO-1", "PO-9")), "order PO-9: no bundle of it was imported"),
        (Choice(first="C1"), "no bundle fits the choice; there are B2 to B11"),
    ],
)
def test_what_does_not_exist_is_told(choice: Choice, told: str) -> None:
    """An order that is not there is a mistake, and so is a choice without any bundle."""
    with pytest.raises(NotFound, match=told):
        chosen_bundles(BUNDLES, choice)


def test_a_coupon_is_printed_for_each_operation_of_the_style() -> None:
    """With operations each bundle has a ticket for every one of its own style's, which names it."""
    operations = [operation("OP310"), operation("OP320"), operation("OP900", "S2")]
    labels = list(bundle_labels([bundle("B000123")], operations))
    assert [label.name for label in labels] == ["B000123-OP310", "B000123-OP320"]
    shown = [field.value for line in labels[0].lines for field in line]
    assert shown == ["B000123", "12", "PO-1", "S1", "M", "Navy", "OP310", "Hem"]
    assert [label.name for label in bundle_labels([bundle("B000123")])] == ["B000123"]


@pytest.mark.parametrize(
    ("badges", "printed"),
    [
        ("0107D12A5B", []),
        ("E1044;0107D12A5B", ["E1044"]),
        ("40E3C1", []),
        ("04A1B2C3D4E5F6", []),
        ("E20034120123456789ABCDEF", []),
        ("", []),
        ("RB-7;e1044", ["RB-7", "e1044"]),
    ],
)
def test_only_label_texts_are_printed_as_badges(badges: str, printed: list[str]) -> None:
    """Numbers of RFID badges are no labels; an operator with nothing else is named."""
    found = badge_labels([operator("E1", badges)])
    assert [label.name for label in found.labels] == printed
    assert found.unprintable == (() if printed else ("E1",))


def test_badges_of_an_unknown_operator_are_refused() -> None:
    """A misspelt operator is told, whoever else was asked for."""
    with pytest.raises(NotFound, match="operator E7: not imported"):
        badge_labels([operator("E1", "E1")], ["E1", "E7"])


# --- how stations read them again ---------------------------------------------------------------

PARTS = st.from_regex(r"[A-Za-z]{0,3}[0-9]{1,5}", fullmatch=True)
IDS = st.lists(PARTS, min_size=1, max_size=3).map("_".join)


def codes_of(text: str) -> tuple[CodePattern, ...]:
    """The patterns of printed ``[[code]]`` tables, as a station has them."""
    return tuple(
        CodePattern(code["kind"], re.compile(code["pattern"]), code["check"])
        for code in tomllib.loads(text)["code"]
    )


@settings(max_examples=40)
@given(st.sets(IDS, min_size=1, max_size=20), st.sets(IDS, max_size=6))
def test_a_station_reads_every_ticket_as_it_is_meant(names: set[str], steps: set[str]) -> None:
    """With the printed pattern every ticket is its own bundle and operation, whatever the ids."""
    bundles, route = list(map(bundle, sorted(names))), list(map(operation, sorted(steps)))
    codes = codes_of(bundle_code(bundles, route))
    for row in bundles:
        for step in (None, *route):
            read = Read("barcode", ticket(row, step).text, 0.0)
            scan = identify("scanner", "bundle", read, codes)
            assert (scan.kind, scan.bundle) == ("bundle", row["bundle"])
            assert scan.operation == (step["operation"] if step else "")


def test_ids_that_cannot_be_told_apart_are_refused() -> None:
    """Where one ticket could be another bundle's, no pattern is given, and the ticket is named."""
    with pytest.raises(Ambiguous, match=r"label A1-2: would be read as bundle 'A1"):
        bundle_code([bundle("A1"), bundle("A1-2")], [operation("2")])


@given(st.sets(st.from_regex(r"[!-:<-~]{1,20}", fullmatch=True), min_size=1, max_size=20))
def test_a_station_reads_every_badge_as_it_is_registered(texts: set[str]) -> None:
    """With the printed pattern a badge is the text of operators.csv, quotes and all."""
    labels = badge_labels([operator("E1", ";".join(sorted(texts)))]).labels
    codes = codes_of(badge_code(labels)) if labels else ()
    for label in labels:
        scan = identify("badge", "badge", Read("barcode", label.text, 0.0), codes)
        expected = ("badge", label.name.upper()) if is_check_valid(label.text) else ("misread", "")
        assert (scan.kind, scan.badge) == expected


def test_patterns_stay_short_for_ids_of_many_forms() -> None:
    """A hundred forms of ids give a pattern that a person can read."""
    letters = "ABCDEFGHIJ"
    names = [f"{one}{other}{number}" for one in letters for other in letters for number in (1, 22)]
    assert len(bundle_code(list(map(bundle, names)), [])) < 200
