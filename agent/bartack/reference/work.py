"""The tables about work and its pay: operations, bundles, dated rates and learning curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final

from immutables import Map

from bartack.events import ID
from bartack.reference import cells
from bartack.reference.cells import InvalidReferenceError
from bartack.reference.values import Bundle, DatedRate, Operation, Unit
from bartack.wire import ReferenceTable, Row

Step = tuple[str, str]
"""A style and an operation of its route."""

_UNITS: Final[tuple[Unit, ...]] = ("piece", "dozen")
_NO_RATES: Final[Map[str, Decimal]] = Map()


def operations_of(table: ReferenceTable) -> Map[Step, Operation]:
    """Operations by style and operation; no two of a style at one place of its route."""
    operations = list(cells.each(table, _operation))
    cells.once(table, "seq", (((item.style, item.seq), item) for item in operations))
    by_step = (((item.style, item.operation), item) for item in operations)
    return Map(cells.once(table, "operation", by_step))


def routes_of(operations: Iterable[Operation]) -> Map[str, tuple[Operation, ...]]:
    """The operations of each style in the order in which they are sewn."""
    routes: dict[str, list[Operation]] = {}
    for operation in operations:
        routes.setdefault(operation.style, []).append(operation)
    ordered = {
        style: tuple(sorted(route, key=lambda item: item.seq)) for style, route in routes.items()
    }
    return Map(ordered)


def bundles_of(table: ReferenceTable) -> tuple[Map[str, Bundle], Map[str, Bundle]]:
    """Bundles by id, and by the tag that goes with them in upper case."""
    tags: dict[str, Bundle] = {}

    def read(row: Row) -> tuple[str, Bundle]:
        bundle = _bundle(row)
        tag = cells.text_of(row, "tag").upper()
        if tag and tags.setdefault(tag, bundle) is not bundle:
            raise InvalidReferenceError(f"tag: {tag[:64]} goes with two bundles")
        return bundle.bundle, bundle

    bundles = cells.once(table, "bundle", cells.each(table, read))
    return Map(bundles), Map(tags)


def rates_of(table: ReferenceTable) -> Map[Step, tuple[DatedRate, ...]]:
    """The dated rates of each operation, the newest first."""
    keyed = (((*step, rate.start), rate) for step, rate in cells.each(table, _rate))
    by_step: dict[Step, list[DatedRate]] = {}
    for (style, operation, _), rate in cells.once(table, "from", keyed).items():
        by_step.setdefault((style, operation), []).append(rate)
    ordered = {
        step: tuple(sorted(rates, key=lambda item: item.start, reverse=True))
        for step, rates in by_step.items()
    }
    return Map(ordered)


def curves_of(table: ReferenceTable) -> Map[str, tuple[Decimal, ...]]:
    """The factors of each learning curve, week by week from the first."""
    by_week = cells.once(table, "week", cells.each(table, _week))
    curves: dict[str, list[Decimal]] = {}
    for (curve, week), factor in sorted(by_week.items()):
        factors = curves.setdefault(curve, [])
        if week != len(factors) + 1:
            missing = len(factors) + 1
            raise InvalidReferenceError(f"{table.name}: week: curve {curve} has no week {missing}")
        factors.append(factor)
    return Map({curve: tuple(factors) for curve, factors in curves.items()})


def _operation(row: Row) -> Operation:
    return Operation(
        style=cells.id_of(row, "style"),
        operation=cells.id_of(row, "operation"),
        seq=cells.count_of(row, "seq"),
        sam=cells.money_of(row, "sam"),
        rate=cells.money_of(row, "rate"),
        name=cells.text_of(row, "name"),
        unit=cells.choice_of(row, "unit", _UNITS, default="piece"),
    )


def _bundle(row: Row) -> Bundle:
    return Bundle(
        cells.id_of(row, "bundle"),
        cells.id_of(row, "style"),
        cells.count_of(row, "pieces"),
        cells.id_or_empty_of(row, "line"),
        cells.text_of(row, "order"),
        cells.text_of(row, "size"),
        cells.text_of(row, "colour"),
        _own_rates(row.get("rates", "")),
    )


def _own_rates(text: str) -> Mapping[str, Decimal]:
    """Rates of one bundle, written ``OP310=1.50;OP320=2.00``."""
    if not text:
        return _NO_RATES
    rates: dict[str, Decimal] = {}
    for part in text.split(";"):
        operation, _, amount = part.partition("=")
        if not ID.fullmatch(operation):
            raise InvalidReferenceError(f"rates: {part[:40]!r} is not like OP310=1.50")
        if operation in rates:
            raise InvalidReferenceError(f"rates: {operation} stands twice")
        rates[operation] = cells.money("rates", amount)
    return Map(rates)


def _rate(row: Row) -> tuple[Step, DatedRate]:
    step = cells.id_of(row, "style"), cells.id_of(row, "operation")
    unit = cells.choice_of(row, "unit", _UNITS, default="piece")
    return step, DatedRate(cells.day_of(row, "from"), cells.money_of(row, "rate"), unit)


def _week(row: Row) -> tuple[tuple[str, int], Decimal]:
    key = cells.id_of(row, "curve"), cells.count_of(row, "week")
    return key, cells.factor_of(row, "factor")
