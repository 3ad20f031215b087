"""Reference tables as values: what they say of pay, people and shifts, and what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.reference import (
    Bundle,
    Fault,
    Guarantee,
    InvalidReferenceError,
    OffReason,
    Operation,
    Operator,
    Rate,
    Reference,
    Shift,
    with_table,
)
from bartack.wire import TABLES, Row
from sewing import OPERATIONS, OPERATORS, bundle_rows, reference, table

MONDAY = date(2026, 1, 5)
days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
money = st.decimals(0, 999_999, places=4).map(str)
units = st.sampled_from(["piece", "dozen", ""])


def known(**tables: Sequence[Row]) -> Reference:
    """The small line of ``sewing`` with more tables; each of version 5."""
    result = reference()
    for name, rows in tables.items():
        result = with_table(result, table(name, rows, version=5))
    return result


def paid(reference: Reference, day: date, operator: str = "E1", bundle: str = "B000001") -> Rate:
    operation = reference.operations["S1", "OP310"]
    return reference.rate(reference.bundles[bundle], operation, operator, day)


def rate_row(day: date, rate: str, unit: str = "piece") -> Row:
    step = {"style": "S1", "operation": "OP310"}
    return {**step, "from": day.isoformat(), "rate": rate, "unit": unit}


def learner(curve: str, started: date | None) -> list[Row]:
    day = started.isoformat() if started else ""
    return [{"operator": "E1", "name": "Asha", "badges": "A", "curve": curve, "started": day}]


def curve_rows(factors: Sequence[str], curve: str = "C1") -> list[Row]:
    return [
        {"curve": curve, "week": str(week), "factor": factor}
        for week, factor in enumerate(factors, start=1)
    ]


dated = st.dictionaries(days, st.tuples(money, units), min_size=1, max_size=6)


@given(rates=dated, day=days)
def test_the_newest_rate_that_has_begun_holds(
    rates: dict[date, tuple[str, str]], day: date
) -> None:
    """The newest dated rate not after the day is paid; before the first, the operation's own."""
    rows = [rate_row(start, *rate) for start, rate in rates.items()]
    found = paid(known(rates=rows), day)
    begun = [start for start in rates if start <= day]
    if begun:
        amount, unit = rates[max(begun)]
        assert found.rate == Decimal(amount)
        assert found.unit_pieces == (12 if unit == "dozen" else 1)
        assert found.version == f"rates:5:{max(begun)}"
    else:
        assert (found.rate, found.unit_pieces) == (Decimal("0.45"), 1)
        assert found.version == "operations:1"


@given(
    rates=dated, factors=st.lists(st.sampled_from(["1", "1.5", "2.25"]), max_size=4), data=st.data()
)
def test_the_order_of_rows_never_matters(
    rates: dict[date, tuple[str, str]], factors: list[str], data: st.DataObject
) -> None:
    """Tables with the same rows in any order are the same reference."""
    tables: dict[str, list[Row]] = {
        "operators": OPERATORS,
        "operations": OPERATIONS,
        "bundles": bundle_rows(4),
        "rates": [rate_row(start, *rate) for start, rate in rates.items()],
        "curves": curve_rows(factors) + curve_rows(["2"], "C2"),
        "guarantees": [guarantee_row("2026-01-01"), guarantee_row("2025-01-01")],
        "skills": [{"operator": "E1", "operation": name} for name in ("OP310", "OP320")],
        "shifts": [shift_row("06:00", "14:00"), shift_row("14:00", "22:00")],
    }
    one = other = Reference()
    for name, rows in tables.items():
        mixed = data.draw(st.permutations(rows))
        one = with_table(one, table(name, rows))
        other = with_table(other, table(name, mixed))
    assert one_without_versions(one) == one_without_versions(other)


def one_without_versions(reference: Reference) -> tuple[object, ...]:
    return tuple(
        getattr(reference, name)
        for name in Reference.__slots__
        if name not in {"versions", "badges"}
    )


@given(day=days, start=days, own=money, dated_rate=money, unit=units)
def test_a_bundles_own_rate_goes_before_all_others(
    day: date, start: date, own: str, dated_rate: str, unit: str
) -> None:
    """A rate of the bundle beats a dated one, which beats the operation's; others keep theirs."""
    rows = bundle_rows(2)
    rows[0]["rates"] = f"OP320=9;OP310={own}"
    reference = known(bundles=rows, rates=[rate_row(start, dated_rate, unit)])
    found = paid(reference, day)
    assert (found.rate, found.unit_pieces, found.version) == (Decimal(own), 1, "bundles:5")
    expected = "rates:5:" if start <= day else "operations:1"
    assert paid(reference, day, bundle="B000002").version.startswith(expected)


@given(rate=money, factor=st.sampled_from(["1", "1.3333", "999.9999"]), dozens=st.integers(1, 999))
def test_a_dozen_at_its_rate_is_twelve_pieces(rate: str, factor: str, dozens: int) -> None:
    """A rate per dozen is the money of twelve single pieces exactly, and no digit is lost."""
    per_dozen = Rate(Decimal(rate), 12, Decimal(factor), "operations:1")
    whole = Decimal(rate) * Decimal(factor) * dozens
    assert sum(per_dozen.exact(1) for _ in range(12)) == Fraction(Decimal(rate) * Decimal(factor))
    assert per_dozen.exact(12 * dozens) == Fraction(whole)
    assert per_dozen.amount(12 * dozens) == whole


def test_the_largest_amount_is_exact() -> None:
    """The largest rate, factor and bundle that tables may hold multiply without rounding."""
    largest = Rate(Decimal("999999999.999999"), 1, Decimal("999.9999"), "operations:1")
    assert Fraction(largest.amount(999_999)) == largest.exact(999_999)


def test_a_rate_per_dozen_of_the_operation_counts_for_its_bundles_too() -> None:
    """14.40 a dozen is 1.20 a piece; a bundle's own rate is for the operation's unit as well."""
    rows = [{**OPERATIONS[0], "rate": "14.40", "unit": "dozen"}]
    bundles = [{**bundle_rows(1)[0], "rates": "OP310=18"}, bundle_rows(2)[1]]
    reference = known(operations=rows, bundles=bundles)
    assert paid(reference, MONDAY, bundle="B000002").per_piece == Decimal("1.20")
    assert paid(reference, MONDAY, bundle="B000001").amount(400) == Decimal("600")


@given(started=days, passed=st.integers(-30, 60))
def test_a_learning_week_is_seven_days_from_the_first(started: date, passed: int) -> None:
    """Days 0 to 6 are week one, 7 to 13 week two; before the start and after the last, factor 1."""
    factors = ["1.5", "1.25", "1.1"]
    reference = known(operators=learner("C1", started), curves=curve_rows(factors))
    week = passed // 7 if passed >= 0 else len(factors)
    expected = Decimal(factors[week]) if week < len(factors) else Decimal(1)
    found = paid(reference, started + timedelta(days=passed))
    assert found.factor == expected
    assert found.amount(10) == Decimal("0.45") * expected * 10


def test_who_follows_no_curve_is_paid_the_rate_as_it_is() -> None:
    """Without a curve, with one that the station does not know, or unknown: factor 1."""
    curves = curve_rows(["2"])
    assert paid(known(operators=learner("", MONDAY), curves=curves), MONDAY).factor == 1
    assert paid(known(operators=learner("C9", MONDAY), curves=curves), MONDAY).factor == 1
    assert paid(known(curves=curves), MONDAY, operator="E99").factor == 1


def test_skills_bound_only_those_who_have_any() -> None:
    """An operator with skills may do these and nothing else; all others may do anything."""
    reference = known(skills=[{"operator": "E1", "operation": "OP310"}])
    assert reference.may("E1", "OP310")
    assert not reference.may("E1", "OP320")
    assert reference.may("E2", "OP320")
    emptied = with_table(reference, table("skills", [], version=6))
    assert emptied.may("E1", "OP320")


def test_a_route_is_in_sewing_order() -> None:
    """The route of a style follows ``seq`` as a number, whatever the order of the rows."""
    rows = [
        {**OPERATIONS[0], "operation": name, "seq": seq}
        for name, seq in (("C", "10"), ("A", "1"), ("B", "2"))
    ]
    reference = known(operations=rows)
    assert [item.operation for item in reference.route("S1")] == ["A", "B", "C"]
    assert reference.route("S9") == ()


def guarantee_row(start: str, period: str = "week", per_hour: str = "65") -> Row:
    return {"from": start, "period": period, "per_hour": per_hour}


def shift_row(start: str, end: str, **more: str) -> Row:
    return {"start": start, "end": end, **more}


def test_the_newest_guarantee_that_has_begun_holds() -> None:
    """None before the first; from its day on each holds until the next."""
    first, second = guarantee_row("2026-01-01", "day"), guarantee_row("2026-02-01", "month", "70")
    reference = known(guarantees=[second, first])
    assert reference.guarantee(date(2025, 12, 31)) is None
    held = reference.guarantee(date(2026, 1, 31))
    assert held == Guarantee(date(2026, 1, 1), "day", Decimal(65))
    changed = reference.guarantee(date(2026, 2, 1))
    assert changed == Guarantee(date(2026, 2, 1), "month", Decimal(70))


def test_people_codes_and_shifts_are_read() -> None:
    """Every optional column arrives; where one is missing the value says so."""
    reference = known(
        operators=[
            {
                "operator": "M1",
                "name": "Ravi",
                "badges": "M;N",
                "language": "hi",
                "role": "mechanic",
                "curve": "C1",
                "started": "2026-01-05",
            },
            {"operator": "E9", "name": "রহিমা", "badges": ""},
        ],
        reasons=[
            {
                "code": "NF",
                "name": "No feeding",
                "pay": "time",
                "rate_per_hour": "60",
                "cap_min": "120",
                "approval": "yes",
            },
            {"code": "TR", "name": "Talk", "pay": "none", "approval": "no"},
        ],
        faults=[{"code": "F01", "name": "Skipped stitch"}],
        shifts=[
            shift_row("22:00", "06:00", break_start="02:00;23:30", break_end="02:30;23:45"),
            shift_row("06:00", "14:00", target_percent="85.5"),
        ],
    )
    ravi = Operator("M1", "Ravi", "hi", "mechanic", "C1", MONDAY)
    assert dict(reference.operators) == {"M1": ravi, "E9": Operator("E9", "রহিমা", "en")}
    assert reference.badges.owner("barcode", "n") == ravi
    assert dict(reference.reasons) == {
        "NF": OffReason("NF", "No feeding", "time", Decimal(60), 120, needs_approval=True),
        "TR": OffReason("TR", "Talk", "none", Decimal(0), None, needs_approval=False),
    }
    assert dict(reference.faults) == {"F01": Fault("F01", "Skipped stitch")}
    breaks = ((time(23, 30), time(23, 45)), (time(2), time(2, 30)))
    assert reference.shifts == (
        Shift(time(6), time(14), (), Decimal("85.5")),
        Shift(time(22), time(6), breaks),
    )


def test_bundles_and_operations_carry_what_is_shown() -> None:
    """Order, size, colour and names come along for the screen."""
    reference = known()
    assert reference.bundles["B000001"] == Bundle("B000001", "S1", 12, "l03", "4711", "M", "red")
    assert reference.operations["S1", "OP310"] == Operation(
        "S1", "OP310", 1, Decimal("0.50"), Decimal("0.45"), "Hem", "piece"
    )


GOOD: dict[str, Row] = {
    "operators": OPERATORS[0],
    "operations": OPERATIONS[0],
    "bundles": bundle_rows(1)[0],
    "strays": bundle_rows(1, line="l99")[0],
    "rates": rate_row(MONDAY, "1"),
    "skills": {"operator": "E1", "operation": "OP310"},
    "reasons": {"code": "NF", "name": "No", "pay": "time", "rate_per_hour": "60", "approval": "no"},
    "faults": {"code": "F01", "name": "Skip"},
    "curves": {"curve": "C1", "week": "1", "factor": "1.5"},
    "guarantees": guarantee_row("2026-01-01"),
    "shifts": shift_row("06:00", "14:00"),
}

NOT_MONEY = [
    "",
    "-1",
    "+1",
    "1E9999",
    "1e2",
    "NaN",
    "Infinity",
    "١٢",
    "1,5",
    " 1",
    "1\n",
    "1.",
    "9" * 10,
    "0.1234567",
    "0x1",
    "1_000",
]
NOT_COUNTS = ["", "0", "-1", "1.0", "٣", "1234567", "1e3", "NaN"]
NOT_IDS = ["", "a b", "é", "x" * 33, "E1\n"]
NOT_DAYS = ["", "2026-02-30", "2026-1-5", "20260105", "\u0662026-01-01", "2026-W01-1", "0000-01-01"]
NOT_CLOCKS = ["", "24:00", "8:00", "08:60", "0٨:00", "08:00:00"]

HOSTILE: dict[tuple[str, str], list[str]] = {
    ("operators", "operator"): NOT_IDS,
    ("operators", "role"): ["boss", "Operator", "operator "],
    ("operators", "language"): ["ben", "../", "BN"],
    ("operators", "name"): ["x" * 401, "a\x00b", "a\nb"],
    ("operators", "started"): NOT_DAYS[1:],
    ("operators", "curve"): ["a b", "C1"],
    ("operations", "style"): NOT_IDS,
    ("operations", "seq"): NOT_COUNTS,
    ("operations", "sam"): NOT_MONEY,
    ("operations", "rate"): NOT_MONEY,
    ("operations", "unit"): ["gross", "Dozen"],
    ("bundles", "bundle"): NOT_IDS,
    ("bundles", "pieces"): NOT_COUNTS,
    ("bundles", "line"): NOT_IDS[1:],
    ("bundles", "rates"): [
        "OP310",
        "OP310=",
        "=1",
        "OP310=1;",
        "OP310=1;OP310=1",
        "OP310=1E9",
        "OP310=-1",
        "OP310=1=2",
    ],
    ("rates", "from"): NOT_DAYS,
    ("rates", "rate"): NOT_MONEY,
    ("rates", "unit"): ["pair"],
    ("skills", "operation"): NOT_IDS,
    ("reasons", "pay"): ["", "Time", "all"],
    ("reasons", "rate_per_hour"): NOT_MONEY,
    ("reasons", "cap_min"): NOT_COUNTS[1:],
    ("reasons", "approval"): ["", "true", "YES"],
    ("faults", "code"): NOT_IDS,
    ("curves", "week"): NOT_COUNTS,
    ("curves", "factor"): ["", "0.99", "-1", "1E3", "NaN", "1000", "1.00001", "\u0661"],
    ("guarantees", "from"): NOT_DAYS,
    ("guarantees", "period"): ["", "year"],
    ("guarantees", "per_hour"): NOT_MONEY,
    ("shifts", "start"): NOT_CLOCKS,
    ("shifts", "end"): NOT_CLOCKS,
    ("shifts", "break_start"): ["09:00", "9"],
    ("shifts", "target_percent"): ["-1", "1000", "1e2", "NaN", "٨٥"],
}


@pytest.mark.parametrize(
    ("name", "column", "text"),
    [(*place, text) for place, texts in HOSTILE.items() for text in texts],
)
def test_a_table_with_one_bad_cell_is_refused_whole(name: str, column: str, text: str) -> None:
    """One bad cell refuses the table, by its name, row and column; the old reference stays."""
    with_table(Reference(), table(name, [GOOD[name]]))
    bad = {**GOOD[name], column: text}
    with pytest.raises(InvalidReferenceError, match=rf"^{name} row 1: \w+: ") as caught:
        with_table(Reference(), table(name, [bad, GOOD[name]]))
    about = {"curve": "started", "break_start": "break_"}.get(column, column)
    assert about in str(caught.value) or column in str(caught.value)


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_column_is_named(name: str) -> None:
    """A row without anything names the table, the row and the first column that it needs."""
    with pytest.raises(InvalidReferenceError, match=rf"^{name} row 1: \w+: missing$"):
        with_table(Reference(), table(name, [{}]))


TWICE = [
    "operators",
    "operations",
    "bundles",
    "strays",
    "rates",
    "reasons",
    "faults",
    "curves",
    "guarantees",
]


@pytest.mark.parametrize("name", TWICE)
def test_a_key_stands_in_one_row_only(name: str) -> None:
    """Two rows of one key are refused: which of them holds would be a guess."""
    with pytest.raises(InvalidReferenceError, match=rf"^{name} row 2: \w+: stands twice"):
        with_table(Reference(), table(name, [GOOD[name], dict(GOOD[name])]))


@pytest.mark.parametrize(
    ("name", "rows", "says"),
    [
        ("curves", [{"curve": "C1", "week": "2", "factor": "2"}], "curve C1 has no week 1"),
        ("shifts", [shift_row("06:00", "14:00"), shift_row("13:00", "20:00")], "before the one"),
        ("shifts", [shift_row("20:00", "06:00"), shift_row("05:00", "13:00")], "before the one"),
        ("shifts", [shift_row("06:00", "14:00"), shift_row("06:00", "14:00")], "before the one"),
        ("shifts", [shift_row("06:00", "06:00"), shift_row("07:00", "08:00")], "before the one"),
        (
            "shifts",
            [shift_row("06:00", "14:00", break_start="13:30", break_end="14:30")],
            "13:30-14:30 is not inside",
        ),
        (
            "shifts",
            [shift_row("06:00", "14:00", break_start="08:00;08:10", break_end="08:20;08:30")],
            "08:10-08:30 is not inside the shift, or is in another break",
        ),
        ("gossip", [{}], "gossip: no such table"),
    ],
)
def test_rows_that_do_not_fit_together_are_refused(name: str, rows: list[Row], says: str) -> None:
    """Weeks without a gap, shifts and breaks that do not overlap, tables that exist."""
    with pytest.raises(InvalidReferenceError, match=says):
        with_table(Reference(), table(name, rows))


rows_of_junk = st.lists(
    st.dictionaries(
        st.sampled_from(sorted({column for row in GOOD.values() for column in row})),
        st.text(max_size=12),
        max_size=14,
    ),
    max_size=3,
)


@given(name=st.sampled_from(TABLES), junk=rows_of_junk)
def test_junk_is_refused_and_nothing_else_happens(name: str, junk: list[Row]) -> None:
    """Whatever the rows hold, they are taken or refused by the one error, which says where."""
    says = ""
    try:
        with_table(Reference(), table(name, [GOOD[name], *junk]))
    except InvalidReferenceError as error:
        says = str(error)
    assert says == "" or says.startswith(name)
