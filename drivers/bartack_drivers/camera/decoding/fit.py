"""Reads blurred bars by fitting: which chain of symbols, blurred, looks most like this row. Pure.

An engine looks for edges between bars. Where the blur is wider than a bar those are gone, but the
row still differs from symbol to symbol. So the bars of each symbol are blurred in several ways and
compared with the row at every place, and the best chain of symbols from one end of the code to the
other is sought, each allowed to lie a little beside its place. Check digits correct nothing: the
chain is drawn anew as sharp bars for an engine to read, which also checks it.

Source of the method: deformable templates, Gallo and Manduchi 2011.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bartack_drivers.camera.decoding.bars import Layout, Row, Slot
from bartack_drivers.camera.decoding.picture import Gray

Floats = NDArray[np.float32]

BLURS: Final = (("gauss", 0.4), ("gauss", 0.8), ("gauss", 1.2), ("box", 1.6), ("box", 2.2))
"""Kind and width in modules: out of focus, or moved."""

SAMPLES: Final = 5
"""Samples a module."""

DRIFT: Final = 20
"""How far a slot may lie beside its place, in samples: paper is bent and seen aslant."""

LIKENESS_LEAST: Final = 0.75
"""Mean correlation of row and fitted bars; what is no code of this symbology stays below."""

MARGIN_LEAST: Final = 0.08
"""By how much each symbol is more like the row than the next best."""

MODULE_LEAST_PX: Final = 0.7
PAPER_LEAST_MODULES: Final = 4.2
"""No space within a code is that wide; the paper beside it must be."""

ENDS_MOST: Final = 4
"""Edges at which a code may begin, and at which it may end, those beside most paper first."""

_ENDS_SHARE: Final = 0.25
"""So far into a row, beyond its margin, ends are looked for: another code may stand beside it."""

_EDGES_SHARE_LEAST: Final = 0.4
_EDGES_SHARE_MOST: Final = 1.15
"""Of the edges that a layout has, so many can be seen: blur hides edges, and noise adds few."""

ANCHOR_SYMBOLS_MOST: Final = 3
ANCHORS_LEAST: Final = MappingProxyType({"code128": 0.75, "ean13": 0.0})
"""How much the bars that every code has must look like themselves. The guards of an EAN are so
short that they tell little."""

_ANCHOR_DRIFT: Final = 6
_ANCHOR_BLURS: Final = (("gauss", 0.8), ("box", 1.6))
_PAPER: Final = 6
"""Modules of the paper on either side that are looked at."""

_STEPS: Final = np.arange(-2, 3)
"""By how many samples a slot's drift may differ from that of the slot before it."""

_STEP_COST: Final = 0.01
"""Likeness that each sample of such a step costs."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a code may lie in a row: its layout, its first and its last edge in pixels.

    ``likeness``: how much the bars look like it that every code of the layout has: guards, start
    and stop.
    """

    layout: Layout
    first_px: float
    last_px: float
    likeness: float = 0.0


@dataclass(frozen=True, slots=True)
class Fit:
    """The chain of symbols that fits best, as modules, and how well."""

    modules: str
    likeness: float
    margin: float

    @property
    def is_good(self) -> bool:
        return self.likeness >= LIKENESS_LEAST and self.margin >= MARGIN_LEAST


def placements(row: Floats, margin_px: float, layouts: Iterable[Layout]) -> Iterator[Placement]:
    """Where codes may lie in a row. ``margin_px`` is about where one begins and ends."""
    edges = _edges(row)
    for first, last, layout in itertools.product(*_ends(edges, len(row), margin_px), layouts):
        module_px = (edges.places[last] - edges.places[first]) / layout.modules
        paper_px = min(edges.gaps[first], edges.gaps[last + 1])
        share = (last - first) / layout.edges
        if (
            module_px >= MODULE_LEAST_PX
            and paper_px >= PAPER_LEAST_MODULES * module_px
            and _EDGES_SHARE_LEAST < share < _EDGES_SHARE_MOST
        ):
            place = Placement(layout, float(edges.places[first]), float(edges.places[last]))
            samples = _sampled(row, place)
            likeness = max(_anchored(samples, layout, blur) for blur in _ANCHOR_BLURS)
            if likeness >= ANCHORS_LEAST[layout.symbology]:
                yield replace(place, likeness=likeness)


def best_fit(row: Floats, placement: Placement) -> tuple[tuple[str, float], Fit]:
    """The blur under which the chain of symbols at this place is clearest, and that chain."""
    fits = ((blur, fit(row, placement, blur)) for blur in BLURS)
    return max(fits, key=lambda it: it[1].margin)


def fit(row: Floats, placement: Placement, blur: tuple[str, float]) -> Fit:
    """The best chain of symbols at this place under this blur."""
    samples = _sampled(row, placement)
    rows = placement.layout.rows
    likeness = [_likeness(samples, it, blur, DRIFT) for it in rows]
    drifts, mean = _chain(np.concatenate([it.max(axis=2) for it in likeness]))
    modules, margin, at = "", 1.0, iter(drifts)
    for row_of_slots, alike in zip(rows, likeness, strict=True):
        alphabet = row_of_slots.slot.alphabet
        for each in alike:
            ranked = each[next(at)]
            best = int(ranked.argmax())
            modules += alphabet[best]
            if len(alphabet) > 1:
                margin = min(margin, float(ranked[best] - np.partition(ranked, -2)[-2]))
    return Fit(modules, mean, margin)


def drawn(modules: str) -> Gray:
    """Sharp bars with paper beside them, for an engine to read."""
    row = [255] * 12 + [0 if module == "1" else 255 for module in modules] + [255] * 12
    return np.repeat(np.array([row], np.uint8), 3, axis=1)


@dataclass(frozen=True, slots=True)
class _Edges:
    """Where a row crosses its own middle grey, whether it darkens there, and what lies between.

    ``gaps`` are in pixels: one before each edge, and the one after the last.
    """

    places: NDArray[np.float64]
    darkens: NDArray[np.bool_]
    gaps: NDArray[np.float64]


def _edges(row: Floats) -> _Edges:
    reach = np.ones((1, max(9, len(row) // 5) | 1), np.uint8)
    middle = (cv2.dilate(row[None], reach) + cv2.erode(row[None], reach)) / 2
    above = row - cv2.blur(middle, reach.shape[::-1])[0]
    at = np.nonzero((above[1:] > 0) != (above[:-1] > 0))[0]
    places = at + above[at] / (above[at] - above[at + 1])
    gaps = np.diff(places, prepend=0.0, append=float(len(row)))
    return _Edges(places, above[at] > 0, gaps)


def _ends(edges: _Edges, size: int, margin_px: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Edges where a code may begin and end: near the margins, with much paper before them."""
    near_px = margin_px + _ENDS_SHARE * size
    firsts = np.nonzero(edges.darkens & (edges.places < near_px))[0]
    lasts = np.nonzero(~edges.darkens & (edges.places > size - near_px))[0]
    return (
        firsts[np.argsort(-edges.gaps[firsts])][:ENDS_MOST],
        lasts[np.argsort(-edges.gaps[lasts + 1])][:ENDS_MOST],
    )


def _anchored(samples: Floats, layout: Layout, blur: tuple[str, float]) -> float:
    """How much the bars that do not depend on the text are like those of this layout."""
    anchors = [
        float(_likeness(samples, row, blur, _ANCHOR_DRIFT).max())
        for row in layout.rows
        if len(row.slot.alphabet) <= ANCHOR_SYMBOLS_MOST
    ]
    return sum(anchors) / len(anchors)


def _sampled(row: Floats, placement: Placement) -> Floats:
    """``SAMPLES`` grey levels for each module of a code, and of the paper beside it."""
    modules = placement.layout.modules
    at = (np.arange((modules + 2 * _PAPER) * SAMPLES) + 0.5) / SAMPLES - _PAPER
    places = placement.first_px + at * (placement.last_px - placement.first_px) / modules
    return np.interp(places, np.arange(len(row)), row).astype(np.float32)


def _likeness(samples: Floats, row: Row, blur: tuple[str, float], drift: int) -> Floats:
    """Correlation of a row's slots (first axis), at each drift from its place (second), with each
    symbol (third)."""
    size = row.slot.modules * SAMPLES
    first = (row.begin + _PAPER) * SAMPLES - drift
    windows = sliding_window_view(samples[first : first + row.count * size + 2 * drift], size)
    centred = windows - windows.mean(axis=1, keepdims=True)
    # Even paper correlates with nothing: its noise must not be blown up.
    strength = np.maximum(np.linalg.norm(centred, axis=1), 0.05 * np.ptp(samples) * size**0.5)
    likeness: Floats = centred @ _templates(row.slot, blur).T / (strength[:, None] + 1e-6)
    places: Floats = likeness[size * np.arange(row.count)[:, None] + np.arange(2 * drift + 1)]
    return places


@cache
def _templates(slot: Slot, blur: tuple[str, float]) -> Floats:
    """The symbols of a slot, blurred with what stands beside them; each of mean 0 and length 1."""
    kernel = _kernel(*blur)
    templates = []
    for symbol in slot.alphabet:
        modules = slot.before + symbol + slot.after
        bright = np.repeat([0.0 if module == "1" else 1.0 for module in modules], SAMPLES)
        padded = np.pad(bright, len(kernel), mode="edge")
        blurred = np.convolve(padded, kernel, "same")[len(kernel) : -len(kernel)]
        begin = len(slot.before) * SAMPLES
        template = blurred[begin : begin + len(symbol) * SAMPLES]
        template = template - template.mean()
        templates.append(template / np.linalg.norm(template))
    return np.array(templates, np.float32)


def _kernel(kind: str, width_modules: float) -> NDArray[np.float64]:
    width = width_modules * SAMPLES
    reach = int(np.ceil(3 * width if kind == "gauss" else width / 2 + 1))
    places = np.arange(-reach, reach + 1)
    if kind == "gauss":
        kernel = np.exp(-(places**2) / (2 * width**2))
    else:
        kernel = np.clip(width / 2 + 0.5 - np.abs(places), 0, 1)
    normal: NDArray[np.float64] = kernel / kernel.sum()
    return normal


def _chain(likeness: Floats) -> tuple[Sequence[int], float]:
    """The drift of each slot (rows) for the most likeness in sum, and its mean (Viterbi)."""
    total, steps = likeness[0].copy(), []
    total[: DRIFT - _ANCHOR_DRIFT] = total[DRIFT + _ANCHOR_DRIFT + 1 :] = -np.inf
    costs = np.abs(_STEPS)[:, None] * _STEP_COST
    for slot in likeness[1:]:
        beside = sliding_window_view(np.pad(total, 2, constant_values=-np.inf), len(total))
        choices = beside - costs
        steps.append(_STEPS[choices.argmax(axis=0)])
        total = choices.max(axis=0) + slot
    drifts = [int(total.argmax())]
    for step in reversed(steps):
        drifts.append(drifts[-1] + int(step[drifts[-1]]))
    return drifts[::-1], float(total.max()) / len(likeness)
