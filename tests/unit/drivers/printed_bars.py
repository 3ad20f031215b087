"""Bars drawn for tests of the camera: sharp, turned, blurred."""

from __future__ import annotations

import cv2
import numpy as np
import zxingcpp

from bartack_drivers.camera.decoding.picture import Gray


def code128(text: str, module_px: int = 3, height_px: int = 120) -> Gray:
    """A Code 128 on white paper with room around it."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128)
    row = np.asarray(code.to_image(scale=1, add_quiet_zones=True), np.uint8)[0]
    bars = np.tile(np.repeat(row, module_px), (height_px, 1))
    return np.pad(bars, 10 * module_px, constant_values=255)


def on_table(picture: Gray, degrees: float, lean: float = 0.0) -> Gray:
    """The label on a grey table of 640 by 640, turned; ``lean`` 0 to 0.4 shrinks its far edge."""
    height, width = picture.shape
    half = np.array([width / 2, height / 2])
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = (corners - half).astype(np.float64)
    moved[:2, 0] *= 1 - lean
    turn = np.radians(degrees)
    turning = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    target = (moved @ turning + 320).astype(np.float32)
    matrix = cv2.getPerspectiveTransform(corners, target)
    laid = cv2.warpPerspective(
        picture, matrix, (640, 640), borderValue=(90.0, 90.0, 90.0), flags=cv2.INTER_LINEAR
    )
    return laid.astype(np.uint8, copy=False)


def streaked(picture: Gray, length_px: float) -> Gray:
    """The picture as it looks when it moves level by so many pixels while it is taken."""
    reach = int(np.ceil(length_px / 2))
    places = np.arange(-reach, reach + 1)
    kernel = np.clip(length_px / 2 + 0.5 - np.abs(places), 0, 1)[None]
    return cv2.filter2D(picture, -1, kernel / kernel.sum()).astype(np.uint8, copy=False)
