"""What happens to a card before it is seen: it wrinkles, and lint lies on it. Pure.

Both work on a card of higher density than the picture; lengths are in px of the picture.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_sim.ticket.card import Picture

_FOLD_PX = 60.0
"""Distance of the bumps of a wrinkled card."""

_BEND_PX = 5.0
"""How far wrinkles of strength 1 shift the print, as a deviation; it grows with the square, as
what a slope takes from a length does."""

_SHADE = 0.2
"""How much the slopes of wrinkles of strength 1 darken or brighten, as a deviation."""

_FIBRE_PX = (40.0, 130.0)
_FIBRE_WIDTH_PX = (0.4, 0.9)
_FIBRE_POINTS = 12
_FIBRE_SHIFT = 4  # polylines take coordinates in 1/16 px


def wrinkled(card: Picture, strength: float, density: float, rng: np.random.Generator) -> Picture:
    """The card bent by smooth bumps, whose slopes catch more or less light."""
    height, width = card.shape
    grid = (
        max(4, math.ceil(height / (_FOLD_PX * density)) + 2),
        max(4, math.ceil(width / (_FOLD_PX * density)) + 2),
    )
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    bend = strength**2 * _BEND_PX * density
    across += bend * _smooth(rng, grid, (width, height))
    down += bend * _smooth(rng, grid, (width, height))
    bent = cv2.remap(card, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shade = 1.0 + strength * _SHADE * _smooth(rng, grid, (width, height))
    return np.clip(bent * shade, 0, 255).astype(np.uint8)


def linted(card: Picture, fibres: int, density: float, rng: np.random.Generator) -> Picture:
    """The card with so many thin curved threads on it, dark and light by turns."""
    littered = card.copy()
    height, width = card.shape
    for number in range(fibres):
        length = rng.uniform(*_FIBRE_PX) * density
        steps = np.full(_FIBRE_POINTS, length / _FIBRE_POINTS)
        heading = rng.uniform(0, 2 * math.pi) + np.cumsum(rng.normal(0.0, 0.25, _FIBRE_POINTS))
        path = np.cumsum(np.stack([steps * np.cos(heading), steps * np.sin(heading)]), axis=1).T
        path += np.array([rng.uniform(0, width), rng.uniform(0, height)]) - path.mean(axis=0)
        points = np.round(path * 2**_FIBRE_SHIFT).astype(np.int32).reshape(-1, 1, 2)
        thickness = max(1, round(rng.uniform(*_FIBRE_WIDTH_PX) * density))
        level = int(rng.integers(20, 70) if number % 2 else rng.integers(190, 240))
        cv2.polylines(littered, [points], False, level, thickness, cv2.LINE_AA, _FIBRE_SHIFT)
    return littered


def _smooth(
    rng: np.random.Generator, grid: tuple[int, int], size: tuple[int, int]
) -> NDArray[np.float32]:
    bumps = rng.standard_normal(grid, dtype=np.float32)
    return cv2.resize(bumps, size, interpolation=cv2.INTER_CUBIC).astype(np.float32)
