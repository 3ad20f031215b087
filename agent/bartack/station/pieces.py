"""Which pieces of a bundle are still to be done at an operation. Pure.

A bundle's pieces are numbered from 1. Each piece is credited once for each operation, here or at a
neighbour; what a split, an undo or a neighbour leaves free may lie anywhere in between.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bartack.projection import State


@dataclass(frozen=True, slots=True)
class Range:
    """Pieces ``first`` to ``first + pieces - 1``."""

    first: int
    pieces: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Pieces that somebody was credited with. ``station`` is empty where it was here."""

    first: int
    last: int
    operator: str
    at: str
    seq: int
    station: str = ""


def taken(state: State, bundle: str, operation: str) -> list[Taken]:
    """Who has done which pieces of a bundle, here and, as far as is known, on the line."""
    own = [
        Taken(it.first, it.last, it.operator, it.at, it.seq)
        for it in state.credits.get((bundle, operation), ())
    ]
    others = [
        Taken(it.first, it.first + it.pieces - 1, it.operator, it.at, it.seq, it.station)
        for it in state.neighbours.credited(bundle, operation)
    ]
    return own + others


def free(pieces: int, done: Iterable[Taken]) -> list[Range]:
    """What is left of ``pieces``, in order, each range as long as it can be."""
    ranges: list[Range] = []
    next_first = 1
    for it in sorted(done, key=lambda it: (it.first, it.last)):
        if it.first > next_first:
            ranges.append(Range(next_first, min(it.first - 1, pieces) - next_first + 1))
        next_first = max(next_first, it.last + 1)
        if next_first > pieces:
            return ranges
    ranges.append(Range(next_first, pieces - next_first + 1))
    return ranges
