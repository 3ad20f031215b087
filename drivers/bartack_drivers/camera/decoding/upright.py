"""From a place that looks like bars to rows across them: turned upright and averaged. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from bartack_drivers.camera.decoding.locate import Box
from bartack_drivers.camera.decoding.picture import Gray

ROWS: Final = 6
"""Rows of one crop. Averaging takes noise and lint away; several rows can be compared."""

ENLARGED_BELOW_PX: Final = 500
"""A code shorter than this may have bars narrower than two pixels: it is drawn twice as large."""

HEIGHT_MOST_PX: Final = 16 * ROWS
"""Tall bars are drawn shorter: more rows to average make little difference."""

_MARGIN_SHARE: Final = 0.08
_MARGIN_PX: Final = 24
_HEIGHT_SHARE: Final = 0.9


def upright(gray: Gray, box: Box) -> Gray:
    """The part of ``gray`` in ``box``, turned so that its bars stand, with the paper beside it."""
    scale = _scale(box)
    width = box.along_px * scale + 2 * margin_px(box)
    across = box.across_px * _HEIGHT_SHARE
    margins = replace(box, along_px=width / scale, across_px=across).corners()
    size = (round(width), round(min(HEIGHT_MOST_PX, max(ROWS, across * scale))))
    edges = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
    crop = cv2.warpPerspective(
        gray,
        cv2.getPerspectiveTransform(edges, np.array(margins, np.float32)),
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return crop.astype(np.uint8, copy=False)


def margin_px(box: Box) -> float:
    """How much stands on either side of the box in what ``upright`` gives."""
    return (box.along_px * _MARGIN_SHARE + _MARGIN_PX) * _scale(box)


def _scale(box: Box) -> float:
    return 2.0 if box.along_px < ENLARGED_BELOW_PX else 1.0


def averaged_rows(crop: Gray) -> Gray:
    """``ROWS`` rows of the crop, each the mean of one band of it."""
    rows = cv2.resize(crop, (crop.shape[1], ROWS), interpolation=cv2.INTER_AREA)
    return rows.astype(np.uint8, copy=False)
