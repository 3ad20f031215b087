"""docs/pay.md: every vector of its formulas is what the formula gives."""

from __future__ import annotations

import ast
import re
from decimal import Decimal
from fractions import Fraction

import pytest

from bartack import pay
from bartack.pay import make_up, per_dozen, produced_minutes, rounded
from bartack.projection.days import ACCOUNT_DAYS_KEPT
from bartack.projection.state import DAYS_KEPT
from source_tree import REPOSITORY

PAGE = (REPOSITORY / "docs" / "pay.md").read_text(encoding="utf-8")
VECTORS = re.findall(r"^\| [^|]+ \| [^|]+ \| `([a-z_]+)\((.*)\) = (.+)` \|$", PAGE, re.M)

Value = object


def exact(text: str) -> Value:
    """A number, text, list or dictionary of the page; decimals stay exact."""
    quoted = re.sub(r"\b\d+\.\d+\b", lambda found: f"'{found[0]}'", text)
    return _exact(ast.literal_eval(quoted))


def _exact(value: Value) -> Value:
    match value:
        case str() if re.fullmatch(r"[0-9.]+", value):
            return Fraction(value)
        case list() | tuple():
            return [_exact(it) for it in value]
        case dict():
            return {key: _exact(it) for key, it in value.items()}
        case _:
            return value


def places(text: str) -> int:
    return len(text.partition(".")[2])


@pytest.mark.parametrize(("name", "given", "told"), VECTORS, ids=[name for name, *_ in VECTORS])
def test_a_vector_of_the_page_is_what_the_formula_gives(name: str, given: str, told: str) -> None:
    """The function that the page names gives the figure that it shows, to its last digit."""
    found = getattr(pay, name)(*exact(f"({given},)"))  # type: ignore[misc]  # a list, by the comma
    wanted = exact(told)
    if isinstance(wanted, int | Fraction):
        assert rounded(found, places(told)) == wanted
    else:
        assert found == wanted


def test_every_formula_of_the_module_stands_on_the_page() -> None:
    """No formula is without its vector."""
    public = {
        node.name
        for node in ast.parse((REPOSITORY / "agent/bartack/pay.py").read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    of_a_station = {"period_of", "pay_of", "earned_of"}
    assert {name for name, *_ in VECTORS} == public - of_a_station


def test_the_worked_guarantee_is_right() -> None:
    """65.00 an hour for 8 hours against 400 pieces at 1.20 leaves 40.00."""
    earned, guaranteed = produced_minutes(400, Fraction("1.20")), 8 * 65
    assert (rounded(guaranteed), rounded(earned)) == (Decimal("520.00"), Decimal("480.00"))
    assert rounded(make_up(guaranteed, earned)) == Decimal("40.00")
    assert "guaranteed 520.00, earned\n480.00, make-up 40.00" in PAGE
    assert per_dozen(Fraction(1, 12)) == 1


def test_what_a_station_keeps_is_what_the_page_says() -> None:
    """Days of sums and of totals, as the page gives them."""
    assert f"keeps\n{ACCOUNT_DAYS_KEPT} days of each operator's sums" in PAGE
    assert DAYS_KEPT == 8
    assert "the totals of eight days" in PAGE
