"""The line's reference data as the CSV files that ``bartack-hub import`` takes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from bartack_sim.line import Bundle, Line, Operation, Sewer

FAULTS = (("F01", "Skipped stitch"), ("F02", "Open seam"))
REASONS = (
    ("NW", "No work", "none", "", "", "no"),
    ("MB", "Machine broken", "time", "60.00", "30", "yes"),
)
OTHER_STYLE, OTHER_OPERATION = "ST7700", "OP910"
"""A style that this line does not sew, and its only operation."""

OFF_RATE_PER_HOUR = Decimal("60.00")
"""What an approved hour off standard pays for the reason ``MB``."""


def write_reference(
    line: Line, folder: Path, speed: float = 1.0, more: Sequence[Bundle] = ()
) -> None:
    """Write the tables of this line into ``folder``: operators, operations, bundles, and more.

    ``more`` bundles are known beside those of the line.

    On a floor that sews ``speed`` times faster than life a standard minute is that much shorter,
    or every operator would look many times too efficient.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "operators.csv",
        ("operator", "name", "badges", "language", "role"),
        [
            *((s.code, s.name, s.badge, s.language, "operator") for s in _sewers(line)),
            *((s.code, s.name, s.badge, s.language, s.role) for s in line.staff.values()),
        ],
    )
    _write(
        folder / "operations.csv",
        ("style", "seq", "operation", "name", "sam", "rate"),
        [
            *((o.style, o.seq, o.code, o.name, sam(o, speed), o.rate) for o in line.route),
            (OTHER_STYLE, 1, OTHER_OPERATION, "Set pocket", "0.5", "0.675"),
        ],
    )
    _write(
        folder / "bundles.csv",
        ("bundle", "order", "style", "size", "colour", "pieces", "line"),
        (
            (b.code, b.order, b.style, b.size, b.colour, b.pieces, b.line)
            for b in (*line.bundles, *more)
        ),
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
