"""A camera as a source of reads.

One thread drains the camera and keeps only the newest picture, because cameras and streams queue
old ones; ``read`` decodes the newest that was not yet looked at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_drivers.base import Counters, DeviceLost, DeviceMissing, Read
from bartack_drivers.camera.capture import open_capture, shown
from bartack_drivers.camera.picture import Gray
from bartack_drivers.camera.pipeline import DEEP, LIVE, look
from bartack_drivers.symbologies import expand_formats

SILENCE_MAX_S: Final = 3.0
"""A camera that shows no new picture for so long is lost, whatever it says of itself."""

THOROUGH_EVERY: Final = 5
"""One picture in so many gets the costly stages of decoding."""

FIRST_PICTURE_S: Final = 2.5
"""A camera that opens is one that shows a picture within this time."""

ROWS_COMPARED: Final = 16
"""Of so many rows one is looked at to tell a picture from the one before."""

BLANK_GREY_LEVELS: Final = 8

_CLOSE_PATIENCE_S: Final = 0.5
"""How long closing waits for the thread. One stuck in a read frees the camera when that ends."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A camera's picture, grey or blue-green-red, and the monotonic time it was taken."""

    pixels: NDArray[Any]
    mono_s: float

    def gray(self) -> Gray:
        pixels = (
            self.pixels if self.pixels.ndim == 2 else cv2.cvtColor(self.pixels, cv2.COLOR_BGR2GRAY)
        )
        return pixels.astype(np.uint8, copy=False)


def is_blank(rows: NDArray[Any]) -> bool:
    """Whether a picture shows nothing, such as the dark, which some cameras clean of all noise."""
    return int(np.ptp(rows)) < BLANK_GREY_LEVELS


class NewestPicture:
    """Hands pictures from one thread to another, forgetting those that were not fetched in time."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._picture: Picture | None = None
        self._end: str | None = None

    def put(self, picture: Picture) -> None:
        with self._changed:
            self._picture = picture
            self._changed.notify()

    def end(self, reason: str) -> None:
        """No more pictures will come; the first reason given stands."""
        with self._changed:
            self._end = self._end or reason
            self._changed.notify()

    def wait(self, timeout_s: float) -> bool:
        """Wait until there is a picture; False where none came."""
        with self._changed:
            self._changed.wait_for(lambda: self._picture or self._end, timeout_s)
            return self._picture is not None

    def take(self, timeout_s: float) -> Picture | None:
        """Wait for a picture that was not yet taken."""
        with self._changed:
            self._changed.wait_for(lambda: self._picture or self._end, timeout_s)
            picture, self._picture = self._picture, None
            return picture

    @property
    def ended(self) -> str | None:
        """Why no more pictures will come."""
        with self._changed:
            return self._end


class CameraSource:
    """An open camera. Its counters count pictures looked at as good frames."""

    def __init__(
        self,
        port: str,
        formats: Sequence[str],
        width: int,
        height: int,
        fps: int,
        clock: Callable[[], float],
    ) -> None:
        """Open the camera at a V4L2 path or an http(s) address.

        ``formats`` as in ``expand_formats``; ``clock`` gives monotonic seconds. Raises
        ``DeviceMissing``, ``DeviceBusy`` or ``DeviceDenied``.
        """
        self._port = shown(port)
        self._formats = expand_formats(formats)
        self._clock = clock
        self._newest = NewestPicture()
        self._closing = threading.Event()
        self._pictures = 0
        capture = open_capture(port, width, height, fps)
        self._thread = threading.Thread(
            target=_drain,
            args=(capture, self._newest, self._closing, clock),
            name=f"camera {self._port}",
            daemon=True,
        )
        self._thread.start()
        if not self._newest.wait(FIRST_PICTURE_S):
            self.__exit__()
            raise DeviceMissing(self._port, self._newest.ended or "opens but shows no new picture")
        self._picture_s = clock()

    @property
    def counters(self) -> Counters:
        return Counters(good_frames=self._pictures)

    @property
    def trouble(self) -> str:
        return ""

    def read(self, timeout_s: float) -> list[Read]:
        picture = self._newest.take(timeout_s)
        if picture is None:
            self._check_alive()
            return []
        self._picture_s = picture.mono_s
        self._pictures += 1
        stages = LIVE if self._pictures % THOROUGH_EVERY else DEEP
        return [
            Read("barcode", code.text, picture.mono_s, symbology=code.symbology)
            for code in look(picture.gray(), self._formats, stages).codes
        ]

    def _check_alive(self) -> None:
        if self._newest.ended:
            raise DeviceLost(self._port, self._newest.ended)
        if self._clock() - self._picture_s > SILENCE_MAX_S:
            raise DeviceLost(self._port, f"no new picture for {SILENCE_MAX_S:.0f} s")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        self._thread.join(_CLOSE_PATIENCE_S)


def open_camera(
    port: str, options: Mapping[str, object], clock: Callable[[], float]
) -> CameraSource:
    """Open the camera at ``port``. ``options`` are complete and checked."""
    return CameraSource(
        port,
        cast(Sequence[str], options["formats"]),
        cast(int, options["width"]),
        cast(int, options["height"]),
        cast(int, options["fps"]),
        clock,
    )


def _drain(
    capture: cv2.VideoCapture,
    newest: NewestPicture,
    closing: threading.Event,
    clock: Callable[[], float],
) -> None:
    """Take pictures until told to stop or none come, then free the camera.

    A picture that is the one before, bit for bit, is not handed on: every sensor has noise, so
    that camera or its driver hangs and gives its last picture for ever.
    """
    reason = "the camera's thread failed"
    rows: NDArray[Any] | None = None
    try:
        while not closing.is_set() and capture.grab():
            mono_s = clock()
            good, pixels = capture.retrieve()
            if good:
                before, rows = rows, pixels[::ROWS_COMPARED].copy()
                if before is not None and (is_blank(rows) or not np.array_equal(before, rows)):
                    newest.put(Picture(pixels, mono_s))
        reason = "no more pictures; check cable, power and network"
    except cv2.error as error:
        reason = f"OpenCV failed: {error.err}"
    finally:
        capture.release()
        newest.end(reason)
