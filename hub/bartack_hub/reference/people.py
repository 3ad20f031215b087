"""Rules of the files about people: operators.csv with its badges, skills.csv."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from bartack_drivers.em4100 import FORMS
from bartack_hub.reference.cells import (
    Keys,
    check_choice,
    check_day,
    check_id,
    check_key,
    check_named,
    check_optional_id,
    shown,
)
from bartack_hub.reference.files import Findings, Line

ROLES: Final = ("operator", "supervisor", "clerk", "mechanic")

_LANGUAGE = re.compile(r"[a-z]{2}")
_EM4100 = re.compile(r"[0-9A-Fa-f]{10}")
_EPC = re.compile(r"(?:[0-9A-Fa-f]{4}){4,31}")
_LABEL = re.compile(r"[!-:<-~]{1,64}")  # printable ASCII without blank and without ;
_SPREADSHEET_NUMBER = re.compile(r"[0-9][.,][0-9]+[Ee]\+[0-9]+")


def check_operators(lines: Sequence[Line], findings: Findings, curves: Collection[str]) -> None:
    owners: dict[str, Line] = {}
    keys: Keys = {}
    for item in lines:
        row = item.row
        check_id(item, "operator", findings)
        check_key(item, ("operator",), keys, findings)
        check_named(item, findings)
        check_choice(item, "role", ROLES, findings, optional=True)
        _check_learning(item, curves, findings)
        row["language"] = row["language"].lower()
        if not _LANGUAGE.fullmatch(row["language"]):
            findings.add(
                item.number, "language", f"{shown(row['language'])}: two letters, such as bn or en"
            )
        written = [badge for badge in map(str.strip, row["badges"].split(";")) if badge]
        badges = [_known_number(item, badge, findings) for badge in written]
        for badge in badges:
            _check_badge(item, badge, owners, findings)
        row["badges"] = ";".join(map(_normal_badge, badges))


def _known_number(item: Line, badge: str, findings: Findings) -> str:
    """A badge written as ``8H10D:0040856634`` as the hex digits that are known of it."""
    name, colon, number = badge.partition(":")
    if not colon or name not in FORMS:
        return badge
    known = FORMS[name].parse(number.strip())
    if known is None:
        findings.add(
            item.number, "badges", f"{shown(badge)}: {shown(number)} is no number of form {name}"
        )
    return known or badge


def _check_badge(item: Line, badge: str, owners: dict[str, Line], findings: Findings) -> None:
    if _SPREADSHEET_NUMBER.fullmatch(badge):
        findings.add(
            item.number,
            "badges",
            f"{shown(badge)}: a spreadsheet made a number of it; format the column as text",
        )
        return
    if not _LABEL.fullmatch(badge):
        findings.add(
            item.number,
            "badges",
            f"{shown(badge)}: write 10 hex digits, the EPC in hex, the label's text without "
            "blanks, or a form and its number such as 8H10D:0040856634; put ; between badges",
        )
        return
    # Stations compare badges without regard to case.
    owner = owners.setdefault(badge.upper(), item)
    if owner is not item:
        findings.add(
            item.number,
            "badges",
            f"{badge} belongs to operator {shown(owner.row['operator'])} "
            f"in line {owner.number} already",
        )


def _normal_badge(badge: str) -> str:
    is_hex = _EM4100.fullmatch(badge) or _EPC.fullmatch(badge)
    return badge.upper() if is_hex else badge


def _check_learning(item: Line, curves: Collection[str], findings: Findings) -> None:
    """A learning curve that exists, and the day on which it began."""
    check_optional_id(item, "curve", findings)
    curve, started = item.row.get("curve", ""), item.row.get("started", "")
    if curve and curve not in curves:
        findings.add(item.number, "curve", f"{shown(curve)} has no weeks; add it to curves.csv")
    if started:
        check_day(item, "started", findings)
    elif curve:
        findings.add(
            item.number, "started", "empty; a learning curve needs the day on which it began"
        )


def check_skills(
    lines: Sequence[Line],
    findings: Findings,
    operators: Collection[str],
    operations: Collection[str],
) -> None:
    keys: Keys = {}
    for item in lines:
        check_key(item, ("operator", "operation"), keys, findings)
        for column, known in (("operator", operators), ("operation", operations)):
            text = item.row[column]
            if text not in known:
                findings.add(
                    item.number, column, f"{shown(text)} is not in {column}s.csv; add it there"
                )
