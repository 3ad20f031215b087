"""How well one printed code stands in a picture: pixels per module, blur, light, tilt. Pure.

Grey levels are sampled along lines across the bars. An edge is where they change fastest, to a
fraction of a pixel. The module is the width of which all distances between edges of the same kind
(dark to light, or light to dark) are whole multiples: such distances stay true when ink spreads or
the picture is blurred, and do not add up the errors of a view from the side. Where the symbology
allows only some widths, the nearest of them is taken.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_drivers.camera.decoding.codes import Code, Corners
from bartack_drivers.camera.decoding.picture import Gray

Floats = NDArray[np.float64]

STEP_PX: Final = 0.5
"""Grey levels are taken this far apart along a line."""

LINES: Final = 33
"""Lines across a code; three neighbours are averaged against noise."""

LINE_MAX_SAMPLES: Final = 8000

_EDGE_LEAST: Final = 0.15
"""Of the steepest edges' slope: what is flatter is noise or a crease."""

_SMOOTHED_PX: Final = 1.25
"""What smoothing along the line adds to the width of an edge, as a root of squares."""

_BLOWN_LEVEL: Final = 245
_CELL_MODULES: Final = 9
"""Wider than any space inside a code: without dark in so many modules the bars are gone."""

_RESOLVED_PX: Final = 2.0
"""Narrower bars may be lost in their neighbours, and what is left of them looks wider."""

_FIXED_MODULES: Final = {"ean13": 95, "upca": 95, "ean8": 67, "upce": 51}


@dataclass(frozen=True, slots=True)
class Measured:
    """One code, or one place that looks like one.

    ``module_px``: width of the narrowest bar, None where too few edges are seen. ``edge_px``: over
    how many pixels grey goes from dark to light, about 1 in a sharp picture. ``dark``, ``light``:
    grey levels of bars and paper, 0 to 255. ``glare_share``: part of the code, 0 to 1, in which
    light drowns the bars. ``tilt_deg``: how far the code is turned from upright, -180 to 180; bars
    that are not read have no top and are within 90.
    ``text`` and ``symbology`` are empty where it is not read.
    """

    corners: Corners
    symbology: str
    text: str
    module_px: float | None
    edge_px: float | None
    dark: float
    light: float
    glare_share: float
    tilt_deg: float

    @property
    def contrast(self) -> float:
        """Grey levels between bars and paper."""
        return max(0.0, self.light - self.dark)

    @property
    def edge_modules(self) -> float | None:
        """Width of an edge in modules: beyond about 1.2 nothing is read."""
        if self.module_px is None or self.edge_px is None:
            return None
        return self.edge_px / self.module_px


def measure_code(gray: Gray, code: Code) -> Measured:
    """Measure a code that was read, with what its symbology says of its structure."""
    if code.symbology in ("qr", "datamatrix"):
        return _measured_square(gray, code)
    return _measured_bars(gray, code.corners, code.symbology, code.text)


def measure_candidate(gray: Gray, corners: Corners) -> Measured:
    """Measure a place that looks like bars but is not read."""
    return _measured_bars(gray, corners, "", "")


def _measured_bars(gray: Gray, corners: Corners, symbology: str, text: str) -> Measured:
    normal = _across_bars(gray, corners)
    lines, length_px = _lines_across(gray, corners, normal)
    edges = _Edges.of(lines)
    module_px = _module_of(edges)
    if module_px is not None and symbology:
        module_px = _fitted(module_px, edges, length_px, symbology, text)
    return _measured(Code(symbology, text, corners), normal, [lines], [edges], module_px)


def _measured_square(gray: Gray, code: Code) -> Measured:
    quad = np.asarray(code.corners, np.float64)
    across = _lines_within(gray, quad)
    down = _lines_within(gray, quad[[0, 3, 2, 1]])
    edges = [_Edges.of(across), _Edges.of(down)]
    sides_px = [_side_px(quad), _side_px(quad[[0, 3, 2, 1]])]
    modules = []
    for side_px, found in zip(sides_px, edges, strict=True):
        module_px = _module_of(found, square=True)
        if module_px is not None:
            first, step = (21, 4) if code.symbology == "qr" else (8, 2)
            count = first + step * max(0, round((side_px / module_px - first) / step))
            modules.append(side_px / count)
    module_px = min(modules, default=None)
    return _measured(code, quad[1] - quad[0], [across, down], edges, module_px)


def _measured(
    code: Code,
    along: Floats,
    lines: list[Floats],
    edges: list[_Edges],
    module_px: float | None,
) -> Measured:
    # Corners of what is not read may hold the margins and the cloth around them as well.
    inner = [each[:, each.shape[1] // 8 : -each.shape[1] // 8] for each in lines]
    levels = np.concatenate(inner, 1)
    dark, light = (float(level) for level in np.percentile(levels, (12, 88)))
    width_px = _edge_width_px(edges)
    return Measured(
        code.corners,
        code.symbology,
        code.text,
        module_px,
        width_px,
        dark,
        light,
        _glare_share(levels, dark, light, module_px),
        _tilt_deg(along, has_top=bool(code.text)),
    )


def _tilt_deg(along: Floats, *, has_top: bool) -> float:
    tilt_deg = math.degrees(math.atan2(along[1], along[0]))
    return tilt_deg if has_top else (tilt_deg + 90) % 180 - 90


# --- lines ------------------------------------------------------------------------------------


def _across_bars(gray: Gray, corners: Corners) -> Floats:
    """The direction across the bars: that of the strongest changes of grey within the corners.

    Corners of codes read along rows are cut along those rows, however the bars stand.
    """
    quad = np.asarray(corners, np.float64)
    along = quad[1] + quad[2] - quad[0] - quad[3]
    length = float(np.hypot(*along))
    along = along / length if length else np.array([1.0, 0.0])
    least = np.floor(quad.min(0)).astype(int) - 3
    most = np.ceil(quad.max(0)).astype(int) + 4
    left, top = np.maximum(least, 0)
    right, bottom = np.minimum(most, (gray.shape[1], gray.shape[0]))
    part = gray[top:bottom, left:right]
    if part.shape[0] < 5 or part.shape[1] < 5:
        return along
    across = cv2.Sobel(part, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(part, cv2.CV_32F, 0, 1)
    inside = np.zeros(part.shape, np.uint8)
    shape = np.round(quad - (left, top)).astype(np.int32)
    cv2.fillConvexPoly(inside, shape, 1)
    cv2.polylines(inside, [shape], True, 1, 3)  # a code read along one row has no inside
    here = inside > 0
    xx = float(np.square(across[here]).sum())
    yy = float(np.square(down[here]).sum())
    xy = float((across[here] * down[here]).sum())
    if math.hypot(xx - yy, 2 * xy) < 0.3 * (xx + yy) or xx + yy == 0:
        return along
    angle = 0.5 * math.atan2(2 * xy, xx - yy)
    normal = np.array([math.cos(angle), math.sin(angle)])
    return normal if normal @ along >= 0 else -normal


def _lines_across(gray: Gray, corners: Corners, normal: Floats) -> tuple[Floats, float]:
    """Grey levels along lines across the bars, and the code's length in pixels."""
    top_left, top_right, bottom_right, bottom_left = np.asarray(corners, np.float64)
    beside = np.array([-normal[1], normal[0]])
    centre = (top_left + top_right + bottom_right + bottom_left) / 4
    length_px = abs(float((top_right + bottom_right - top_left - bottom_left) @ normal)) / 2
    height_px = abs(float((bottom_left + bottom_right - top_left - top_right) @ beside)) / 2
    reach = length_px / 2 + max(4.0, 0.03 * length_px)
    offsets = np.linspace(-0.35, 0.35, LINES) * max(height_px, 2.0)
    starts = centre - reach * normal + offsets[:, None] * beside
    ends = starts + 2 * reach * normal
    return _sampled(gray, starts, ends), length_px


def _lines_within(gray: Gray, quad: Floats) -> Floats:
    """Grey levels along lines from the left to the right side of a code."""
    parts = np.linspace(0.04, 0.96, LINES // 2)[:, None]
    starts = quad[0] + parts * (quad[3] - quad[0])
    ends = quad[1] + parts * (quad[2] - quad[1])
    more = 0.03 * (ends - starts)
    return _sampled(gray, starts - more, ends + more, together=1)


def _side_px(quad: Floats) -> float:
    return float(np.hypot(*(quad[1] - quad[0])) + np.hypot(*(quad[2] - quad[3]))) / 2


def _sampled(gray: Gray, starts: Floats, ends: Floats, together: int = 3) -> Floats:
    """Rows of grey levels ``STEP_PX`` apart; ``together`` neighbours are averaged into one."""
    length_px = float(np.hypot(*(ends - starts).T).max())
    count = int(min(max(length_px / STEP_PX, 8), LINE_MAX_SAMPLES)) + 1
    parts = np.linspace(0.0, 1.0, count)[None, :]
    x = starts[:, :1] * (1 - parts) + ends[:, :1] * parts
    y = starts[:, 1:] * (1 - parts) + ends[:, 1:] * parts
    levels = cv2.remap(
        gray,
        x.astype(np.float32),
        y.astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float64)
    rows: Floats = levels.reshape(-1, together, count).mean(1)
    return rows


# --- edges ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Edges:
    """Edges of several lines, one after the other.

    ``at_px``: along the line; ``width_px``: over how many pixels grey changes; ``height``: by how
    many levels. ``line`` numbers the line. Rising and falling edges take turns on each line.
    """

    at_px: Floats
    width_px: Floats
    height: Floats
    line: NDArray[np.int64]

    @classmethod
    def of(cls, lines: Floats) -> _Edges:
        kernel = np.array([[1.0, 4.0, 6.0, 4.0, 1.0]]) / 16
        smooth = cv2.filter2D(lines, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        slopes = np.diff(smooth, axis=1)
        least = np.maximum(_EDGE_LEAST * np.percentile(np.abs(slopes), 98, axis=1), 0.5)
        found = [_edges_of(*line) for line in zip(smooth, slopes, least, strict=True)]
        numbers = [np.full(len(each[0]), number) for number, each in enumerate(found)]
        at, width, height = (np.concatenate([each[part] for each in found]) for part in range(3))
        return cls(at * STEP_PX, width * STEP_PX, height, np.concatenate(numbers))

    def apart(self, count: int) -> Floats:
        """Pixels from each edge to the one ``count`` further on its line."""
        together = self.line[count:] == self.line[:-count]
        apart_px: Floats = (self.at_px[count:] - self.at_px[:-count])[together]
        return apart_px


def _edges_of(row: Floats, slope: Floats, least: float) -> tuple[Floats, Floats, Floats]:
    """Positions, widths (both in steps) and heights of one line's edges, none below ``least``."""
    steep = np.abs(slope)
    peaks = np.flatnonzero(
        (steep[1:-1] >= steep[:-2]) & (steep[1:-1] > steep[2:]) & (steep[1:-1] >= least)
    )
    peaks += 1
    kept: list[int] = []
    for peak in peaks.tolist():
        if kept and (slope[peak] > 0) == (slope[kept[-1]] > 0):
            if steep[peak] > steep[kept[-1]]:
                kept[-1] = peak
        else:
            kept.append(peak)
    if len(kept) < 2:
        return np.empty(0), np.empty(0), np.empty(0)
    at = np.asarray(kept)
    before, here, after = steep[at - 1], steep[at], steep[at + 1]
    bend = before - 2 * here + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, 1.0), 0.0)
    between = (at[1:] + at[:-1] + 1) // 2
    levels = np.concatenate(([row[max(0, 2 * at[0] - between[0])]], row[between], [row[-1]]))
    height = np.abs(np.diff(levels))
    return at + 0.5 + shift, height / here, height


def _edge_width_px(found: list[_Edges]) -> float | None:
    """The width of edges that stand free: those of the greatest height are the least hemmed in."""
    height = np.concatenate([each.height for each in found])
    if len(height) < 8:
        return None
    tall = height >= np.percentile(height, 75)
    width = float(np.median(np.concatenate([each.width_px for each in found])[tall]))
    return math.sqrt(max(width**2 - _SMOOTHED_PX**2, 0.25))


# --- module -----------------------------------------------------------------------------------


def _module_of(edges: _Edges, *, square: bool = False) -> float | None:
    """The module from distances between edges alone; None where there are too few.

    ``square``: lines cross modules anywhere, also where two of them meet, which looks narrow.
    """
    narrow, pairs = edges.apart(1), edges.apart(2)
    if len(pairs) < 12:
        return None
    start = float(np.percentile(narrow, 20))
    least = 0.6 if start < _RESOLVED_PX and not square else 0.8
    tried = np.geomspace(least * start, 1.4 * start, 120)
    fit = np.cos(2 * np.pi * pairs[:, None] / tried[None, :]).mean(0)
    best = float(fit.max())
    if best < 0.1:
        return start
    inner = fit[1:-1]
    peaks = np.flatnonzero((inner >= fit[:-2]) & (inner > fit[2:]) & (inner > 0.9 * best))
    return float(tried[peaks.max() + 1 if len(peaks) else fit.argmax()])


def _fitted(module_px: float, edges: _Edges, length_px: float, symbology: str, text: str) -> float:
    """The module that makes a code of this symbology as long as it is seen to be."""
    if symbology in ("code39", "itf"):
        return _two_widths(module_px, edges, length_px, symbology, len(text))
    if symbology in _FIXED_MODULES:
        return length_px / _FIXED_MODULES[symbology]
    if symbology == "code128":
        modules = 13 + 11 * max(3, round((length_px / module_px - 13) / 11))
        return length_px / modules
    return module_px


def _two_widths(
    module_px: float, edges: _Edges, length_px: float, symbology: str, characters: int
) -> float:
    """The narrow width of codes of two widths, whose ratio each printer chooses (2 to 3)."""
    if symbology == "code39":
        narrow, wide = 7 * (characters + 2) - 1, 3 * (characters + 2)
    else:
        narrow, wide = 3 * characters + 6, 2 * characters + 1
    if 1.95 < (length_px / module_px - narrow) / wide < 3.05:
        return module_px
    widths = np.sort(edges.apart(1))
    cut = round(len(widths) * narrow / (narrow + wide))
    ratio = float(np.clip(widths[cut:].mean() / widths[:cut].mean(), 2.0, 3.0))
    return length_px / (narrow + wide * ratio)


# --- light ------------------------------------------------------------------------------------


def _glare_share(levels: Floats, dark: float, light: float, module_px: float | None) -> float:
    """Part of the code in which nothing is dark and something is as light as can be.

    Counted between the outermost bars of each line: the paper around them may be white.
    """
    cell = max(6, round(_CELL_MODULES * (module_px or 2.0) / STEP_PX))
    count = levels.shape[1] // cell
    if count == 0:
        return 0.0
    cells = levels[:, : count * cell].reshape(levels.shape[0], count, cell)
    has_bars = cells.min(2) <= dark + 0.6 * (light - dark)
    before = np.logical_or.accumulate(has_bars, 1)
    behind = np.logical_or.accumulate(has_bars[:, ::-1], 1)[:, ::-1]
    inside = before & behind
    blown = inside & ~has_bars & (cells.max(2) >= _BLOWN_LEVEL)
    return float(blown.sum() / max(1, inside.sum()))
