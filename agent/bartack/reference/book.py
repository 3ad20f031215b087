"""Everything a station knows from the hub as one immutable value, exchanged table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from immutables import Map

from bartack.badges import Badges, Operator
from bartack.reference.cells import InvalidReferenceError
from bartack.reference.floor import faults_of, guarantees_of, reasons_of, shifts_of
from bartack.reference.people import operators_of, skills_of
from bartack.reference.values import (
    UNIT_PIECES,
    Bundle,
    DatedRate,
    Fault,
    Guarantee,
    OffReason,
    Operation,
    Rate,
    Shift,
)
from bartack.reference.work import bundles_of, curves_of, operations_of, rates_of, routes_of
from bartack.wire import STRAYS, ReferenceTable

_FULL: Final = Decimal(1)
"""The factor of whoever is not learning."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the station knows from the hub. ``versions`` names the version of each table."""

    badges: Badges = field(default_factory=Badges)
    operators: Mapping[str, Operator] = field(default_factory=Map)
    skills: Mapping[str, frozenset[str]] = field(default_factory=Map)
    operations: Mapping[tuple[str, str], Operation] = field(default_factory=Map)
    """By style and operation."""
    routes: Mapping[str, tuple[Operation, ...]] = field(default_factory=Map)
    bundles: Mapping[str, Bundle] = field(default_factory=Map)
    tags: Mapping[str, Bundle] = field(default_factory=Map)
    """Bundles by the tag that goes with them, in upper-case hex."""
    strays: Mapping[str, Bundle] = field(default_factory=Map)
    """Bundles of other lines that were shown on this one."""
    stray_tags: Mapping[str, Bundle] = field(default_factory=Map)
    rates: Mapping[tuple[str, str], tuple[DatedRate, ...]] = field(default_factory=Map)
    """By style and operation, the newest first."""
    curves: Mapping[str, tuple[Decimal, ...]] = field(default_factory=Map)
    """Factors of the first, second, ... week."""
    reasons: Mapping[str, OffReason] = field(default_factory=Map)
    faults: Mapping[str, Fault] = field(default_factory=Map)
    guarantees: tuple[Guarantee, ...] = ()
    """The newest first."""
    shifts: tuple[Shift, ...] = ()
    versions: Mapping[str, tuple[int, str]] = field(default_factory=Map)
    """Version and SHA-256 by table."""

    def version(self, table: str) -> int:
        """The version of a table; 0 when the hub has never sent it."""
        return self.versions.get(table, (0, ""))[0]

    def has(self, table: ReferenceTable) -> bool:
        return self.versions.get(table.name) == (table.version, table.sha256)

    def bundle(self, code: str) -> Bundle | None:
        """A bundle that this line sews, or one of another line that was shown here."""
        return self.bundles.get(code) or self.strays.get(code)

    def tagged(self, tag: str) -> Bundle | None:
        """The bundle that goes with a tag, as ``bundle``."""
        tag = tag.upper()
        return self.tags.get(tag) or self.stray_tags.get(tag)

    def route(self, style: str) -> tuple[Operation, ...]:
        """The operations of a style in the order in which they are sewn."""
        return self.routes.get(style, ())

    def may(self, operator: str, operation: str) -> bool:
        """Whether the skills allow it; an operator of whom no skill is known may do anything."""
        allowed = self.skills.get(operator)
        return allowed is None or operation in allowed

    def rate(self, bundle: Bundle, operation: Operation, operator: str, day: date) -> Rate:
        """What the operation pays that operator on that bundle, for work of that day.

        The bundle's own rate goes before the newest dated one, and that before the operation's.
        """
        factor = self.learning_factor(operator, day)
        own = bundle.rates.get(operation.operation)
        if own is not None:
            table = "bundles" if bundle.bundle in self.bundles else STRAYS
            version = f"bundles:{self.version(table)}"
            return Rate(own, UNIT_PIECES[operation.unit], factor, version)
        for dated in self.rates.get((operation.style, operation.operation), ()):
            if dated.start <= day:
                version = f"rates:{self.version('rates')}:{dated.start.isoformat()}"
                return Rate(dated.rate, UNIT_PIECES[dated.unit], factor, version)
        version = f"operations:{self.version('operations')}"
        return Rate(operation.rate, UNIT_PIECES[operation.unit], factor, version)

    def learning_factor(self, operator: str, day: date) -> Decimal:
        """By what the rate of an operator is multiplied on a day; 1 for whoever is not learning.

        The first week is the day on which they started and the six after it.
        """
        known = self.operators.get(operator)
        if known is None or known.started is None or day < known.started:
            return _FULL
        factors = self.curves.get(known.curve, ())
        week = (day - known.started).days // 7
        return factors[week] if week < len(factors) else _FULL

    def guarantee(self, day: date) -> Guarantee | None:
        """The guarantee that holds on a day; None before the first."""
        return next((item for item in self.guarantees if item.start <= day), None)


def with_table(reference: Reference, table: ReferenceTable) -> Reference:
    """The reference with one table exchanged as a whole. Raises ``InvalidReferenceError``."""
    versions = Map({**reference.versions, table.name: (table.version, table.sha256)})
    known = replace(reference, versions=versions)
    match table.name:
        case "operators":
            operators, badges = operators_of(table)
            return replace(known, operators=operators, badges=badges)
        case "operations":
            operations = operations_of(table)
            return replace(known, operations=operations, routes=routes_of(operations.values()))
        case "bundles":
            bundles, tags = bundles_of(table)
            return replace(known, bundles=bundles, tags=tags)
        case "strays":
            strays, stray_tags = bundles_of(table)
            return replace(known, strays=strays, stray_tags=stray_tags)
        case "rates":
            return replace(known, rates=rates_of(table))
        case "skills":
            return replace(known, skills=skills_of(table))
        case "reasons":
            return replace(known, reasons=reasons_of(table))
        case "faults":
            return replace(known, faults=faults_of(table))
        case "curves":
            return replace(known, curves=curves_of(table))
        case "guarantees":
            return replace(known, guarantees=guarantees_of(table))
        case "shifts":
            return replace(known, shifts=shifts_of(table))
        case name:
            raise InvalidReferenceError(f"{name[:40]}: no such table")
