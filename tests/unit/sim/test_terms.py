"""What a piece pays on a varied line, and that the reference data says the same."""

from __future__ import annotations

import csv
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from bartack_sim.line import plan_line
from bartack_sim.reference import write_reference
from bartack_sim.terms import learner, piece_rate

LINE = plan_line(seed=1, stations=3, minutes=30.0, varied=True)
FIRST, SECOND, _ = (it.code for it in LINE.route)
SEWER = LINE.stations[0].sewer.code


@pytest.mark.parametrize(
    ("operation", "bundle", "operator", "rate"),
    [
        (FIRST, "B000001", SEWER, Fraction("0.7020")),
        (FIRST, "B000005", SEWER, Fraction("1.053")),
        (SECOND, "B000001", SEWER, Fraction("7.5") / 12),
        (SECOND, "B000005", SEWER, Fraction("7.5") / 12),
        (SECOND, "B000001", "learner", Fraction("7.5") * Fraction("1.15") / 12),
        ("OP999", "B000001", SEWER, Fraction(0)),
    ],
)
def test_what_a_piece_pays(operation: str, bundle: str, operator: str, rate: Fraction) -> None:
    """By the piece, by the bundle's own rate, by the dozen, with the learner's factor."""
    who = learner(LINE) if operator == "learner" else operator
    assert piece_rate(LINE, operation, bundle, who) == rate


def test_a_plain_line_pays_the_rate_of_the_operation() -> None:
    """Without variation nothing but the operation decides."""
    plain = plan_line(seed=1, stations=3, minutes=30.0)
    who = plain.stations[-1].sewer.code
    for operation in plain.route:
        assert piece_rate(plain, operation.code, "B000005", who) == Fraction(operation.rate)


def test_the_tables_say_the_same_terms(tmp_path: Path) -> None:
    """The dozen's rate and unit, a bundle's own rate, and the learner in the second week."""
    write_reference(LINE, tmp_path, date(2026, 11, 21))
    tables = {}
    for path in tmp_path.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            tables[path.name] = list(csv.DictReader(file))
    units = {it["operation"]: (it["rate"], it["unit"]) for it in tables["operations.csv"]}
    assert units[FIRST] == ("0.7020", "piece")
    assert units[SECOND] == ("7.5", "dozen")
    own = {it["bundle"]: it["rates"] for it in tables["bundles.csv"]}
    assert (own["B000004"], own["B000005"]) == ("", f"{FIRST}=1.053")
    started = {it["operator"]: it["started"] for it in tables["operators.csv"] if it["curve"]}
    assert started == {learner(LINE): "2026-11-13"}
    assert tables["curves.csv"][1] == {"curve": "NEW", "week": "2", "factor": "1.15"}
