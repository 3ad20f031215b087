"""A camera on USB, by OpenCV's V4L2: setting it up, and its pictures as it packs them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_drivers.base import DeviceBusy, DeviceDenied, DeviceError, DeviceLost, DeviceMissing
from bartack_drivers.camera.frames.newest import Picture
from bartack_drivers.codecs.multipart import JPEG_START
from bartack_drivers.links.holders import holders

MANUAL_EXPOSURE: Final = 1
AUTOMATIC_EXPOSURE: Final = 3
"""V4L2's numbers: manual, and aperture priority, the only automatic one of USB cameras."""

EXPOSURE_UNIT_US: Final = 100

FOCUS_STEP_MAX: Final = 10
"""Cameras take focus in steps of their own, exposure within half and double."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a camera is asked for; it may choose its own.

    ``focus`` in the camera's own unit and ``exposure_us``: None leaves it to the camera.
    """

    width: int = 1280
    height: int = 720
    fps: int = 15
    focus: int | None = None
    exposure_us: int | None = None


def settings(wishes: Wishes) -> list[tuple[int, float]]:
    """OpenCV's properties and values in the order in which they must be set."""
    packed = float(cv2.VideoWriter.fourcc(*"MJPG"))
    automatic = AUTOMATIC_EXPOSURE if wishes.exposure_us is None else MANUAL_EXPOSURE
    ordered = [
        # The format first: a size asked for in raw pixels drops USB 2 cameras to 10 pictures/s.
        (cv2.CAP_PROP_FOURCC, packed),
        (cv2.CAP_PROP_FRAME_WIDTH, wishes.width),
        (cv2.CAP_PROP_FRAME_HEIGHT, wishes.height),
        (cv2.CAP_PROP_FPS, wishes.fps),
        (cv2.CAP_PROP_BUFFERSIZE, 1),
        (cv2.CAP_PROP_CONVERT_RGB, 0),
        (cv2.CAP_PROP_AUTOFOCUS, wishes.focus is None),
        (cv2.CAP_PROP_AUTO_EXPOSURE, automatic),
    ]
    if wishes.focus is not None:
        ordered.append((cv2.CAP_PROP_FOCUS, wishes.focus))
    if wishes.exposure_us is not None:
        units = max(1, round(wishes.exposure_us / EXPOSURE_UNIT_US))
        ordered.append((cv2.CAP_PROP_EXPOSURE, units))
    return [(name, float(value)) for name, value in ordered]


def refused(wishes: Wishes, tell: Callable[[int], float]) -> str:
    """What a camera does otherwise than it was asked, in words. ``tell`` reads a property back."""
    told = []
    if int(tell(cv2.CAP_PROP_FOURCC)) != cv2.VideoWriter.fourcc(*"MJPG"):
        told.append("does not send MJPG, so that pictures may be few")
    width, height = (int(tell(it)) for it in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    if (width, height) != (wishes.width, wishes.height):
        told.append(f"gives {width}x{height} in place of {wishes.width}x{wishes.height}")
    if wishes.focus is not None and abs(tell(cv2.CAP_PROP_FOCUS) - wishes.focus) > FOCUS_STEP_MAX:
        told.append(f"does not take focus {wishes.focus}")
    if wishes.exposure_us is not None:
        got_us = tell(cv2.CAP_PROP_EXPOSURE) * EXPOSURE_UNIT_US
        if not wishes.exposure_us / 2 <= got_us <= wishes.exposure_us * 2:
            told.append(f"does not take exposure_us {wishes.exposure_us}")
    return "the camera " + "; ".join(told) if told else ""


def picture_of(pixels: NDArray[Any], mono_s: float) -> Picture | None:
    """What a camera gave that was told to leave its pictures packed, and may not have done so.

    None where it is in a form that only OpenCV can unpack.
    """
    if pixels.ndim == 3 and pixels.shape[2] == 3:
        return Picture(mono_s, pixels=pixels)
    if pixels.ndim == 3 and pixels.shape[2] == 2:  # YUYV: every other byte is brightness
        return Picture(mono_s, pixels=np.ascontiguousarray(pixels[:, :, 0]))
    if pixels.ndim == 2 and min(pixels.shape) > 1:
        return Picture(mono_s, pixels=pixels)
    packed = np.ascontiguousarray(pixels, np.uint8).reshape(-1)
    if packed[: len(JPEG_START)].tobytes() == JPEG_START:
        return Picture(mono_s, jpeg=packed.tobytes())
    return None


class V4l2Camera:
    """An open camera, set up anew with each opening: cameras forget it when they lose power."""

    def __init__(self, path: str, wishes: Wishes, clock: Callable[[], float]) -> None:
        """Raises ``DeviceMissing``, ``DeviceBusy`` or ``DeviceDenied``."""
        self._path = path
        self._clock = clock
        self._capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
        if not self._capture.isOpened():
            self._capture.release()
            raise _why_not(path)
        for name, value in settings(wishes):
            self._capture.set(name, value)
        self._trouble = refused(wishes, self._capture.get)

    def grab(self) -> list[Picture]:
        try:
            if not self._capture.grab():
                raise DeviceLost(self._path, "no more pictures; check cable and power")
            mono_s = self._clock()
            good, pixels = self._capture.retrieve()
        except cv2.error as error:
            raise DeviceLost(self._path, f"OpenCV failed: {error.err}") from error
        picture = picture_of(pixels, mono_s) if good else None
        if picture is None:  # it cannot be had packed
            self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 1.0)
        return [] if picture is None else [picture]

    def interrupt(self) -> None:
        """OpenCV cannot be interrupted; it waits two seconds at most."""

    def close(self) -> None:
        self._capture.release()

    @property
    def trouble(self) -> str:
        return self._trouble

    @property
    def discarded_bytes(self) -> int:
        return 0


def _why_not(path: str) -> DeviceError:
    if not Path(path).exists():
        return DeviceMissing(path, "no such camera; is it plugged in, is the path right?")
    if not os.access(path, os.R_OK | os.W_OK):
        user = f"this user (uid {os.getuid()})"
        return DeviceDenied(path, f"{user} may not open it; add the user to group video")
    if others := holders(path):
        return DeviceBusy(path, f"held by {others}; stop that one or choose another camera")
    return DeviceMissing(path, "not a camera; choose the path that ends in -video-index0")
