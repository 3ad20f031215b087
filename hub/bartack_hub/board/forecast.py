"""What a line will have finished when its shift ends, as a range or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import sqrt
from typing import Final

from bartack_hub.board.shifts import Shift

BUCKETS_LEAST: Final = 3
"""With fewer whole buckets behind it a range would be a guess, so none is given."""

EIGHT_IN_TEN: Final = 1.28
"""Standard deviations to each side that hold eight in ten normal outcomes."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Pieces at the end of the shift: eight times in ten it ends between the two."""

    low: int
    high: int


def forecast(shift: Shift, output: Mapping[int, int], now: datetime) -> Forecast | None:
    """The pace so far carried on, as wide as the buckets behind it differed.

    ``output`` is finished pieces by bucket. None outside of the shift and before
    ``BUCKETS_LEAST`` buckets with working time are complete, and while nothing came out.
    """
    if shift.phase(now) not in {"running", "break"}:
        return None
    edges = [shift.bucket_start(index) for index in range(shift.bucket_of(now) + 1)]
    worked = [shift.worked_s(end) - shift.worked_s(begin) for begin, end in pairwise(edges)]
    rows = [(output.get(index, 0), span) for index, span in enumerate(worked) if span]
    behind_s, behind = sum(span for _, span in rows), sum(pieces for pieces, _ in rows)
    if len(rows) < BUCKETS_LEAST or not behind:
        return None
    rate = behind / behind_s
    noise = sum((pieces - rate * span) ** 2 / span for pieces, span in rows) / (len(rows) - 1)
    left_s = shift.worked_s(shift.end) - shift.worked_s(now)
    spread = EIGHT_IN_TEN * sqrt(noise * left_s * (1 + left_s / behind_s))
    done = sum(output.values())
    middle = done + rate * left_s
    return Forecast(max(done, round(middle - spread)), round(middle + spread))
