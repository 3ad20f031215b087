"""The card that is printed: a bundle ticket, flat and sharp, before anything spoils it. Pure.

A ticket carries its text as a bar code (or another symbology), for most stations as a QR code
beside it, and for the eye below. The layout grows with the width of the bar code's module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""Grey levels, rows first."""

Symbology = Literal["code128", "code39", "itf", "ean13", "datamatrix"]

MODULE_PX = 2.5
"""Width of a Code 128 module in the picture at the measured stations."""

QR_MODULE_PX = 4.0

TEXT_MAX_CHARS = 32
"""The longest text whose Code 128 still fits into a picture of 1280 px at ``MODULE_PX``."""

WHITE, INK = 245, 25

_FORMATS = {
    "code128": (zxingcpp.BarcodeFormat.Code128, re.compile(r"[ -~]+"), "printable ASCII"),
    "code39": (zxingcpp.BarcodeFormat.Code39, re.compile(r"[0-9A-Z.$/+% -]+"), "0-9 A-Z -. $/+%"),
    "itf": (zxingcpp.BarcodeFormat.ITF, re.compile(r"(\d\d)+", re.ASCII), "digits, an even number"),
    "ean13": (zxingcpp.BarcodeFormat.EAN13, re.compile(r"\d{13}", re.ASCII), "13 digits"),
    "datamatrix": (zxingcpp.BarcodeFormat.DataMatrix, re.compile(r"[ -~]+"), "printable ASCII"),
}

# The layout in widths of a module: what the measured tickets have at 2.5 px a module.
_MARGIN = 7.2
_BAR_HEIGHT = 29.6
_TEXT_ROOM = 12.0
_LINE_ROOM = 8.0
_BASELINE = 10.0
_INDENT = 2.0
_TEXT_SIZE, _TEXT_STROKE = 0.32, 0.8
_LINE_SIZE, _LINE_STROKE = 0.2, 0.4
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is printed: the text of its codes, lines for the eye, and the main code's symbology.

    Raises ``ValueError`` for a text that the symbology cannot hold.
    """

    text: str
    lines: tuple[str, ...] = ()
    symbology: Symbology = "code128"

    def __post_init__(self) -> None:
        if not 0 < len(self.text) <= TEXT_MAX_CHARS or not self.text.isascii():
            raise ValueError(
                f"ticket text {self.text!r}: 1 to {TEXT_MAX_CHARS} ASCII characters are needed"
            )
        if self.symbology not in get_args(Symbology):
            raise ValueError(
                f"symbology {self.symbology!r}: one of {', '.join(get_args(Symbology))}"
            )
        kind, allowed, words = _FORMATS[self.symbology]
        if not allowed.fullmatch(self.text):
            raise ValueError(f"ticket text {self.text!r}: {self.symbology} needs {words}")
        try:
            zxingcpp.create_barcode(self.text, kind)
        except ValueError as error:  # such as a wrong check digit
            raise ValueError(f"ticket text {self.text!r}: {self.symbology}: {error}") from error


def render_card(
    ticket: Ticket,
    module_px: float = MODULE_PX,
    qr_module_px: float | None = QR_MODULE_PX,
    density: float = 1.0,
) -> Picture:
    """The ticket alone: dark print on white card, as large as in the picture times ``density``.

    ``module_px`` is the width of a module of the main code, ``qr_module_px`` that of the QR code;
    None prints no QR code. Edges fall on whole pixels, so a card for resampling should have a
    whole number of ``module_px * density``.
    """
    unit = module_px * density
    codes = [_main_code(ticket, unit)]
    if qr_module_px is not None:
        codes.append(_square(ticket.text, qr_module_px * density))
    margin = round(_MARGIN * unit)
    room = round((_TEXT_ROOM + _LINE_ROOM * len(ticket.lines)) * unit)
    height = max(codes[0].shape[0] + room, *(code.shape[0] for code in codes)) + 2 * margin
    widths = [code.shape[1] for code in codes]
    widths[0] = max(widths[0], _text_width(ticket, unit))
    card = np.full((height, sum(widths) + margin * (len(codes) + 1)), WHITE, dtype=np.uint8)
    left = margin
    for code, width in zip(codes, widths, strict=True):
        rows, columns = code.shape
        card[margin : margin + rows, left : left + columns] = np.minimum(code, WHITE)
        left += width + margin
    baseline = margin + codes[0].shape[0] + _BASELINE * unit
    where = margin + round(_INDENT * unit)
    _write(card, ticket.text, (where, round(baseline)), _TEXT_SIZE * unit, _TEXT_STROKE * unit)
    for number, line in enumerate(ticket.lines, start=1):
        below = round(baseline + _LINE_ROOM * unit * number)
        _write(card, line, (where, below), _LINE_SIZE * unit, _LINE_STROKE * unit)
    return card


def _main_code(ticket: Ticket, unit: float) -> Picture:
    modules = _modules(zxingcpp.create_barcode(ticket.text, _FORMATS[ticket.symbology][0]))
    if ticket.symbology == "datamatrix":
        return _enlarged(modules, unit, unit)
    middle = modules[modules.shape[0] // 2 :][:1]
    return _enlarged(middle, unit, _BAR_HEIGHT * unit)


def _square(text: str, unit: float) -> Picture:
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return _enlarged(_modules(code), unit, unit)


def _modules(code: zxingcpp.Barcode) -> Picture:
    return np.asarray(code.to_image(scale=1, add_quiet_zones=True), dtype=np.uint8)


def _enlarged(modules: Picture, across: float, down: float) -> Picture:
    rows, columns = modules.shape
    size = (max(1, round(columns * across)), max(1, round(rows * down)))
    return cv2.resize(modules, size, interpolation=cv2.INTER_NEAREST).astype(np.uint8)


def _text_width(ticket: Ticket, unit: float) -> int:
    """How far the writing reaches from the left edge of the code above it."""
    written = [(ticket.text, _TEXT_SIZE, _TEXT_STROKE)]
    written += [(line, _LINE_SIZE, _LINE_STROKE) for line in ticket.lines]
    return round(_INDENT * unit) + max(
        int(cv2.getTextSize(text, _FONT, size * unit, max(1, round(stroke * unit)))[0][0])
        for text, size, stroke in written
    )


def _write(card: Picture, text: str, where: tuple[int, int], size: float, stroke: float) -> None:
    cv2.putText(card, text, where, _FONT, size, INK, max(1, round(stroke)), cv2.LINE_AA)
