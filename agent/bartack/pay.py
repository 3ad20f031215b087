"""What work is worth and how well it goes: the floor's formulas, and pay over a period. Pure.

Amounts and minutes are exact fractions until they are shown or paid; money is rounded once for a
pay period. Each formula is the one that the trade uses, as named in ``docs/pay.md``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final

from bartack.projection import Account, State
from bartack.reference import Guarantee, Period

MS_IN_MINUTE: Final = 60_000
MINUTES_IN_HOUR: Final = 60
PIECES_IN_DOZEN: Final = 12

Number = int | Decimal | Fraction


def standard_minutes(observed: Number, rating_percent: Number, allowance: Number) -> Fraction:
    """SAM of an operation: observed minutes by the rating, with allowances (0.15 for 15 %)."""
    return Fraction(observed) * Fraction(rating_percent) / 100 * (1 + Fraction(allowance))


def produced_minutes(pieces: int, sam: Number) -> Fraction:
    """Minutes that the pieces were worth, however long they took."""
    return pieces * Fraction(sam)


def percent(part: Number, whole: Number) -> Fraction | None:
    """A part in percent of the whole; None where there is no whole.

    Of attended minutes it is an operator's efficiency, of on-standard minutes the performance, of
    available minutes the lost time; of pieces checked, defects give DHU and defective pieces the
    share that is defective.
    """
    return 100 * Fraction(part) / Fraction(whole) if whole else None


def line_efficiency(
    output: int, garment_sam: Number, operators: int, minutes: Number
) -> Fraction | None:
    """Efficiency of a line in percent: its garments' minutes in its people's minutes."""
    return percent(produced_minutes(output, garment_sam), operators * Fraction(minutes))


def operator_target(minutes: Number, efficiency_percent: Number, sam: Number) -> Fraction:
    """Pieces that an operator should make in so many minutes."""
    return Fraction(minutes) * Fraction(efficiency_percent) / 100 / Fraction(sam)


def line_target(
    minutes: Number, operators: int, efficiency_percent: Number, garment_sam: Number
) -> Fraction:
    """Garments that a line should make in so many minutes."""
    return operator_target(operators * Fraction(minutes), efficiency_percent, garment_sam)


def piece_rate(sam: Number, rate_per_minute: Number) -> Fraction:
    """Money for one piece."""
    return Fraction(sam) * Fraction(rate_per_minute)


def per_dozen(rate: Number) -> Fraction:
    """Money for a dozen at a rate per piece."""
    return PIECES_IN_DOZEN * Fraction(rate)


def make_up(guaranteed: Number, earned: Number) -> Fraction:
    """What is added to piece earnings so that the guarantee of the period is reached."""
    return max(Fraction(0), Fraction(guaranteed) - Fraction(earned))


def shared(total: Number, weights: Sequence[Number]) -> list[Fraction]:
    """A total in the ratio of weights: of minutes by SAM, of a group's bonus by time wages.

    Where no weight tells anybody apart it is shared equally.
    """
    parts = [Fraction(weight) for weight in weights]
    if not any(parts):
        parts = [Fraction(1)] * len(parts)
    return [Fraction(total) * part / sum(parts) for part in parts]


def work_in_progress(loaded: int, output: int) -> int:
    """Pieces on the line: loaded onto it and not finished yet."""
    return loaded - output


def bottleneck(pieces_per_hour: Mapping[str, Number]) -> str:
    """The operation with the fewest pieces an hour, which sets the output of the line."""
    return min(pieces_per_hour, key=lambda it: (Fraction(pieces_per_hour[it]), it))


def capacity(quota: Number, efficiency: Number) -> Fraction:
    """Pieces that an operator can make: the quota by the efficiency of a single cycle."""
    return Fraction(quota) * Fraction(efficiency)


def rounded(amount: Number, places: int = 2) -> Decimal:
    """Money as it is paid, halves away from zero. To be done once for a pay period."""
    exact = Fraction(amount)
    scaled = Fraction(exact * 10**places)
    whole = (Decimal(scaled.numerator) / scaled.denominator).quantize(Decimal(1), ROUND_HALF_UP)
    return whole.scaleb(-places)


# --- a pay period at one station ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pay:
    """What an operator has earned here in a period so far. Money is exact.

    ``earned`` is by pieces and approved time; ``guaranteed`` is for the attended hours, at least.
    """

    period: Period
    first: date
    last: date
    earned: Fraction
    attended_ms: int
    guaranteed: Fraction

    @property
    def make_up(self) -> Fraction:
        return make_up(self.guaranteed, self.earned)


def period_of(period: Period, day: date) -> tuple[date, date]:
    """The first and last day of the period that a day is in; a week begins on Monday (ISO 8601)."""
    match period:
        case "day":
            return day, day
        case "week":
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        case "month":
            first = day.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def pay_of(
    state: State, operator: str, day: date, guarantee: Guarantee, present_ms: Mapping[str, int]
) -> Pay:
    """An operator's pay in the period of a day, from what this station knows.

    ``present_ms`` is attended time by ISO date of a session that is not over yet.
    """
    first, last = period_of(guarantee.period, day)

    def is_in(date_: str) -> bool:
        return first.isoformat() <= date_ <= last.isoformat()

    accounts = [
        account
        for (who, date_), account in state.accounts.items()
        if who == operator and is_in(date_)
    ]
    attended_ms = sum(it.attended_ms for it in accounts)
    attended_ms += sum(ms for date_, ms in present_ms.items() if is_in(date_))
    hours = Fraction(attended_ms, MS_IN_MINUTE * MINUTES_IN_HOUR)
    earned = sum((earned_of(it) for it in accounts), Fraction(0))
    guaranteed = hours * Fraction(guarantee.per_hour)
    return Pay(guarantee.period, first, last, earned, attended_ms, guaranteed)


def earned_of(account: Account) -> Fraction:
    """Everything that a day's account has earned."""
    return account.earned + account.off_earned
