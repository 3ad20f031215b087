"""The line's reference data as the CSV files that ``bartack-hub import`` takes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

from bartack_sim.line import Bundle, Line, Operation, Sewer
from bartack_sim.terms import (
    CURVE,
    CURVE_FACTORS,
    learner,
    learning_since,
    own_rates,
    raised_rate,
    unit_rate,
)

FAULTS = (("F01", "Skipped stitch"), ("F02", "Open seam"))
REASONS = (
    ("NW", "No work", "none", "", "", "no"),
    ("MB", "Machine broken", "time", "60.00", "30", "yes"),
    ("MT", "Meeting", "time", "30.00", "", "no"),
    ("FT", "Fetching thread", "time", "45.00", "1", "no"),
)
OTHER_STYLE, OTHER_OPERATION = "ST7700", "OP910"
"""A style that this line does not sew, and its only operation."""

OFF_RATES_PER_HOUR = {code: Decimal(rate) for code, _, _, rate, _, _ in REASONS if rate}
"""What an hour off standard pays by reason; others pay nothing."""

APPROVED = frozenset(code for code, *_, approval in REASONS if approval == "yes")
"""Reasons for which a supervisor must approve the time."""


def write_reference(
    line: Line,
    folder: Path,
    today: date,
    speed: float = 1.0,
    more: Sequence[Bundle] = (),
    *,
    raised: bool = False,
) -> None:
    """Write the tables of this line into ``folder``: operators, operations, bundles, and more.

    ``more`` bundles are known beside those of the line; ``today`` is the day at the site.
    Once rates are ``raised`` they hold for the whole day.

    On a floor that sews ``speed`` times faster than life a standard minute is that much shorter,
    or every operator would look many times too efficient.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_people(line, folder, today)
    _write_work(line, folder, speed, more)
    if raised:
        rates = ((it, raised_rate(line, it)) for it in line.route)
        _write(
            folder / "rates.csv",
            ("style", "operation", "from", "rate"),
            ((it.style, it.code, today, rate) for it, rate in rates if rate is not None),
        )
    _write(
        folder / "skills.csv",
        ("operator", "operation"),
        ((s.sewer.code, code) for s in line.stations for code in sorted(line.skills(s))),
    )
    _write(folder / "faults.csv", ("code", "name"), FAULTS)
    _write(
        folder / "reasons.csv",
        ("code", "name", "pay", "rate_per_hour", "cap_min", "approval"),
        REASONS,
    )


def _write_people(line: Line, folder: Path, today: date) -> None:
    since = learning_since(today).isoformat()
    learns = {learner(line): (CURVE, since)} if line.varied else {}
    _write(
        folder / "operators.csv",
        ("operator", "name", "badges", "language", "role", "curve", "started"),
        [
            *(
                (s.code, s.name, s.badge, s.language, "operator", *learns.get(s.code, ("", "")))
                for s in _sewers(line)
            ),
            *(
                (s.code, s.name, s.badge, s.language, s.role, "", "")
                for s in (*line.staff.values(), *line.twins)
            ),
        ],
    )
    if line.varied:
        rows = enumerate(CURVE_FACTORS, start=1)
        _write(
            folder / "curves.csv",
            ("curve", "week", "factor"),
            ((CURVE, week, factor) for week, factor in rows),
        )


def _write_work(line: Line, folder: Path, speed: float, more: Sequence[Bundle]) -> None:
    units = {1: "piece", 12: "dozen"}
    tagged = ["tag"] if line.has_tags else []
    operations: list[tuple[object, ...]] = []
    for it in line.route:
        rate, pieces = unit_rate(line, it)
        operations.append((it.style, it.seq, it.code, it.name, sam(it, speed), rate, units[pieces]))
    if line.varied:
        operations.append((OTHER_STYLE, 1, OTHER_OPERATION, "Set pocket", "0.5", "0.675", "piece"))
    _write(
        folder / "operations.csv",
        ("style", "seq", "operation", "name", "sam", "rate", "unit"),
        operations,
    )
    _write(
        folder / "bundles.csv",
        (*("bundle", "order", "style", "size", "colour", "pieces", "line", "rates"), *tagged),
        (
            (
                *(b.code, b.order, b.style, b.size, b.colour, b.pieces, b.line, own_rates(line, b)),
                *([b.tag] if tagged else []),
            )
            for b in (*line.bundles, *line.next_door, *more)
        ),
    )


def _sewers(line: Line) -> list[Sewer]:
    return [station.sewer for station in line.stations]


def sam(operation: Operation, speed: float) -> str:
    """Standard minutes as the table has them."""
    return f"{operation.sam / Decimal(str(speed)):.5f}"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
