"""What became of the events that were handed over: lost, come again, come out of order."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """Counts of events at the subscriber, or behind it."""

    handed_over: int
    lost: int
    extra_copies: int
    out_of_order: int


def account(
    promised: Collection[int], came_first: Iterable[int], copies: Mapping[int, int]
) -> Account:
    """Hold what came against what was promised. ``came_first`` is the order of first copies."""
    out_of_order, newest = 0, -1
    for number in came_first:
        if number < newest:
            out_of_order += 1
        newest = max(newest, number)
    return Account(
        handed_over=len(promised),
        lost=sum(number not in copies for number in promised),
        extra_copies=sum(count - 1 for count in copies.values()),
        out_of_order=out_of_order,
    )


def percentile(values: Collection[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
