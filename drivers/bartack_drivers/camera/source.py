"""A camera as a source of reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Self, cast

from bartack_drivers.base import Counters, DeviceLost, Read
from bartack_drivers.camera.capture import open_frames
from bartack_drivers.camera.frames import SILENCE_MAX_S, Frames, is_new
from bartack_drivers.camera.picture import Gray, PictureError
from bartack_drivers.camera.pipeline import DEEP, LIVE, look
from bartack_drivers.camera.stream import shown
from bartack_drivers.symbologies import expand_formats

THOROUGH_EVERY: Final = 5
"""One picture in so many gets the costly stages of decoding."""


class CameraSource:
    """An open camera. Its counters count pictures looked at as good frames, broken ones as bad."""

    def __init__(
        self, port: str, frames: Frames, formats: Sequence[str], clock: Callable[[], float]
    ) -> None:
        """``formats`` as in ``expand_formats``. Takes over ``frames``."""
        self._port = shown(port)
        self._frames = frames
        self._formats = expand_formats(formats)
        self._clock = clock
        self._pictures = 0
        self._broken = 0
        self._before: Gray | None = None
        self._new_s = clock()

    @property
    def counters(self) -> Counters:
        return Counters(self._pictures, self._broken, self._frames.discarded_bytes)

    @property
    def trouble(self) -> str:
        return self._frames.trouble

    def read(self, timeout_s: float) -> list[Read]:
        picture = self._frames.take(timeout_s)
        if picture is None:
            return []
        try:
            gray = picture.gray()
        except PictureError:
            self._broken += 1
            self._check_alive()
            return []
        if self._before is not None and not is_new(gray, self._before):
            self._check_alive()
            return []
        self._before = gray
        self._new_s = self._clock()
        self._pictures += 1
        stages = LIVE if self._pictures % THOROUGH_EVERY else DEEP
        return [
            Read("barcode", code.text, picture.mono_s, symbology=code.symbology)
            for code in look(gray, self._formats, stages).codes
        ]

    def _check_alive(self) -> None:
        if self._clock() - self._new_s > SILENCE_MAX_S:
            raise DeviceLost(self._port, f"no new picture for {SILENCE_MAX_S:.0f} s")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._frames.__exit__()


def open_camera(
    port: str, options: Mapping[str, object], clock: Callable[[], float]
) -> CameraSource:
    """Open the camera at ``port``. ``options`` are complete and checked."""
    frames = open_frames(port, options, clock)
    return CameraSource(port, frames, cast(Sequence[str], options["formats"]), clock)
