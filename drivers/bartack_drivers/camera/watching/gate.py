"""The change gate: whether anything moved under the camera since it was last asked. Pure.

A picture is averaged over cells; a cell has changed when its grey level has by more than eight
levels beyond what a change of light explains: one difference or one factor for the whole picture,
or a factor for each row, because lamps flicker while a shutter rolls down the rows.

Measured: a still scene with noise and 8 % of flicker changes no cell, a bundle ticket 4 to 6 % of
them, a tiny one 1 %.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_drivers.camera.decoding.picture import Gray
from bartack_drivers.camera.watching.places import Place

Cells = NDArray[np.float32]
"""Mean grey levels of the cells of a picture."""

CELLS_ACROSS: Final = 80
LEVELS: Final = 8.0
BRIM_SHARE: Final = 0.03
"""White print is cut off at the brim in more light, so that a cell of it grows less than others."""

SHARE: Final = 0.003
SAME_SHARE: Final = 0.2
"""So many cells of a ticket's place may differ while it still lies there."""

_WHITE: Final = 255.0


def cells_of(gray: Gray) -> Cells:
    """Average a picture, of any size, over cells: 80 of them from left to right."""
    height, width = gray.shape
    across = min(CELLS_ACROSS, width)
    down = max(1, min(height, round(height * across / width)))
    cells = cv2.resize(gray, (across, down), interpolation=cv2.INTER_AREA)
    return cells.astype(np.float32)


def changes(before: Cells, now: Cells) -> NDArray[np.bool_]:
    """The cells that changed otherwise than by the light."""
    difference = now - before
    fewest: NDArray[np.bool_] = np.abs(difference - np.median(difference)) > LEVELS
    if fewest.mean() < SHARE:
        return fewest
    factors = (now + 1.0) / (before + 1.0)
    for factor in (np.median(factors), np.median(factors, axis=1, keepdims=True)):
        # Both ways, because what is white to the brim gets no brighter.
        brighter = np.abs(now - np.minimum(_WHITE, before * factor))
        darker = np.abs(before - np.minimum(_WHITE, now / factor))
        changed = np.minimum(brighter, darker) > LEVELS + BRIM_SHARE * before
        if changed.mean() < fewest.mean():
            fewest = changed
    return fewest


def has_moved(before: Cells, now: Cells) -> bool:
    """Whether two pictures show different scenes."""
    return before.shape != now.shape or bool(changes(before, now).mean() >= SHARE)


def lies_there(before: Cells, now: Cells, place: Place, width: int) -> bool:
    """Whether a place in a picture ``width`` pixels wide looks as it did before."""
    if before.shape != now.shape:
        return False
    scale = now.shape[1] / width
    scaled = Place(place.left * scale, place.top * scale, place.right * scale, place.bottom * scale)
    rows, columns = scaled.within(now.shape[1], now.shape[0])
    changed = changes(before, now)[rows, columns]
    return bool(changed.size) and float(changed.mean()) < SAME_SHARE


class Gate:
    """Remembers the picture it last saw a change in, so that what creeps in is seen, too."""

    def __init__(self) -> None:
        self._reference: Cells | None = None

    def moved(self, cells: Cells) -> bool:
        """Whether this picture shows another scene; True for the first one."""
        if self._reference is not None and not has_moved(self._reference, cells):
            return False
        self._reference = cells
        return True


DARK_LEVELS: Final = 48.0
FLAT_LEVELS: Final = 12.0
_MOST: Final = 99
"""Per cent of the cells that are looked at: a few sensor cells may glow."""


def is_black(cells: Cells) -> bool:
    """Whether the lens is covered or there is no light: dark, and nothing stands out."""
    if cells.mean() >= DARK_LEVELS:
        return False
    least, most = np.percentile(cells, (100 - _MOST, _MOST))
    return bool(most < DARK_LEVELS and most - least < FLAT_LEVELS)
