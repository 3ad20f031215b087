"""The two engines that read codes along rows and columns of a picture: zxing-cpp and zbar.

Both read nothing of a linear code that is tilted by more than about 15 degrees.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import zxingcpp

from bartack_drivers.camera.decoding.codes import Code, Corners, labels_among
from bartack_drivers.camera.decoding.picture import Gray

try:
    from pyzbar import pyzbar
except ImportError:  # the Python package is a shell around libzbar0, which pip cannot install
    pyzbar = None

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


def zxing(
    gray: Gray, formats: Sequence[str], *, thorough: bool = False, global_threshold: bool = False
) -> list[Code]:
    """What zxing-cpp reads. ``formats`` are names of ``CAMERA_FORMATS``.

    ``thorough`` also turns, scales down and inverts the picture, at about four times the cost;
    ``global_threshold`` tells black from white by one threshold for the whole picture.
    """
    if not formats:
        return []
    binarizer = zxingcpp.Binarizer
    codes = zxingcpp.read_barcodes(
        gray,
        formats=zxingcpp.BarcodeFormats([_ZXING_FORMATS[name] for name in formats]),
        try_rotate=thorough,
        try_downscale=thorough,
        try_invert=thorough,
        binarizer=binarizer.GlobalHistogram if global_threshold else binarizer.LocalAverage,
        text_mode=zxingcpp.TextMode.Plain,
    )
    return labels_among((_zxing_code(code) for code in codes), formats)


def _zxing_code(code: zxingcpp.Barcode) -> Code:
    name = _ZXING_NAMES.get(code.format) or _ZXING_NAMES.get(code.symbology, "")
    text = code.text
    # Plain text of a UPC-E is its GTIN; the label shows the eight digits kept aside.
    if code.format == zxingcpp.BarcodeFormat.UPCE and isinstance(code.extra, dict):
        text = str(code.extra.get("UPCE", text))
    position = code.position
    corners = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    first, second, third, fourth = ((float(corner.x), float(corner.y)) for corner in corners)
    return Code(name, text, (first, second, third, fourth))


def zbar_present() -> bool:
    """Whether the last stage is there, that is, whether libzbar0 is installed."""
    return pyzbar is not None


def zbar(gray: Gray, formats: Sequence[str]) -> list[Code]:
    """What zbar reads of linear codes; nothing where it is not installed."""
    if pyzbar is None:
        return []
    asked = set(formats)
    if asked & {"ean13", "upca"}:
        asked |= {"ean13", "upce"}
    symbols = [pyzbar.ZBarSymbol[zbar] for zbar, name in _ZBAR_NAMES.items() if name in asked]
    if not symbols:
        return []
    codes = pyzbar.decode(gray, symbols=symbols)
    return labels_among(
        (
            Code(_ZBAR_NAMES.get(code.type, ""), code.data.decode("latin-1"), _box(code.rect))
            for code in codes
        ),
        formats,
    )


def _box(rect: tuple[int, int, int, int]) -> Corners:
    left, top, width, height = (float(side) for side in rect)
    right, bottom = left + width, top + height
    return (left, top), (right, top), (right, bottom), (left, bottom)
