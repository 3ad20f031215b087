"""The stages of decoding, each a function from what is in sight to the codes it reads. Pure.

``fast``     zxing-cpp on the picture as it is
``coarse``   places that look like bars, turned upright and averaged into rows that must agree
``fine``     the same, looked for in a larger picture: bars of less than two pixels
``even``     those places once more with their contrast evened out, or by one threshold
``full``     zxing-cpp with rotation, downscaling and inversion
``matrix``   the same on a picture of even contrast, for QR and Data Matrix
``fit``      those places by fitting blurred bars to them
``zbar``     zbar for linear codes, if Debian's libzbar0 is installed
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np

from bartack_drivers.camera.decoding.bars import layouts
from bartack_drivers.camera.decoding.codes import Code, labels_among
from bartack_drivers.camera.decoding.engines import zbar, zxing
from bartack_drivers.camera.decoding.locate import Box, bar_boxes
from bartack_drivers.camera.decoding.picture import Gray
from bartack_drivers.camera.decoding.upright import averaged_rows, margin_px, upright
from bartack_drivers.camera.decoding.vote import agreed, fitted
from bartack_drivers.symbologies import LINEAR_FORMATS

COARSE_PX: Final = 480
FINE_PX: Final = 960
"""Lengths of the picture's longer side at which bars are looked for."""

FINE_SHARE: Final = 0.5
"""Longer codes have bars wide enough for the small picture."""

FITTED_MOST: Final = 2
"""Places that are fitted, strongest first: it costs much and is seldom needed."""


@dataclass(frozen=True)
class Sight:
    """A grey picture and the symbologies to look for in it; what stages share is found once.

    ``formats`` are names of ``CAMERA_FORMATS``.
    """

    gray: Gray
    formats: tuple[str, ...]

    @cached_property
    def linear(self) -> tuple[str, ...]:
        return tuple(name for name in self.formats if name in LINEAR_FORMATS)

    @cached_property
    def matrix(self) -> tuple[str, ...]:
        return tuple(name for name in self.formats if name not in LINEAR_FORMATS)

    @cached_property
    def coarse(self) -> list[Box]:
        return bar_boxes(self.gray, COARSE_PX) if self.linear else []

    @cached_property
    def fine(self) -> list[Box]:
        """What only the larger picture shows: short codes, and no weave of a whole cloth."""
        longest_px = FINE_SHARE * max(self.gray.shape)
        boxes = bar_boxes(self.gray, FINE_PX) if self.linear else []
        return [
            box
            for box in boxes
            if box.along_px < longest_px and not any(box.is_like(other) for other in self.coarse)
        ]

    @property
    def candidates(self) -> list[Box]:
        """Places that look like bars, as far as a stage has looked for them."""
        found = vars(self)
        return [*found.get("coarse", ()), *found.get("fine", ())]


def _located(sight: Sight, boxes: Iterable[Box]) -> list[Code]:
    found = []
    for box in boxes:
        crop = upright(sight.gray, box)
        code = agreed(averaged_rows(crop), sight.linear)
        found += _placed([code] if code else zxing(crop, sight.linear), box)
    return labels_among(found, sight.linear)


def _even(sight: Sight) -> list[Code]:
    found = []
    for box in [*sight.coarse, *sight.fine]:
        crop = upright(sight.gray, box)
        even = _evened(crop)
        code = agreed(averaged_rows(even), sight.linear)
        codes = [code] if code else zxing(even, sight.linear)
        found += _placed(codes or zxing(crop, sight.linear, global_threshold=True), box)
    return labels_among(found, sight.linear)


def _fit(sight: Sight) -> list[Code]:
    kinds = [layout for name in sight.linear for layout in layouts(name)]
    found = []
    for box in (sight.coarse or sight.fine)[:FITTED_MOST] if kinds else ():
        code = fitted(upright(sight.gray, box), margin_px(box), kinds, sight.linear)
        found += _placed([code] if code else [], box)
    return labels_among(found, sight.linear)


def _placed(codes: Sequence[Code], box: Box) -> list[Code]:
    """Codes read in a crop, at their place in the picture."""
    return [replace(code, corners=box.corners()) for code in codes]


def _evened(gray: Gray) -> Gray:
    """With as much contrast in the shade as in the light."""
    equaliser = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8))
    return equaliser.apply(gray).astype(np.uint8, copy=False)


def _matrix(sight: Sight) -> list[Code]:
    return zxing(_evened(sight.gray), sight.matrix, thorough=True) if sight.matrix else []


STAGES: Final = MappingProxyType[str, Callable[[Sight], list[Code]]](
    {
        "fast": lambda sight: zxing(sight.gray, sight.formats),
        "coarse": lambda sight: _located(sight, sight.coarse),
        "fine": lambda sight: _located(sight, sight.fine),
        "even": _even,
        "full": lambda sight: zxing(sight.gray, sight.formats, thorough=True),
        "matrix": _matrix,
        "fit": _fit,
        "zbar": lambda sight: zbar(sight.gray, sight.linear),
    }
)
"""Every stage by its name, in the order in which they pay."""
