"""What lens, lamp and sensor do to a picture: defocus, motion, light, glare, noise. Pure."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_sim.ticket.card import Picture

_SAMPLES_PER_PX = 8


def defocused(picture: Picture, radius_px: float) -> Picture:
    """Blurred as by a lens out of focus: each point becomes a disc of this radius."""
    return _filtered(picture, _disc(radius_px))


def moved(picture: Picture, length_px: float, direction_deg: float) -> Picture:
    """Blurred as by a straight movement of this length while the shutter was open.

    0 degrees is along the picture's rows, 90 along its columns.
    """
    return _filtered(picture, _streak(length_px, direction_deg))


def exposed(
    picture: Picture,
    light: float,
    glare: NDArray[np.float32] | None,
    noise_sigma: float,
    rng: np.random.Generator,
) -> Picture:
    """The sensor's grey levels: light times the picture, glare and white noise added, cut off."""
    levels = picture.astype(np.float32)
    levels *= light
    if glare is not None:
        levels += glare
    if noise_sigma > 0.0:
        levels += rng.standard_normal(picture.shape, dtype=np.float32) * noise_sigma
    return np.clip(levels, 0, 255, out=levels).astype(np.uint8)


def glare_spot(
    shape: tuple[int, int], centre: tuple[float, float], strength: float, radius_px: float
) -> NDArray[np.float32]:
    """Grey levels that a lamp's reflection adds: ``strength`` times 255 at its centre (x, y)."""
    down = np.arange(shape[0], dtype=np.float32) - centre[1]
    across = np.arange(shape[1], dtype=np.float32) - centre[0]
    fall_down = np.exp(-0.5 * (down / radius_px) ** 2)
    fall_across = np.exp(-0.5 * (across / radius_px) ** 2)
    spot: NDArray[np.float32] = np.outer(strength * 255.0 * fall_down, fall_across)
    return spot.astype(np.float32)


def _filtered(picture: Picture, kernel: NDArray[np.float32]) -> Picture:
    blurred = cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return blurred.astype(np.uint8)


def _disc(radius_px: float) -> NDArray[np.float32]:
    reach = math.ceil(radius_px)
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius_px + 0.5 - np.hypot(down, across), 0.0, 1.0)
    normal: NDArray[np.float32] = (disc / disc.sum()).astype(np.float32)
    return normal


def _streak(length_px: float, direction_deg: float) -> NDArray[np.float32]:
    """Points along the way, each shared out among the four pixels around it."""
    count = max(2, math.ceil(length_px * _SAMPLES_PER_PX))
    way = (np.arange(count) + 0.5) / count * length_px - length_px / 2
    turn = math.radians(direction_deg)
    across, down = way * math.cos(turn), way * math.sin(turn)
    reach = math.ceil(length_px / 2) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    column, row = np.floor(across).astype(int), np.floor(down).astype(int)
    right, below = across - column, down - row
    for step_down, share_down in ((0, 1 - below), (1, below)):
        for step_across, share_across in ((0, 1 - right), (1, right)):
            where = (row + step_down + reach, column + step_across + reach)
            np.add.at(kernel, where, share_down * share_across)
    normal: NDArray[np.float32] = (kernel / kernel.sum()).astype(np.float32)
    return normal
