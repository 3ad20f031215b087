"""Percentiles of waiting times, as the benchmarks print them."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def heading(first: str) -> str:
    return f"{first:32}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}"


def row(name: str, values_s: Sequence[float]) -> str:
    """One line below ``heading``: seconds in, milliseconds out."""
    if not values_s:
        return f"{name:32}{'none':>10}"
    figures = (percentile(values_s, 0.5), percentile(values_s, 0.99), max(values_s))
    return f"{name:32}" + "".join(f"{value * 1000:10.1f}" for value in figures)
