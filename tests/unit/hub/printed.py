"""Labels as they come out of a printer: pages of a PDF as pictures, and what a camera reads."""

from __future__ import annotations

import numpy as np
import pypdfium2
from numpy.typing import NDArray

from bartack_drivers.camera.decoding.pipeline import look
from bartack_hub.tickets.labels import Field, Label
from bartack_hub.tickets.settings import TicketsFile

Picture = NDArray[np.uint8]
FORMATS = ("code128", "qr")

CAMERA_DPI = 150
"""Two pixels for a bar of 0.339 mm: the least that a camera should have."""


def pages(pdf: bytes, dpi: int = CAMERA_DPI) -> list[Picture]:
    """Every page of a PDF in grey levels."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        bitmaps = (page.render(scale=dpi / 72, grayscale=True) for page in document)
        return [np.array(bitmap.to_numpy(), np.uint8) for bitmap in bitmaps]
    finally:
        document.close()


def cut(page: Picture, settings: TicketsFile, place: int, dpi: int = CAMERA_DPI) -> Picture:
    """One label of a page, cut out along its edge."""
    left_mm, top_mm = settings.places_mm[place]
    left, top = pixels(left_mm, dpi), pixels(top_mm, dpi)
    bottom, right = (
        pixels(top_mm + settings.height_mm, dpi),
        pixels(left_mm + settings.width_mm, dpi),
    )
    return np.ascontiguousarray(page[top:bottom, left:right])


def masked(label: Picture, keep: str, qr_mm: float, dpi: int = CAMERA_DPI) -> Picture:
    """A label with only its bars or only its QR code left: the other is painted white."""
    picture = label.copy()
    edge = picture.shape[1] - pixels(qr_mm, dpi)
    if keep == "code128":
        picture[:, edge:] = 255
    else:
        picture[:, :edge] = 255
    return picture


def read(picture: Picture) -> list[tuple[str, str]]:
    """Symbology and text of what the camera path reads."""
    return [(code.symbology, code.text) for code in look(picture, FORMATS).codes]


def pixels(length_mm: float, dpi: int) -> int:
    return round(length_mm / 25.4 * dpi)


def label(text: str, *values: str) -> Label:
    """A label whose text is taken as it is, with one line for each value."""
    lines = tuple((Field("name", "", value),) for value in values)
    return Label("badge", text, text, lines)
