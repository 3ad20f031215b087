"""What the rows of reference data mean, as frozen values: work, its pay, shifts and codes.

Money is an exact decimal. A rate per dozen stays a rate per dozen: a twelfth of it is no finite
decimal, so the division is left to the very end of every sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import Final, Literal

from immutables import Map

Unit = Literal["piece", "dozen"]
Period = Literal["day", "week", "month"]
Pay = Literal["none", "time"]

UNIT_PIECES: Final[Mapping[Unit, int]] = {"piece": 1, "dozen": 12}
"""How many pieces a rate is for, by its unit."""

MONEY_DIGITS: Final = 28
"""Digits of an amount. The largest rate, factor and bundle of ``cells`` multiply within them."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a style's route. ``sam`` in minutes, ``rate`` in money per ``unit``."""

    style: str
    operation: str
    seq: int
    sam: Decimal
    rate: Decimal
    name: str = ""
    unit: Unit = "piece"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle of cut pieces that belong to one style; ``line`` is empty when any line may sew."""

    bundle: str
    style: str
    pieces: int
    line: str
    order: str = ""
    size: str = ""
    colour: str = ""
    rates: Mapping[str, Decimal] = field(default_factory=Map)
    """Rates of this bundle alone by operation, in money per unit of the operation."""


@dataclass(frozen=True, slots=True)
class DatedRate:
    """What an operation pays from a date on, in money per ``unit``."""

    start: date
    rate: Decimal
    unit: Unit


@dataclass(frozen=True, slots=True)
class Rate:
    """What one operator is paid for one operation on one bundle.

    ``rate`` is money per ``unit_pieces`` pieces; ``factor`` is that of the learning curve.
    ``version`` says where the rate came from: ``operations:3``, ``rates:2:2026-01-01`` (with the
    date from which it holds) or ``bundles:7``.
    """

    rate: Decimal
    unit_pieces: int
    factor: Decimal
    version: str

    def amount(self, pieces: int) -> Decimal:
        """Money for so many pieces, unrounded to 28 digits; exact where that many are enough."""
        with localcontext(Context(prec=MONEY_DIGITS)):
            return pieces * self.rate * self.factor / self.unit_pieces

    def exact(self, pieces: int) -> Fraction:
        """Money for so many pieces as a fraction: what a sum must add up before it is rounded."""
        return Fraction(self.rate) * Fraction(self.factor) * pieces / self.unit_pieces

    @property
    def per_piece(self) -> Decimal:
        """Money for one piece, as ``amount``; for showing, because a twelfth does not add up."""
        return self.amount(1)


@dataclass(frozen=True, slots=True)
class OffReason:
    """Why somebody may be off standard, and what the time pays.

    ``rate_per_hour`` is money, 0 where ``pay`` is ``none``. ``cap_min`` is how many minutes are
    paid at most; None when there is no cap.
    """

    code: str
    name: str
    pay: Pay
    rate_per_hour: Decimal
    cap_min: int | None
    needs_approval: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of defect."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Money guaranteed for each attended hour, made up over a ``period``, from a date on."""

    start: date
    period: Period
    per_hour: Decimal


@dataclass(frozen=True, slots=True)
class Shift:
    """A working day in wall-clock times of the line; an end not after the start is a night shift.

    ``breaks`` are ordered as they follow the start. ``target_percent`` is the efficiency to reach.
    """

    start: time
    end: time
    breaks: tuple[tuple[time, time], ...] = ()
    target_percent: Decimal | None = None
