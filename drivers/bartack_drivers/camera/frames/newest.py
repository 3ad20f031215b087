"""Pictures of a running camera: one thread drains it, and who looks gets the newest one.

Cameras and streams queue old pictures, so they are drained at their own rate; a picture stays
packed until somebody looks at it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_drivers.base import DeviceLost, DeviceMissing
from bartack_drivers.camera.decoding.picture import Gray, PictureError

SILENCE_MAX_S: Final = 3.0
"""A camera that shows no new picture for so long is lost, whatever it says of itself."""

STALE_S: Final = 0.25
"""A picture this old shows what is no longer there."""

FIRST_PICTURE_S: Final = 2.5
"""A camera that opens is one that shows two different pictures within this time."""

ROWS_COMPARED: Final = 16
"""Of so many rows one is looked at to tell a picture from the one before."""

BLANK_GREY_LEVELS: Final = 8

_JPEG_END: Final = b"\xff\xd9"
_PADDING_MAX_BYTES: Final = 4096
_CLOSE_PATIENCE_S: Final = 0.5
"""How long closing waits for the thread. One stuck in a read frees the camera when that ends."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A camera's picture and the monotonic time at which it came.

    It has ``jpeg`` bytes where it came so, else ``pixels``, grey or blue-green-red.
    """

    mono_s: float
    jpeg: bytes | None = None
    pixels: NDArray[Any] | None = None

    def gray(self) -> Gray:
        """Unpack it. Raises ``PictureError`` where it is broken."""
        if self.pixels is None:
            return _unpacked(self.jpeg or b"", cv2.IMREAD_GRAYSCALE)
        return _as_gray(self.pixels)

    @cached_property
    def small(self) -> Gray:
        """Grey as well, and an eighth as wide where that is cheaper to unpack; unpacked once."""
        if self.pixels is None:
            return _unpacked(self.jpeg or b"", cv2.IMREAD_REDUCED_GRAYSCALE_8)
        return _as_gray(self.pixels)

    def repeats(self, other: Picture) -> bool:
        """Whether this is the other one again, byte for byte."""
        if self.pixels is None or other.pixels is None:
            return self.jpeg is not None and self.jpeg == other.jpeg
        return np.array_equal(self.pixels[::ROWS_COMPARED], other.pixels[::ROWS_COMPARED])

    def is_news_after(self, before: Picture) -> bool:
        """Whether this is not the picture before once more, whatever stands beside its pixels.

        Every sensor has noise, so a camera that repeats a picture hangs. Only one that is blank,
        such as the dark, which some cameras clean of all noise, may come again. Raises
        ``PictureError`` where it is broken.
        """
        if not self.repeats(before) and not np.array_equal(self.small, before.small):
            return True
        gray = self.gray()[::ROWS_COMPARED]
        return int(np.ptp(gray)) < BLANK_GREY_LEVELS or not np.array_equal(
            gray, before.gray()[::ROWS_COMPARED]
        )


def _as_gray(pixels: NDArray[Any]) -> Gray:
    gray = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)
    return gray.astype(np.uint8, copy=False)


def _unpacked(jpeg: bytes, form: int) -> Gray:
    # Half a picture unpacks, too: its rest is grey.
    if jpeg.rfind(_JPEG_END, -_PADDING_MAX_BYTES) < 0:
        raise PictureError("a picture of the camera is cut off")
    try:
        gray = cv2.imdecode(np.frombuffer(jpeg, np.uint8), form)
    except cv2.error as error:
        raise PictureError("a picture of the camera is damaged or far too large") from error
    if gray is None:
        raise PictureError("a picture of the camera is damaged")
    return gray.astype(np.uint8, copy=False)


class Frames(Protocol):
    """An open camera. Used by one thread; closed by leaving the ``with`` block."""

    def take(self, timeout_s: float) -> Picture | None:
        """The newest picture that was not yet taken; None where none came in ``timeout_s``.

        Raises ``DeviceLost`` when the camera is gone, hangs or shows one picture for ever.
        """

    @property
    def trouble(self) -> str:
        """What the camera does not do as it is asked; empty when all is well."""

    @property
    def discarded_bytes(self) -> int:
        """Bytes that came and were part of no picture."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


class Grabber(Protocol):
    """A camera that is to be drained. Used by one thread, but for ``interrupt``."""

    def grab(self) -> Sequence[Picture]:
        """Wait for what comes next, possibly no whole picture. Raises ``DeviceLost``."""

    def interrupt(self) -> None:
        """Make ``grab`` end soon. May be called by any thread, at any time before ``close``."""

    def close(self) -> None: ...

    @property
    def trouble(self) -> str: ...

    @property
    def discarded_bytes(self) -> int: ...


class NewestFrames:
    """The newest picture of a camera that a thread of its own drains."""

    def __init__(self, port: str, grabber: Grabber, clock: Callable[[], float]) -> None:
        """``port`` is what errors call the camera. Takes over ``grabber``.

        Raises ``DeviceMissing`` where no two different pictures come.
        """
        self._port = port
        self._grabber = grabber
        self._clock = clock
        self._changed = threading.Condition()
        self._newest: Picture | None = None
        self._ended = ""
        self._came_s = clock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._drain, name=f"camera {port}", daemon=True)
        self._thread.start()
        if not self._is_alive():
            reason = self._ended or "opens but shows no new picture"
            self.__exit__()
            raise DeviceMissing(port, reason)

    def take(self, timeout_s: float) -> Picture | None:
        with self._changed:
            self._changed.wait_for(lambda: self._newest or self._ended, timeout_s)
            picture, self._newest = self._newest, None
            if picture is not None:
                return picture if self._clock() - picture.mono_s <= STALE_S else None
            if self._ended:
                raise DeviceLost(self._port, self._ended)
            if self._clock() - self._came_s > SILENCE_MAX_S:
                raise DeviceLost(self._port, f"no new picture for {SILENCE_MAX_S:.0f} s")
            return None

    @property
    def trouble(self) -> str:
        return self._grabber.trouble

    @property
    def discarded_bytes(self) -> int:
        return self._grabber.discarded_bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        with self._changed:
            if not self._ended:
                self._grabber.interrupt()
        self._thread.join(_CLOSE_PATIENCE_S)

    def _is_alive(self) -> bool:
        """Wait for two whole pictures that differ, and keep the second to be taken."""
        deadline_s = self._clock() + FIRST_PICTURE_S
        before: Picture | None = None
        while (left_s := deadline_s - self._clock()) > 0 and not self._ended:
            with self._changed:
                self._changed.wait_for(lambda: self._newest or self._ended, left_s)
                picture, self._newest = self._newest, None
            try:
                if picture is not None and before is not None and picture.is_news_after(before):
                    self._put(picture, unless_newer=True)
                    return True
                if picture is not None and picture.small.size:
                    before = picture
            except PictureError:
                continue
        return False

    def _put(self, picture: Picture, *, unless_newer: bool = False) -> None:
        with self._changed:
            if not (unless_newer and self._newest):
                self._newest = picture
            self._came_s = self._clock()
            self._changed.notify()

    def _drain(self) -> None:
        """Hand on pictures until told to stop or none come, then free the camera."""
        reason = "the camera's thread failed"
        before: Picture | None = None
        try:
            while not self._closing.is_set():
                for picture in self._grabber.grab():
                    if before is None or self._is_news(picture, before):
                        self._put(picture)
                    before = picture
            reason = "closed"
        except DeviceLost as error:
            reason = error.reason
        finally:
            with self._changed:
                self._ended = reason
                self._grabber.close()
                self._changed.notify()

    def _is_news(self, picture: Picture, before: Picture) -> bool:
        """Looks into the picture only where it repeats the one before."""
        try:
            return not picture.repeats(before) or picture.is_news_after(before)
        except PictureError:
            return False
