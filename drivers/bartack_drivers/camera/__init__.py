"""Reading bar codes in pictures of a camera.

Importing this package raises ``MissingExtra`` where OpenCV or zxing-cpp is not installed. OpenCV
takes its limits from the environment while it is imported, so they are set here, before it is.
"""

import os
from typing import Final

from bartack_drivers.base import MissingExtra

PICTURE_MAX_PIXELS: Final = 2**26
"""Largest picture that is unpacked: 67 megapixels. A small file can claim to be far larger."""

os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(PICTURE_MAX_PIXELS))
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "2")  # seconds; 10 by default
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")

try:
    import cv2
    import zxingcpp  # noqa: F401 - imported to learn whether it is there
except ImportError as error:
    raise MissingExtra(
        f"reading pictures needs OpenCV and zxing-cpp: pip install 'bartack[camera]' ({error})"
    ) from error

cv2.setNumThreads(1)  # a station has other work; decoding one frame gains nothing from more
