"""From a grey picture to the bar codes in it, cheapest way first.

1. zxing-cpp on the picture as it is;
2. where that finds nothing, zxing-cpp with rotation, downscaling and inversion, at about four
   times the cost;
3. where that finds nothing, zbar for linear codes, if Debian's libzbar0 is installed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from bartack_drivers.base import VALUE_MAX_CHARS, DriverError, Read
from bartack_drivers.camera import PICTURE_MAX_PIXELS

try:
    from pyzbar import pyzbar
except ImportError:  # the Python package is a shell around libzbar0, which pip cannot install
    pyzbar = None

Gray = NDArray[np.uint8]
Found = tuple[str, str]
"""Symbology and text."""

PICTURE_FILE_MAX_BYTES: Final = 64 * 2**20

ITF_MIN_DIGITS: Final = 6
ITF_MIN_DIGITS_THOROUGH: Final = 8
"""Part of a longer ITF label passes for a short one (``1334`` out of ``2167361334``), the more so
the harder one looks."""

_ZXING_FORMATS: Final = MappingProxyType(
    {
        "code128": zxingcpp.BarcodeFormat.Code128,
        "code39": zxingcpp.BarcodeFormat.Code39,
        "itf": zxingcpp.BarcodeFormat.ITF,
        "ean13": zxingcpp.BarcodeFormat.EAN13,
        "ean8": zxingcpp.BarcodeFormat.EAN8,
        "upca": zxingcpp.BarcodeFormat.UPCA,
        "upce": zxingcpp.BarcodeFormat.UPCE,
        "qr": zxingcpp.BarcodeFormat.QRCode,
        "datamatrix": zxingcpp.BarcodeFormat.DataMatrix,
    }
)
_ZXING_NAMES: Final = MappingProxyType({member: name for name, member in _ZXING_FORMATS.items()})

# ITF is left out: zbar finds six-digit ones in the bars of EAN codes. EAN-13 stands for UPC-A,
# which zbar does not look for alone, and gives a UPC-E as one unless it may look for both.
_ZBAR_NAMES: Final = MappingProxyType(
    {"CODE128": "code128", "CODE39": "code39", "EAN13": "ean13", "EAN8": "ean8", "UPCE": "upce"}
)


class PictureError(DriverError):
    """A file that is not a picture, or not one of a sane size."""


def zbar_present() -> bool:
    """Whether the last stage is there, that is, whether libzbar0 is installed."""
    return pyzbar is not None


def load_gray(path: Path) -> Gray:
    """Load a picture file as grey levels, turned upright as its EXIF says.

    Raises ``PictureError``, which names the file, for anything but a picture of a sane size.
    """
    try:
        if path.stat().st_size > PICTURE_FILE_MAX_BYTES:
            limit_mb = PICTURE_FILE_MAX_BYTES // 2**20
            raise PictureError(f"{path}: larger than {limit_mb} MB; give a photo of one ticket")
        packed = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise PictureError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        picture = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE) if packed.size else None
    except cv2.error as error:
        limit_mpx = PICTURE_MAX_PIXELS // 10**6
        raise PictureError(
            f"{path}: damaged, or larger than {limit_mpx} megapixels; scale it down"
        ) from error
    if picture is None:
        raise PictureError(f"{path}: not a picture; give a JPEG, PNG, TIFF, BMP or WebP file")
    return picture.astype(np.uint8, copy=False)


def decode_image(
    gray: Gray, formats: Sequence[str], now_s: float, *, thorough: bool = True
) -> list[Read]:
    """Read the bar codes of the given symbologies in a grey picture.

    ``formats`` are names of ``CAMERA_FORMATS``. ``now_s`` stamps the reads. Without ``thorough``
    only the first, cheap stage runs. Each code is reported once, however often it is in view.
    """
    found = _zxing(gray, formats, thorough=False)
    if not found and thorough:
        found = _zxing(gray, formats, thorough=True) or _zbar(gray, formats)
    return [
        Read("barcode", text, now_s, symbology=symbology)
        for symbology, text in dict.fromkeys(found)
    ]


def _zxing(gray: Gray, formats: Sequence[str], *, thorough: bool) -> list[Found]:
    codes = zxingcpp.read_barcodes(
        gray,
        formats=zxingcpp.BarcodeFormats([_ZXING_FORMATS[name] for name in formats]),
        try_rotate=thorough,
        try_downscale=thorough,
        try_invert=thorough,
        text_mode=zxingcpp.TextMode.Plain,
    )
    itf_min_digits = ITF_MIN_DIGITS_THOROUGH if thorough else ITF_MIN_DIGITS
    found = _wanted(((_zxing_name(code), _zxing_text(code)) for code in codes), formats)
    return [(name, text) for name, text in found if name != "itf" or len(text) >= itf_min_digits]


def _zxing_name(code: zxingcpp.Barcode) -> str:
    return _ZXING_NAMES.get(code.format) or _ZXING_NAMES.get(code.symbology, "")


def _zxing_text(code: zxingcpp.Barcode) -> str:
    # Plain text of a UPC-E is its GTIN; the label shows the eight digits kept aside.
    if code.format == zxingcpp.BarcodeFormat.UPCE and isinstance(code.extra, dict):
        return str(code.extra.get("UPCE", code.text))
    return code.text


def _zbar(gray: Gray, formats: Sequence[str]) -> list[Found]:
    if pyzbar is None:
        return []
    asked = set(formats)
    if asked & {"ean13", "upca"}:
        asked |= {"ean13", "upce"}
    symbols = [pyzbar.ZBarSymbol[zbar] for zbar, name in _ZBAR_NAMES.items() if name in asked]
    if not symbols:
        return []
    codes = pyzbar.decode(gray, symbols=symbols)
    return _wanted(
        ((_ZBAR_NAMES.get(code.type, ""), code.data.decode("latin-1")) for code in codes), formats
    )


def _wanted(found: Iterable[Found], formats: Sequence[str]) -> list[Found]:
    settled = (_settled(symbology, text, formats) for symbology, text in found)
    return [(name, text) for name, text in settled if name in formats and _is_label(text)]


def _settled(symbology: str, text: str, formats: Sequence[str]) -> Found:
    """A UPC-A is an EAN-13 that begins with 0: name it as the one that was asked for."""
    is_upca = symbology in ("ean13", "upca") and len(text) == 13 and text.startswith("0")
    if is_upca and "upca" in formats:
        return "upca", text[1:]
    return ("ean13", text) if symbology == "upca" else (symbology, text)


def _is_label(text: str) -> bool:
    """Whether a text has something to see, and no more than a label has."""
    return len(text) <= VALUE_MAX_CHARS and any(
        not character.isspace() and unicodedata.category(character) != "Cc" for character in text
    )
