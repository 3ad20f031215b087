"""The tables about people: operators with their badges, and the skills that bound their work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from immutables import Map

from bartack.badges import ROLES, Badges, Operator, badges_of
from bartack.reference import cells
from bartack.reference.cells import InvalidReferenceError
from bartack.wire import ReferenceTable, Row

_LANGUAGE: Final = re.compile(r"[a-z]{2}")


def operators_of(table: ReferenceTable) -> tuple[Map[str, Operator], Badges]:
    """Operators by id, with or without a badge, and the owners of all badges."""
    owners: dict[str, Operator] = {}

    def read(row: Row) -> tuple[str, Operator]:
        operator = _operator(row)
        cells.text_of(row, "badges")
        for badge in filter(None, row["badges"].split(";")):
            if owners.setdefault(badge.upper(), operator) != operator:
                raise InvalidReferenceError(f"badges: {badge[:64]} belongs to two operators")
        return operator.operator, operator

    operators = cells.once(table, "operator", cells.each(table, read))
    return Map(operators), badges_of(owners.items())


def _operator(row: Row) -> Operator:
    language = row.get("language") or "en"
    if not _LANGUAGE.fullmatch(language):
        raise InvalidReferenceError(f"language: {language[:40]!r} is not two letters")
    curve, started = cells.id_or_empty_of(row, "curve"), cells.day_or_none_of(row, "started")
    if curve and started is None:
        raise InvalidReferenceError("started: missing; a learning curve needs it")
    return Operator(
        operator=cells.id_of(row, "operator"),
        name=cells.text_of(row, "name"),
        language=language,
        role=cells.choice_of(row, "role", ROLES, default="operator"),
        curve=curve,
        started=started,
    )


def skills_of(table: ReferenceTable) -> Map[str, frozenset[str]]:
    """The operations that an operator may do; who has no row here may do any."""
    skills: dict[str, set[str]] = {}
    for operator, operation in cells.each(table, _skill):
        skills.setdefault(operator, set()).add(operation)
    return Map(_frozen(skills))


def _frozen(skills: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {operator: frozenset(operations) for operator, operations in skills.items()}


def _skill(row: Row) -> tuple[str, str]:
    return cells.id_of(row, "operator"), cells.id_of(row, "operation")
