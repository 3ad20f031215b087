"""Pay: each formula of the trade with its vector, and what holds for every amount of money."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acting import after, earned, played
from bartack import pay
from bartack.events import Moment
from bartack.projection import State, utc_label
from bartack.reference import Guarantee, Period
from bartack.station import decide
from sewing import BOOT, OPERATIONS, OPERATORS, at_station, badge, bundle, bundle_rows, card, floor

amounts = st.fractions(min_value=-10_000, max_value=10_000, max_denominator=9_999)
money = st.fractions(min_value=0, max_value=100_000, max_denominator=999)
days = st.dates(date(1999, 12, 1), date(2105, 1, 31))


@pytest.mark.parametrize(
    ("term", "value", "expected"),
    [
        ("SAM", pay.standard_minutes(Decimal("0.60"), 110, Decimal("0.15")), "0.759"),
        ("Minutes produced", pay.produced_minutes(400, Decimal("0.50")), "200"),
        ("Operator efficiency %", pay.percent(200, 480), "41.67"),
        ("On-standard efficiency", pay.percent(340, 360), "94.4"),
        ("Line efficiency %", pay.line_efficiency(380, Decimal("18.5"), 25, 480), "58.6"),
        ("Operator target", pay.operator_target(480, 65, Decimal("0.5")), "624"),
        ("Line target", pay.line_target(480, 25, 65, Decimal("18.5")), "421.6"),
        ("Piece rate", pay.piece_rate(Decimal("0.75"), Decimal("0.625")), "0.46875"),
        (
            "Piece rate, 1200 pieces",
            1200 * pay.piece_rate(Decimal("0.75"), Decimal("0.625")),
            "562.5",
        ),
        ("Per dozen", pay.per_dozen(Decimal("1.20")), "14.40"),
        ("Make-up pay", pay.make_up(65 * 8, 400 * Decimal("1.20")), "40"),
        ("Several operations, the first", pay.shared(8, [3, 1])[0], "6"),
        ("Several operations, the second", pay.shared(8, [3, 1])[1], "2"),
        ("Group bonus, the first", pay.shared(30, [5, 3, 4])[0], "12.5"),
        ("Group bonus, the second", pay.shared(30, [5, 3, 4])[1], "7.5"),
        ("Group bonus, the third", pay.shared(30, [5, 3, 4])[2], "10"),
        ("DHU", pay.percent(35, 250), "14"),
        ("% defective", pay.percent(20, 250), "8"),
        ("Line WIP", Fraction(pay.work_in_progress(430, 400)), "30"),
        ("Line WIP, minutes", pay.produced_minutes(30, Decimal("0.8")), "24"),
        ("Operator capacity", pay.capacity(1066, Decimal("0.63")), "672"),
        ("NPT %", pay.percent(36, 480), "7.5"),
    ],
)
def test_a_formula_gives_its_vector(term: str, value: Fraction | None, expected: str) -> None:
    """Each term of the trade comes out as its source counts it, to the digits that it prints."""
    assert value is not None
    places = max(0, -int(Decimal(expected).as_tuple().exponent))
    assert pay.rounded(value, places) == Decimal(expected), term


def test_incentive_earnings_are_units_by_standard_by_base_rate() -> None:
    """Units × standard × base rate is the same money as pieces × piece rate."""
    by_minutes = pay.produced_minutes(1200, Decimal("0.75")) * Fraction(Decimal("0.625"))
    assert (
        by_minutes == 1200 * pay.piece_rate(Decimal("0.75"), Decimal("0.625")) == Fraction("562.5")
    )


def test_the_slowest_operation_is_the_bottleneck() -> None:
    """The operation with the fewest pieces an hour sets the output; of two, the first by name."""
    assert pay.bottleneck({"OP310": 60, "OP320": 45, "OP330": Decimal("45.5")}) == "OP320"
    assert pay.bottleneck({"OP330": 45, "OP320": 45, "OP310": 60}) == "OP320"


def test_a_part_of_nothing_is_nothing() -> None:
    """Where nobody was there or nothing was checked there is no percentage, and no failure."""
    assert pay.percent(5, 0) is None
    assert pay.line_efficiency(5, Decimal("18.5"), 0, 480) is None


@given(st.lists(amounts, max_size=30), st.integers(0, 4))
def test_money_is_rounded_halves_away_from_zero(parts: list[Fraction], places: int) -> None:
    """A sum is rounded to the nearest unit, once; what lies between two goes away from zero."""
    total = sum(parts, Fraction(0))
    paid = Fraction(pay.rounded(total, places))
    unit = Fraction(1, 10**places)
    assert paid % unit == 0
    assert abs(paid - total) <= unit / 2
    if abs(paid - total) == unit / 2:
        assert abs(paid) > abs(total)
    assert pay.rounded(-total, places) == -pay.rounded(total, places)


@pytest.mark.parametrize(
    ("exact", "paid"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("0.004999", "0.00"), ("1.015", "1.02"),
     ("2.675", "2.68"), ("999999999.995", "1000000000.00")],
)  # fmt: skip
def test_no_float_comes_between_money_and_its_rounding(exact: str, paid: str) -> None:
    """Amounts that no binary float holds are rounded as a person rounds them."""
    assert pay.rounded(Fraction(exact)) == Decimal(paid)


@given(money, money)
def test_make_up_fills_the_gap_and_takes_nothing(guaranteed: Fraction, earned: Fraction) -> None:
    """With make-up everybody has the guarantee or what was earned, whichever is more."""
    assert pay.make_up(guaranteed, earned) >= 0
    assert earned + pay.make_up(guaranteed, earned) == max(guaranteed, earned)


@given(money, st.lists(st.integers(0, 500), min_size=1, max_size=12).filter(any))
def test_shares_are_the_whole(total: Fraction, weights: list[int]) -> None:
    """Parts add up to the total to the last fraction, in the ratio of their weights."""
    parts = pay.shared(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert part * sum(weights) == total * weight


@given(st.decimals(0, 999, places=4), st.integers(1, 400))
def test_a_dozen_is_twelve_pieces_at_the_station(rate: Decimal, dozens: int) -> None:
    """Work paid per dozen earns what the same work earns per piece at a twelfth of the rate."""
    per_dozen = {"style": "S1", "operation": "OP310", "seq": "1", "sam": "0.5", "unit": "dozen"}
    per_dozen |= {"rate": f"{rate:f}", "name": "Hem"}
    known = floor(bundle_rows(1, pieces=12 * dozens), operations=[per_dozen])
    state = after(at_station(known), badge(), bundle(1))
    assert 12 * earned(state) == pay.per_dozen(rate) * dozens
    assert earned(state) == dozens * Fraction(rate)


def test_a_bonus_of_people_without_time_wages_is_shared_equally() -> None:
    """Where no weight tells anybody apart, nobody is left out and nothing fails."""
    assert pay.shared(30, [0, 0, 0]) == [10, 10, 10]


def test_a_period_is_rounded_once_and_not_each_bundle() -> None:
    """Twenty bundles of a piece at 0.10 a dozen are paid 0.17, not twenty times 0.01."""
    operations = [{**OPERATIONS[0], "rate": "0.10", "unit": "dozen"}]
    known = floor(bundle_rows(20, pieces=1), operations=operations)
    state = after(at_station(known), badge(), *(bundle(number) for number in range(1, 21)))
    week = Guarantee(date(2026, 1, 1), "week", Decimal(0))
    paid = pay.pay_of(state, "E1", date(2026, 11, 21), week, {})
    assert paid.earned == Fraction(1, 6)
    assert pay.rounded(paid.earned) == Decimal("0.17")


# --- periods --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("period", "day", "first", "last"),
    [
        ("day", "2026-11-21", "2026-11-21", "2026-11-21"),
        ("week", "2026-11-21", "2026-11-16", "2026-11-22"),
        ("week", "2026-11-16", "2026-11-16", "2026-11-22"),
        ("week", "2026-11-22", "2026-11-16", "2026-11-22"),
        ("week", "2027-01-01", "2026-12-28", "2027-01-03"),
        ("month", "2026-11-30", "2026-11-01", "2026-11-30"),
        ("month", "2026-12-01", "2026-12-01", "2026-12-31"),
        ("month", "2026-02-14", "2026-02-01", "2026-02-28"),
        ("month", "2028-02-01", "2028-02-01", "2028-02-29"),
        ("month", "2100-02-28", "2100-02-01", "2100-02-28"),
    ],
)
def test_a_period_has_its_edges(period: Period, day: str, first: str, last: str) -> None:
    """Weeks run from Monday to Sunday, also over New Year; February has the days of its year."""
    found = pay.period_of(period, date.fromisoformat(day))
    assert found == (date.fromisoformat(first), date.fromisoformat(last))


@given(st.sampled_from(["day", "week", "month"]), days)
def test_periods_follow_each_other_without_gap(period: Period, day: date) -> None:
    """Every day is in one period; the day after its last is the first of the next."""
    first, last = pay.period_of(period, day)
    assert first <= day <= last
    assert {pay.period_of(period, it) for it in (first, day, last)} == {(first, last)}
    assert pay.period_of(period, last + timedelta(days=1))[0] == last + timedelta(days=1)
    length = {"day": 1, "week": 7, "month": calendar.monthrange(day.year, day.month)[1]}
    assert (last - first).days + 1 == length[period]
    if period == "week":
        assert first.weekday() == calendar.MONDAY


def worked(state: State, day: date, number: int) -> State:
    """Eight hours on one day: a bundle of 12 pieces after the first minute."""
    morning = Moment(f"{day}T02:00:00.000Z", "synced", BOOT, number * 86_400_000)
    noon = Moment(f"{day}T06:00:00.000Z", "synced", BOOT, morning.mono_ms + 4 * 3_600_000)
    evening = Moment(f"{day}T10:00:00.000Z", "synced", BOOT, morning.mono_ms + 8 * 3_600_000)
    acts = ((badge(), morning), (bundle(number), noon), (card("sign-out"), evening))
    for scan, now in acts:
        state = decide(state, scan, now).state
    return state


def test_a_month_of_31_days_is_guaranteed_by_all_of_its_hours() -> None:
    """No day of a month is forgotten before it is over, and none of its neighbours counts in."""
    state = at_station(floor(bundle_rows(40)))
    month = [date(2026, 11, 30) + timedelta(days=it) for it in range(33)]
    for number, day in enumerate(month, start=1):
        state = worked(state, day, number)
    guarantee = Guarantee(date(2026, 1, 1), "month", Decimal("65.10"))
    paid = pay.pay_of(state, "E1", date(2026, 12, 17), guarantee, {})
    assert (paid.first, paid.last) == (date(2026, 12, 1), date(2026, 12, 31))
    assert paid.attended_ms == 31 * 8 * 3_600_000
    assert paid.guaranteed == 31 * 8 * Fraction("65.10")
    assert paid.earned == 31 * 12 * Fraction("0.45")
    assert paid.make_up == paid.guaranteed - paid.earned
    assert pay.pay_of(state, "E2", date(2026, 12, 17), guarantee, {}).guaranteed == 0
    half = {"2026-12-17": 1_800_000, "2027-01-01": 1_800_000}
    running = pay.pay_of(state, "E1", date(2026, 12, 17), guarantee, present_ms=half)
    assert running.guaranteed == paid.guaranteed + Fraction("32.55")


def test_earnings_fall_on_the_factory_day_and_not_on_that_of_greenwich() -> None:
    """In Dhaka the day ends at 18:00 UTC: work a millisecond later is paid with the next."""
    start = decide(at_station(), badge(), Moment("2026-11-21T17:00:00.000Z", "synced", BOOT, 1))
    before = Moment("2026-11-21T17:59:59.999Z", "synced", BOOT, 3_600_000)
    midnight = Moment("2026-11-21T18:00:00.000Z", "synced", BOOT, 3_600_001)
    state = decide(start.state, bundle(1), before).state
    state = decide(state, bundle(2), midnight).state
    day = Guarantee(date(2026, 1, 1), "day", Decimal(65))
    for number in (21, 22):
        assert pay.pay_of(state, "E1", date(2026, 11, number), day, {}).earned == Fraction("5.40")
    assert pay.pay_of(state, "E1", date(2026, 11, 20), day, {}).earned == 0
    week = Guarantee(date(2026, 1, 1), "week", Decimal(65))
    assert pay.pay_of(state, "E1", date(2026, 11, 22), week, {}).earned == Fraction("10.80")


@pytest.mark.parametrize(
    ("day_starts", "hours", "earned"),
    [
        (time(0), {21: 2, 22: 5}, {21: "5.40", 22: "10.80"}),
        (time(6), {21: 7, 22: 0}, {21: "16.20", 22: "0"}),
        (time(22), {21: 7, 22: 0}, {21: "16.20", 22: "0"}),
        (time(23), {20: 1, 21: 6}, {20: "0", 21: "16.20"}),
    ],
)
def test_a_night_shift_is_guaranteed_on_the_days_of_its_work(
    day_starts: time, hours: dict[int, int], earned: dict[int, str]
) -> None:
    """Attendance and work of a night fall on the same day: split where a day of work begins."""
    night = {"shift": "night", "start": "22:00", "end": "06:00", "target_percent": ""}
    night |= {"break_start": "02:00", "break_end": "03:00"}
    state = at_station(floor(shifts=[night]), day_starts=day_starts)
    acts = [(badge(), 0), (bundle(1), 90), (bundle(2), 150), (bundle(3), 300)]
    acts.append((card("sign-out"), 480))
    for scan, minute in acts:
        at = datetime(2026, 11, 21, 16, tzinfo=UTC) + timedelta(minutes=minute)
        state = decide(state, scan, Moment(utc_label(at), "synced", BOOT, minute * 60_000)).state
    day = Guarantee(date(2026, 1, 1), "day", Decimal(65))
    for number, expected in hours.items():
        paid = pay.pay_of(state, "E1", date(2026, 11, number), day, {})
        assert paid.attended_ms == expected * 3_600_000
        assert paid.earned == Fraction(earned[number])


def test_time_off_standard_and_pieces_are_one_pay() -> None:
    """What a meeting pays counts towards the guarantee like pieces do."""
    acts = (badge(), bundle(1), card("off-start", "MT"), card("off-end"))
    state = played(at_station(), *acts, every_s=600)[-1].state
    day = Guarantee(date(2026, 1, 1), "day", Decimal(65))
    paid = pay.pay_of(state, "E1", date(2026, 11, 21), day, {"2026-11-21": 1_800_000})
    assert paid.earned == Fraction("5.40") + Fraction(30 * 600, 3600)
    assert paid.guaranteed == Fraction("32.5")


@pytest.mark.parametrize(
    ("day", "rate"),
    [("2026-11-01", "0.45"), ("2026-11-02", "0.675"), ("2026-11-08", "0.675"),
     ("2026-11-09", "0.54"), ("2026-11-15", "0.54"), ("2026-11-16", "0.45")],
)  # fmt: skip
def test_a_learner_is_paid_by_the_curve(day: str, rate: str) -> None:
    """Half as much again in the first week, a fifth in the second, then as everybody."""
    curves = [{"curve": "C", "week": "1", "factor": "1.5"}, {"curve": "C", "week": "2",
              "factor": "1.2"}]  # fmt: skip
    learner = {**OPERATORS[0], "curve": "C", "started": "2026-11-02"}
    known = floor(operators=[learner], curves=curves)
    state = worked(at_station(known), date.fromisoformat(day), 1)
    assert earned(state, date=day) == 12 * Fraction(rate)
