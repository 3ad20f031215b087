"""What work pays where lines are varied: by the piece, by the dozen, by the bundle, by a learner.

The truth reckons with these terms, and the reference data says the same in its own way. Pure.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from bartack_sim.line import Bundle, Line, Operation

CURVE: Final = "NEW"
CURVE_FACTORS: Final = (Decimal("1.30"), Decimal("1.15"), Decimal("1.05"))
"""By week, from the first on."""

_LEARNS_SINCE: Final = timedelta(days=8)
_FACTOR: Final = Fraction(CURVE_FACTORS[_LEARNS_SINCE.days // 7])
_DOZEN: Final = 12
_OWN_RATES_EVERY: Final = 5
_RAISED_SEQ: Final = 3


def unit_rate(line: Line, operation: Operation) -> tuple[Decimal, int]:
    """An operation's rate as the table has it, and for how many pieces that is."""
    if line.varied and operation.seq == 2:
        # One figure after the point: most of these are no whole number of hundredths a piece.
        return (operation.rate * _DOZEN).quantize(Decimal("0.1")), _DOZEN
    return operation.rate, 1


def raised_rate(line: Line, operation: Operation) -> Decimal | None:
    """What the operation pays a piece once the office has raised it; None: it never does."""
    if not line.varied or operation.seq != _RAISED_SEQ:
        return None
    return (operation.rate * Decimal("1.1")).quantize(Decimal("0.0001"))


def own_rate(line: Line, bundle: str, operation: Operation) -> Decimal | None:
    """What this bundle alone pays for the operation, in that operation's unit."""
    if not line.varied or operation.seq != 1 or int(bundle[1:]) % _OWN_RATES_EVERY:
        return None
    return (operation.rate * Decimal("1.5")).quantize(Decimal("0.001"))


def own_rates(line: Line, bundle: Bundle) -> str:
    """The same as a cell of ``bundles.csv``; empty for most bundles, and for other styles."""
    if bundle.style != line.route[0].style:
        return ""
    pairs = ((it.code, own_rate(line, bundle.code, it)) for it in line.route)
    return ";".join(f"{code}={rate}" for code, rate in pairs if rate is not None)


def learner(line: Line) -> str | None:
    """The operator who follows the learning curve."""
    return line.stations[-1].sewer.code if line.varied else None


def learning_since(today: date) -> date:
    """When the learner has begun, so that the second week lasts for some days yet."""
    return today - _LEARNS_SINCE


def piece_rate(
    line: Line,
    operation: str | None,
    bundle: str | None,
    operator: str | None,
    *,
    raised: bool = False,
) -> Fraction:
    """What a piece pays whoever it is, exactly; 0 for an operation that the line does not have."""
    known = next((it for it in line.route if it.code == operation), None)
    if known is None or bundle is None:
        return Fraction(0)
    rate, pieces = unit_rate(line, known)
    own = raised_rate(line, known) if raised else None
    own = own_rate(line, bundle, known) if own is None else own
    factor = _FACTOR if operator is not None and operator == learner(line) else Fraction(1)
    return Fraction(rate if own is None else own) * factor / pieces
