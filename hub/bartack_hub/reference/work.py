"""Rules of the files about work and pay: operations, bundles, rates and curves."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from bartack_hub.reference.cells import (
    Keys,
    check_choice,
    check_count,
    check_day,
    check_decimal,
    check_factor,
    check_id,
    check_key,
    check_named,
    is_count,
    is_decimal,
    shown,
)
from bartack_hub.reference.files import Findings, Line

UNITS: Final = ("piece", "dozen")

Routes = Mapping[str, Collection[str]]
"""The operations of each style."""

_TAG = re.compile(r"(?:[0-9A-F]{2}){2,62}")


def check_operations(lines: Sequence[Line], findings: Findings) -> None:
    operations: Keys = {}
    steps: Keys = {}
    for item in lines:
        check_id(item, "style", findings)
        check_id(item, "operation", findings)
        check_count(item, "seq", findings)
        check_key(item, ("style", "operation"), operations, findings)
        check_key(item, ("style", "seq"), steps, findings)
        check_named(item, findings)
        check_decimal(item, "sam", "0.45", findings)
        check_decimal(item, "rate", "1.20", findings)
        check_choice(item, "unit", UNITS, findings, optional=True)


def check_rates(lines: Sequence[Line], findings: Findings, routes: Routes) -> None:
    keys: Keys = {}
    for item in lines:
        style, operation = item.row["style"], item.row["operation"]
        if operation not in routes.get(style, ()):
            findings.add(
                item.number,
                "operation",
                f"style {shown(style)} has no operation {shown(operation)}; "
                "add it to operations.csv",
            )
        check_day(item, "from", findings)
        check_decimal(item, "rate", "1.20", findings)
        check_choice(item, "unit", UNITS, findings, optional=True)
        check_key(item, ("style", "operation", "from"), keys, findings)


def check_curves(lines: Sequence[Line], findings: Findings) -> None:
    keys: Keys = {}
    weeks: dict[str, dict[int, Line]] = {}
    for item in lines:
        check_id(item, "curve", findings)
        check_count(item, "week", findings)
        check_factor(item, "factor", findings)
        check_key(item, ("curve", "week"), keys, findings)
        if is_count(item.row["week"]):
            weeks.setdefault(item.row["curve"], {})[int(item.row["week"])] = item
    for curve, known in weeks.items():
        for expected, week in enumerate(sorted(known), start=1):
            if week != expected:
                findings.add(
                    known[week].number,
                    "week",
                    f"curve {shown(curve)} has week {week}, but no week {expected}; "
                    "give every week from 1 on",
                )
                break


def check_bundles(
    lines: Sequence[Line], findings: Findings, routes: Routes, site_lines: Collection[str]
) -> None:
    keys: Keys = {}
    tags: dict[str, Line] = {}
    for item in lines:
        row = item.row
        check_id(item, "bundle", findings)
        check_key(item, ("bundle",), keys, findings)
        check_count(item, "pieces", findings)
        if row["style"] not in routes:
            findings.add(
                item.number,
                "style",
                f"{shown(row['style'])} has no operations; add it to operations.csv",
            )
        if row["line"] and row["line"] not in site_lines:
            findings.add(
                item.number,
                "line",
                f"{shown(row['line'])} is not a line of the hub's settings file "
                f"({', '.join(sorted(site_lines))}); leave it empty for every line",
            )
        _check_tag(item, tags, findings)
        if row["style"] in routes:
            _check_own_rates(item, findings, routes[row["style"]])


def _check_tag(item: Line, tags: dict[str, Line], findings: Findings) -> None:
    """The optional column ``tag``: the tag that goes with the bundle, and with no other."""
    tag = item.row.get("tag", "").upper()
    if not tag:
        return
    item.row["tag"] = tag
    if not _TAG.fullmatch(tag):
        findings.add(
            item.number, "tag", f"{shown(tag)}: write the EPC or UID as hex digits, two for a byte"
        )
    elif (other := tags.setdefault(tag, item)) is not item:
        findings.add(
            item.number,
            "tag",
            f"{tag} goes with bundle {shown(other.row['bundle'])} in line {other.number} already",
        )


def _check_own_rates(item: Line, findings: Findings, operations: Collection[str]) -> None:
    """The optional column ``rates``: what this bundle alone pays, as ``OP310=1.50;OP320=2.00``."""
    parts = [part.strip() for part in item.row.get("rates", "").split(";") if part.strip()]
    written: dict[str, str] = {}
    for part in parts:
        operation, _, amount = (text.strip() for text in part.partition("="))
        if not is_decimal(amount):
            findings.add(item.number, "rates", f"{shown(part)}: write it as OP310=1.50;OP320=2.00")
        elif operation not in operations:
            findings.add(
                item.number,
                "rates",
                f"style {shown(item.row['style'])} has no operation {shown(operation)}; "
                "add it to operations.csv",
            )
        elif operation in written:
            findings.add(item.number, "rates", f"{shown(operation)} stands twice")
        written[operation] = amount
    if parts:
        item.row["rates"] = ";".join(f"{name}={amount}" for name, amount in written.items())
