"""The scene that spoils a ticket's picture by known amounts, and how the camera sees it. Pure.

Sizes are those of the measured stations: 1280x720, 2.5 px a Code 128 module, 4 px a QR module.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_sim.ticket.card import MODULE_PX, QR_MODULE_PX, Picture, Ticket, render_card
from bartack_sim.ticket.damage import linted, wrinkled
from bartack_sim.ticket.optics import defocused, exposed, glare_spot, moved

WIDTH_PX = 1280
HEIGHT_PX = 720
JPEG_QUALITY = 85

_DENSITY = 3.0
"""Samples a pixel side: a pixel of the sensor sums the light of its whole area."""

_GLARE_RADIUS_PX = 55.0

_RANGES = {
    "perspective": (0.0, 0.5),
    "defocus_px": (0.0, 20.0),
    "noise_sigma": (0.0, 128.0),
    "light": (0.0, 2.0),
    "motion_px": (0.0, 60.0),
    "glare": (0.0, 4.0),
    "lint_fibres": (0, 500),
    "wrinkle": (0.0, 4.0),
    "module_px": (0.8, 4.0),
    "qr_module_px": (0.8, 12.0),
    "jpeg_quality": (1, 100),
    "width_px": (160, 4096),
    "height_px": (120, 3072),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """How the picture is spoilt.

    ``tilt_deg`` turns the ticket; ``perspective`` (0 to 0.5) is how much longer its near edge
    looks than its far one, 0.5 being half as long again; ``defocus_px`` is the radius of the blur;
    ``noise_sigma`` the deviation of white noise in grey levels; ``light`` multiplies every grey
    level (1 is good light); ``offset_px`` moves the ticket from the middle of the picture, right
    and down.

    ``motion_px`` is how far everything moved while the shutter was open, in the direction
    ``motion_deg`` (0: along the picture's rows). ``glare`` is the lamp's reflection: a soft spot
    that adds this many times full white at its centre, ``glare_px`` right and down of the
    ticket's. ``lint_fibres`` threads lie on the ticket; ``wrinkle`` bends and shades it (1: by
    about a module). ``pattern_seed`` says which threads and which wrinkles.

    ``module_px`` is the width of a module of the main code, and the size of the ticket grows with
    it; ``qr_module_px`` is that of the QR code, None for a ticket without one.
    """

    tilt_deg: float = 0.0
    perspective: float = 0.0
    defocus_px: float = 0.0
    noise_sigma: float = 2.0
    light: float = 1.0
    offset_px: tuple[float, float] = (0.0, 0.0)
    motion_px: float = 0.0
    motion_deg: float = 0.0
    glare: float = 0.0
    glare_px: tuple[float, float] = (0.0, 0.0)
    lint_fibres: int = 0
    wrinkle: float = 0.0
    pattern_seed: int = 0
    module_px: float = MODULE_PX
    qr_module_px: float | None = QR_MODULE_PX
    jpeg_quality: int = JPEG_QUALITY
    width_px: int = WIDTH_PX
    height_px: int = HEIGHT_PX

    def __post_init__(self) -> None:
        for name, (least, most) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise ValueError(f"{name} {value}: {least} to {most}")
        numbers = (self.tilt_deg, self.motion_deg, *self.offset_px, *self.glare_px)
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError("tilt_deg, motion_deg, offset_px, glare_px: finite numbers are needed")


def render_scene(ticket: Ticket | None, scene: Scene, noise_seed: int) -> Picture:
    """What the camera sees: the ticket on cloth, or the cloth alone."""
    picture = _cloth(scene.width_px, scene.height_px)
    if ticket is not None:
        picture = _laid(picture, ticket, scene)
    if scene.defocus_px > 0:
        picture = defocused(picture, scene.defocus_px)
    if scene.motion_px > 0:
        picture = moved(picture, scene.motion_px, scene.motion_deg)
    glare = None
    if scene.glare > 0:
        centre = _centre(scene)
        where = (centre[0] + scene.glare_px[0], centre[1] + scene.glare_px[1])
        glare = glare_spot(picture.shape, where, scene.glare, _GLARE_RADIUS_PX)
    rng = np.random.default_rng(noise_seed)
    return exposed(picture, scene.light, glare, scene.noise_sigma, rng)


def to_jpeg(picture: Picture, quality: int = JPEG_QUALITY) -> bytes:
    """The picture as the bytes of a JPEG file."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the picture could not be made into a JPEG")
    return bytes(data.tobytes())


def shoot(ticket: Ticket | None, scene: Scene, noise_seed: int) -> bytes:
    """What the camera sends: ``render_scene`` as a JPEG of the scene's quality."""
    return to_jpeg(render_scene(ticket, scene, noise_seed), scene.jpeg_quality)


def in_view(ticket: Ticket, scene: Scene) -> bool:
    """Whether the picture shows the whole ticket."""
    card = render_card(ticket, scene.module_px, scene.qr_module_px)
    corners = _corners((card.shape[1], card.shape[0]), scene)
    limits = (scene.width_px, scene.height_px)
    return bool((corners >= 0).all() and (corners <= limits).all())


@functools.lru_cache(maxsize=4)
def _cloth(width_px: int, height_px: int) -> Picture:
    """Twill: a slow change of light across a fine diagonal weave."""
    down, across = np.mgrid[0:height_px, 0:width_px].astype(np.float32)
    weave = 5.0 * np.sin((down + across) * 0.9) + 3.0 * np.sin((down - across) * 0.35)
    light = 18.0 * np.cos((across - width_px / 2) / width_px * 2.0)
    cloth: Picture = (88.0 + weave + light).astype(np.uint8)
    cloth.flags.writeable = False
    return cloth


def _laid(cloth: Picture, ticket: Ticket, scene: Scene) -> Picture:
    """The ticket on the cloth. Only the part of the picture that it covers is drawn anew."""
    density = max(2, round(scene.module_px * _DENSITY)) / scene.module_px
    card = render_card(ticket, scene.module_px, scene.qr_module_px, density)
    rng = np.random.default_rng(scene.pattern_seed)
    if scene.wrinkle > 0:
        card = wrinkled(card, scene.wrinkle, density, rng)
    if scene.lint_fibres > 0:
        card = linted(card, scene.lint_fibres, density, rng)
    height, width = card.shape
    corners = _corners((width / density, height / density), scene)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 1, 0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    right, bottom = min(right, scene.width_px), min(bottom, scene.height_px)
    if left >= right or top >= bottom:
        return cloth
    fine = round(density)
    # Pixel centres lie at whole numbers for OpenCV, edges half a pixel before them.
    edges = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) - 0.5
    target = ((corners - (left, top)) * fine - 0.5).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(edges, target)
    size = (int(right - left), int(bottom - top))
    fine_size = (size[0] * fine, size[1] * fine)
    laid = cv2.warpPerspective(card, matrix, fine_size, borderMode=cv2.BORDER_REPLICATE)
    laid = cv2.resize(laid, size, interpolation=cv2.INTER_AREA)
    cover = np.zeros((fine_size[1], fine_size[0]), dtype=np.uint8)
    cv2.fillConvexPoly(cover, np.round(target).astype(np.int32), 255)
    share = cv2.resize(cover, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0
    picture = cloth.copy()
    part = picture[top:bottom, left:right]
    part[:] = (part + (laid.astype(np.float32) - part) * share + 0.5).astype(np.uint8)
    return picture


def _centre(scene: Scene) -> tuple[float, float]:
    return (
        scene.width_px / 2 + scene.offset_px[0],
        scene.height_px / 2 + scene.offset_px[1],
    )


def _corners(size: tuple[float, float], scene: Scene) -> NDArray[np.float64]:
    """Where the ticket's corners are in the picture, clockwise from its top left."""
    width, height = size
    shrunk = width / 2 / (1.0 + scene.perspective)
    flat = np.array(
        [
            (-shrunk, -height / 2),
            (shrunk, -height / 2),
            (width / 2, height / 2),
            (-width / 2, height / 2),
        ]
    )
    turn = math.radians(scene.tilt_deg)
    rotation = np.array([(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))])
    corners: NDArray[np.float64] = flat @ rotation + _centre(scene)
    return corners
