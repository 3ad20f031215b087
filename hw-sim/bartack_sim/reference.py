"""The line's reference data as the CSV files that ``bartack-hub import`` takes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from bartack_sim.line import Line


def write_reference(line: Line, folder: Path, speed: float = 1.0) -> None:
    """Write operators.csv, operations.csv and bundles.csv of this line into ``folder``.

    On a floor that sews ``speed`` times faster than life a standard minute is that much shorter,
    or every operator would look many times too efficient.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(
        folder / "operators.csv",
        ("operator", "name", "badges", "language"),
        ((s.sewer.code, s.sewer.name, s.sewer.badge, s.sewer.language) for s in line.stations),
    )
    _write(
        folder / "operations.csv",
        ("style", "seq", "operation", "name", "sam", "rate"),
        ((o.style, o.seq, o.code, o.name, _sam(o.sam, speed), o.rate) for o in line.route),
    )
    _write(
        folder / "bundles.csv",
        ("bundle", "order", "style", "size", "colour", "pieces", "line"),
        ((b.code, b.order, b.style, b.size, b.colour, b.pieces, b.line) for b in line.bundles),
    )


def _sam(sam: object, speed: float) -> str:
    return f"{Decimal(str(sam)) / Decimal(str(speed)):.5f}"


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
