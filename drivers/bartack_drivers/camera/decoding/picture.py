"""A picture as grey levels, and the careful way to get one out of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_drivers.base import DriverError
from bartack_drivers.camera import PICTURE_MAX_PIXELS

Gray = NDArray[np.uint8]
"""Rows of grey levels, 0 black to 255 white; ``gray[y, x]``."""

PICTURE_FILE_MAX_BYTES: Final = 64 * 2**20

_PNG: Final = b"\x89PNG\r\n\x1a\n"


class PictureError(DriverError):
    """A file that is not a picture, or not one of a sane size."""


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
        picture = _unpacked(packed) if packed.size else None
    except cv2.error as error:
        limit_mpx = PICTURE_MAX_PIXELS // 10**6
        raise PictureError(
            f"{path}: damaged, or larger than {limit_mpx} megapixels; scale it down"
        ) from error
    if picture is None:
        raise PictureError(f"{path}: not a picture; give a JPEG, PNG, TIFF, BMP or WebP file")
    return picture.astype(np.uint8, copy=False)


def _unpacked(packed: Gray) -> NDArray[Any] | None:
    gray = cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)
    if gray is None or packed[: len(_PNG)].tobytes() != _PNG:
        return gray
    whole = np.asarray(cv2.imdecode(packed, cv2.IMREAD_UNCHANGED))
    if whole.ndim != 3 or whole.shape[2] != 4:
        return gray
    # What shines through is paper.
    opaque = whole[..., 3] / np.float32(255 if whole.dtype == np.uint8 else 65535)
    return np.rint(gray * opaque + 255 * (1 - opaque))
