"""Pictures of bundle tickets as a camera over a sewing table sees them. Pure.

A ticket carries its text three times: as Code 128, as a QR code beside it, and for the eye. The
scene puts it on cloth and spoils the picture by known amounts. Sizes are those of the measured
stations: 1280x720, 2.5 px a Code 128 module, 4 px a QR module.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

WIDTH_PX = 1280
HEIGHT_PX = 720
TEXT_MAX_CHARS = 32
"""The longest text whose Code 128 still fits into the picture."""

_SUPERSAMPLED = 2
_BAR_MODULE_PX = 5
_QR_MODULE_PX = 8
_BAR_HEIGHT_PX = 150
_MARGIN_PX = 36


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is printed: the text of both codes, and lines for the eye below them."""

    text: str
    lines: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < len(self.text) <= TEXT_MAX_CHARS or not self.text.isascii():
            raise ValueError(
                f"ticket text {self.text!r}: 1 to {TEXT_MAX_CHARS} ASCII characters are needed"
            )


@dataclass(frozen=True, slots=True)
class Scene:
    """How the picture is spoilt.

    ``tilt_deg`` turns the ticket; ``perspective`` (0 to 0.5) is how much its far edge shrinks;
    ``defocus_px`` is the radius of the blur; ``noise_sigma`` the deviation of white noise in grey
    levels; ``light`` multiplies every grey level (1 is good light); ``offset_px`` moves the ticket.
    """

    tilt_deg: float = 0.0
    perspective: float = 0.0
    defocus_px: float = 0.0
    noise_sigma: float = 2.0
    light: float = 1.0
    offset_px: tuple[int, int] = (0, 0)

    def __post_init__(self) -> None:
        if not 0.0 <= self.perspective <= 0.5:
            raise ValueError(f"perspective {self.perspective}: 0 to 0.5")
        if not 0.0 <= self.defocus_px <= 20.0:
            raise ValueError(f"defocus_px {self.defocus_px}: 0 to 20")
        if not 0.0 <= self.noise_sigma <= 128.0:
            raise ValueError(f"noise_sigma {self.noise_sigma}: 0 to 128")
        if not 0.0 <= self.light <= 2.0:
            raise ValueError(f"light {self.light}: 0 to 2")


def render_card(ticket: Ticket) -> Picture:
    """The ticket alone, flat and sharp: dark print on white card."""
    bars = _bars(ticket.text)
    square = _square(ticket.text)
    inner_height = max(bars.shape[0] + 60 + 40 * len(ticket.lines), square.shape[0])
    height = inner_height + 2 * _MARGIN_PX
    width = bars.shape[1] + square.shape[1] + 3 * _MARGIN_PX
    card = np.full((height, width), 245, dtype=np.uint8)
    _paste(card, bars, _MARGIN_PX, _MARGIN_PX)
    _paste(card, square, _MARGIN_PX, bars.shape[1] + 2 * _MARGIN_PX)
    baseline = _MARGIN_PX + bars.shape[0] + 50
    _write(card, ticket.text, baseline, 1.6, 4)
    for number, line in enumerate(ticket.lines, start=1):
        _write(card, line, baseline + 40 * number, 1.0, 2)
    half = (width // _SUPERSAMPLED, height // _SUPERSAMPLED)
    return _grey(cv2.resize(card, half, interpolation=cv2.INTER_AREA))


def render_scene(ticket: Ticket | None, scene: Scene, noise_seed: int) -> Picture:
    """What the camera sees: the ticket on cloth, or the cloth alone."""
    picture = _cloth()
    if ticket is not None:
        picture = _lay(picture, render_card(ticket), scene)
    if scene.defocus_px > 0:
        picture = _grey(cv2.filter2D(picture, -1, _disc(scene.defocus_px)))
    grains = np.random.default_rng(noise_seed).standard_normal(picture.shape, dtype=np.float32)
    spoilt = picture.astype(np.float32) * scene.light + grains * scene.noise_sigma
    return _grey(np.clip(spoilt, 0, 255))


def to_jpeg(picture: Picture, quality: int = 85) -> bytes:
    """The picture as the bytes of a JPEG file."""
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the picture could not be made into a JPEG")
    return bytes(data.tobytes())


def _bars(text: str) -> Picture:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    modules = np.asarray(code.to_image(scale=1, add_quiet_zones=True), dtype=np.uint8)
    row = np.repeat(modules[modules.shape[0] // 2], _BAR_MODULE_PX)
    return np.tile(row, (_BAR_HEIGHT_PX, 1))


def _square(text: str) -> Picture:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    image = code.to_image(scale=_QR_MODULE_PX, add_quiet_zones=True)
    return np.asarray(image, dtype=np.uint8)


def _paste(card: Picture, part: Picture, top: int, left: int) -> None:
    height, width = part.shape
    card[top : top + height, left : left + width] = np.minimum(part, 245)


def _write(card: Picture, text: str, baseline: int, size: float, thickness: int) -> None:
    where = (_MARGIN_PX + 10, baseline)
    cv2.putText(card, text, where, cv2.FONT_HERSHEY_SIMPLEX, size, 25, thickness, cv2.LINE_AA)


def _cloth() -> Picture:
    """Twill: a slow change of light across a fine diagonal weave."""
    down, across = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX].astype(np.float32)
    weave = 5.0 * np.sin((down + across) * 0.9) + 3.0 * np.sin((down - across) * 0.35)
    light = 18.0 * np.cos((across - WIDTH_PX / 2) / WIDTH_PX * 2.0)
    return _grey(88.0 + weave + light)


def _lay(picture: Picture, card: Picture, scene: Scene) -> Picture:
    height, width = card.shape
    shrunk = width / 2 * (1.0 - scene.perspective)
    corners = np.array(
        [
            (-shrunk, -height / 2),
            (shrunk, -height / 2),
            (width / 2, height / 2),
            (-width / 2, height / 2),
        ],
        dtype=np.float32,
    )
    turn = math.radians(scene.tilt_deg)
    rotation = np.array(
        [(math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))], dtype=np.float32
    )
    centre = (WIDTH_PX / 2 + scene.offset_px[0], HEIGHT_PX / 2 + scene.offset_px[1])
    target = (corners @ rotation + np.array(centre, dtype=np.float32)).astype(np.float32)
    edges = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(edges, target)
    size = (WIDTH_PX, HEIGHT_PX)
    laid = cv2.warpPerspective(card, matrix, size, flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(np.full_like(card, 255), matrix, size, flags=cv2.INTER_LINEAR)
    return _grey(np.where(mask > 127, laid, picture))


def _disc(radius_px: float) -> NDArray[np.float32]:
    reach = math.ceil(radius_px)
    down, across = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius_px + 0.5 - np.hypot(down, across), 0.0, 1.0).astype(np.float32)
    normal: NDArray[np.float32] = disc / disc.sum()
    return normal


def _grey(picture: NDArray[np.generic]) -> Picture:
    return picture.astype(np.uint8)
