"""Places in a picture that look like bars, at any angle. Pure.

Bars are a region in which the grey levels change a lot and all in one direction. The picture is
scaled down, the gradients of each cell of eight by eight pixels are summed up to a structure
tensor, and neighbouring cells with strong gradients of one direction make a candidate: a box that
is turned so that its rows run across the bars.

Source of the method: structure tensor, Bigün and Granlund 1987.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_drivers.camera.decoding.codes import Corners
from bartack_drivers.camera.decoding.picture import Gray

Floats = NDArray[np.float32]
Cells = NDArray[np.intp]

CELL_PX: Final = 8
COHERENCE_LEAST: Final = 0.55
"""0: gradients of all directions; 1: of one."""

ENERGY_LEAST: Final = 100.0
"""Mean square of the Sobel gradient in a cell; cloth and paper stay below."""

CELLS_LEAST: Final = 5
CANDIDATES_MOST: Final = 4
SEEDS_MOST: Final = 12
"""Cells from which a region is grown, the most promising first."""

_PROMISE_SHARE: Final = 0.08
"""Seeds that promise less than so of the first are not tried."""

_ALIKE_COS: Final = math.cos(2 * math.radians(14))
"""Cells whose gradients differ by less than 14 degrees belong together."""

_WEAK_SHARE: Final = 0.04
"""A cell with less energy than so of the seed's is shade or paper, not bars."""

_TAIL_SHARE: Final = 0.3
"""Along the code: a line of cells with less than so of the fullest one's is beside it."""

_STRAY_SHARE: Final = 0.5
"""The same across it, where text stands above and below."""

_GAP_LINES: Final = 2
"""So many lines of cells without bars are paper between two codes."""

_ALIKE_SHARE: Final = 0.15
_ALIKE_SINE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Box:
    """A turned rectangle in the picture, in its pixels.

    ``angle`` in radians is the direction in which a reader crosses the bars, ``along_px`` the
    length in that direction, ``across_px`` the height of the bars. ``fan`` in radians a pixel is
    how much more the bars lean with each pixel along: seen aslant, they run apart.
    """

    centre_x: float
    centre_y: float
    along_px: float
    across_px: float
    angle: float
    fan: float = 0.0

    def corners(self) -> Corners:
        cos, sin = math.cos(self.angle), math.sin(self.angle)

        def corner(along: float, across: float) -> tuple[float, float]:
            v = across * self.across_px / 2
            u = along * self.along_px / 2 * (1 + self.fan * v)
            return self.centre_x + u * cos - v * sin, self.centre_y + u * sin + v * cos

        return corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)

    def is_like(self, other: Box) -> bool:
        """Whether both show about the same bars, so that one of them is enough to look at."""
        apart_px = math.hypot(self.centre_x - other.centre_x, self.centre_y - other.centre_y)
        turned = abs(math.sin(self.angle - other.angle))
        longer = abs(self.along_px - other.along_px)
        return max(apart_px, longer) < _ALIKE_SHARE * self.along_px and turned < _ALIKE_SINE


def bar_boxes(gray: Gray, side_px: int) -> list[Box]:
    """Candidates in ``gray``, strongest first, looked for with its longer side at ``side_px``, or
    up to twice that: a picture is scaled down by whole numbers, which is many times faster."""
    ratio = max(gray.shape) / side_px
    scale = float(int(ratio)) if ratio >= 2 else max(1.0, ratio)
    cells_down, cells_across = (int(side / scale) // CELL_PX for side in gray.shape)
    if min(cells_down, cells_across) < 2:
        return []
    size = (cells_across * CELL_PX, cells_down * CELL_PX)
    whole = gray[: round(size[1] * scale), : round(size[0] * scale)]
    method = cv2.INTER_AREA if ratio >= 2 else cv2.INTER_LINEAR
    small = cv2.resize(whole, size, interpolation=method) if scale > 1 else whole
    directions = _directions(small.astype(np.uint8, copy=False), (cells_across, cells_down))
    boxes = [box for region in _regions(directions) for box in _boxes(region, CELL_PX * scale)]
    return boxes[:CANDIDATES_MOST]


@dataclass(frozen=True, slots=True)
class _Directions:
    """The direction of the gradients in each cell, at twice its angle: a gradient and its opposite
    are the same. The vector (``cos``, ``sin``) is as long as the cell is of one direction."""

    cos: Floats
    sin: Floats
    coherence: Floats
    energy: Floats


@dataclass(frozen=True, slots=True)
class _Region:
    """Cells, the direction of the whole, and how fast it turns with the place along it."""

    rows: Cells
    columns: Cells
    angle: float
    middle: float
    fan: float


def _directions(small: Gray, cells: tuple[int, int]) -> _Directions:
    """From the structure tensor of each cell: mean squares and mean product of both gradients.

    Every second gradient of every second row is enough.
    """
    across, down = (
        gradient[::2, ::2].astype(np.float32)
        for gradient in cv2.spatialGradient(np.ascontiguousarray(small))
    )
    products = (cv2.multiply(across, across), cv2.multiply(down, down), cv2.multiply(across, down))
    xx, yy, xy = (cv2.resize(it, cells, interpolation=cv2.INTER_AREA) for it in products)
    energy = xx + yy
    cos, sin = (xx - yy) / (energy + 1), 2 * xy / (energy + 1)
    return _Directions(cos, sin, np.hypot(cos, sin), energy)


def _regions(directions: _Directions) -> list[_Region]:
    """Groups of touching cells with strong gradients of one direction, strongest first."""
    energy = directions.energy
    strong = (energy > ENERGY_LEAST) & (directions.coherence > COHERENCE_LEAST)
    # Around a good seed the directions agree, and so their vectors add up.
    near_cos, near_sin = (
        cv2.boxFilter(np.where(strong, it * energy, 0), -1, (5, 5), normalize=False)
        for it in (directions.cos, directions.sin)
    )
    promise = np.where(strong, np.hypot(near_cos, near_sin), 0)
    least = _PROMISE_SHARE * float(promise.max(initial=0))
    found: list[tuple[float, _Region]] = []
    for _ in range(SEEDS_MOST):
        seed = np.unravel_index(int(promise.argmax()), promise.shape)
        if promise[seed] <= least or len(found) == CANDIDATES_MOST:
            break
        angle = 0.5 * math.atan2(near_sin[seed], near_cos[seed])
        region = _Region(np.array(seed[:1]), np.array(seed[1:]), angle, 0.0, 0.0)
        region = _grown(directions, promise > 0, region, seed)
        if len(region.rows) >= CELLS_LEAST:
            # Grown a second time it follows bars that run apart.
            region = _grown(directions, promise > 0, region, seed)
        promise[region.rows, region.columns] = 0
        promise[seed] = 0
        if len(region.rows) >= CELLS_LEAST:
            found.append((float(energy[region.rows, region.columns].sum()), region))
    found.sort(key=lambda it: -it[0])
    return [region for _, region in found]


def _grown(
    directions: _Directions, strong: NDArray[np.bool_], region: _Region, seed: tuple[np.intp, ...]
) -> _Region:
    """The strong cells around ``seed`` whose direction is what ``region`` lets expect there."""
    rows, columns = np.nonzero(strong)
    cos, sin, energy = (
        it[rows, columns] for it in (directions.cos, directions.sin, directions.energy)
    )
    along = columns * math.cos(region.angle) + rows * math.sin(region.angle)
    expected = 2 * (region.angle + region.fan * (along - region.middle))
    toward = cos * np.cos(expected) + sin * np.sin(expected)
    alike = (toward > directions.coherence[rows, columns] * _ALIKE_COS) & (
        energy > _WEAK_SHARE * directions.energy[seed]
    )
    cells = np.zeros(strong.shape, np.uint8)
    cells[rows[alike], columns[alike]] = 1
    if not cells[seed]:
        return region
    # A cell of bars so fine that they show no direction does not cut a code in two.
    is_level = abs(math.cos(region.angle)) > abs(math.sin(region.angle))
    beside = np.ones((1, 3) if is_level else (3, 1), np.uint8)
    _, labels = cv2.connectedComponents(cv2.dilate(cells, beside), connectivity=8)
    chosen = alike & (labels[rows, columns] == labels[seed])
    return _measured(rows[chosen], columns[chosen], cos[chosen], sin[chosen], energy[chosen])


def _measured(rows: Cells, columns: Cells, cos: Floats, sin: Floats, weight: Floats) -> _Region:
    """The direction of these cells, and how it turns: bars that are seen aslant run apart."""
    angle = 0.5 * math.atan2(float((sin * weight).sum()), float((cos * weight).sum()))
    lean = 0.5 * np.arctan2(
        sin * math.cos(2 * angle) - cos * math.sin(2 * angle),
        cos * math.cos(2 * angle) + sin * math.sin(2 * angle),
    )
    along = columns * math.cos(angle) + rows * math.sin(angle)
    middle = float(along.mean())
    spread = along - middle
    fan = float((lean * spread).sum()) / max(1.0, float((spread * spread).sum()))
    return _Region(rows, columns, angle, middle, fan)


def _boxes(region: _Region, cell_px: float) -> Iterator[Box]:
    """Turned rectangles around a region, in pixels of the whole picture.

    There are several where paper cuts the region across: codes that stand side by side.
    """
    cos, sin = math.cos(region.angle), math.sin(region.angle)
    along = region.columns * cos + region.rows * sin
    across = region.rows * cos - region.columns * sin
    for left, right in _runs(along, _TAIL_SHARE):
        inside = (along > left - 1) & (along < right + 1)
        if inside.sum() < CELLS_LEAST:
            continue
        top, bottom = max(_runs(across[inside], _STRAY_SHARE), key=lambda run: run[1] - run[0])
        u, v = (left + right) / 2, (top + bottom) / 2
        # The middle of cell 0 lies half a cell from the edge.
        yield Box(
            (u * cos - v * sin + 0.5) * cell_px,
            (u * sin + v * cos + 0.5) * cell_px,
            (right - left + 1.0) * cell_px,
            (bottom - top + 1.0) * cell_px,
            region.angle + region.fan * (u - region.middle),
            -region.fan / cell_px,
        )


def _runs(places: NDArray[np.float64], share: float) -> list[tuple[float, float]]:
    """From where to where lines of cells have ``share`` of the cells of the fullest line: without
    the thin tail of an edge, or of text, nearby. Longest first."""
    lines = np.round(places).astype(np.intp)
    first = int(lines.min())
    counts = np.bincount(lines - first)
    filled = np.nonzero(counts >= share * counts.max())[0] + first
    runs = np.split(filled, np.nonzero(np.diff(filled) > _GAP_LINES)[0] + 1)
    runs.sort(key=len, reverse=True)
    return [(float(run[0]), float(run[-1])) for run in runs]
