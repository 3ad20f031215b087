"""Picture files in the place of a camera, for laptops and for trying what a camera has seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from bartack_drivers.base import DeviceLost, DeviceMissing
from bartack_drivers.camera.decoding.picture import PictureError, load_gray
from bartack_drivers.camera.frames.newest import Picture

SCHEME: Final = "file:"
ENDINGS: Final = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})


class PictureFiles:
    """The pictures of a folder in the order of their names, or one picture, each shown once.

    No picture is left out, however slowly they are looked at. After the last one nothing comes, as
    from a camera that hangs, but it is not lost; or they begin again.
    """

    def __init__(self, port: str, fps: float, clock: Callable[[], float], *, repeat: bool) -> None:
        """``port`` is ``file:`` and a path. Raises ``DeviceMissing``."""
        self._port = port
        self._files = _pictures_at(port)
        self._interval_s = 1.0 / fps
        self._clock = clock
        self._repeat = repeat
        self._shown = 0
        self._due_s = clock()
        self._pause = threading.Event()

    def take(self, timeout_s: float) -> Picture | None:
        if self._shown >= len(self._files) and not self._repeat:
            self._pause.wait(timeout_s)
            return None
        wait_s = self._due_s - self._clock()
        if wait_s > timeout_s:
            self._pause.wait(timeout_s)
            return None
        self._pause.wait(max(0.0, wait_s))
        now_s = self._clock()
        self._due_s = now_s + self._interval_s
        file = self._files[self._shown % len(self._files)]
        self._shown += 1
        try:
            return Picture(now_s, pixels=load_gray(file))
        except PictureError as error:
            raise DeviceLost(self._port, str(error)) from error

    @property
    def trouble(self) -> str:
        return ""

    @property
    def discarded_bytes(self) -> int:
        return 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """No file is held open."""


def _pictures_at(port: str) -> list[Path]:
    path = Path(port.removeprefix(SCHEME))
    try:
        if path.is_file():
            return [path]
        files = sorted(it for it in path.iterdir() if it.suffix.lower() in ENDINGS)
    except (OSError, ValueError) as error:
        raise DeviceMissing(port, f"no such picture or folder ({error})") from error
    if not files:
        raise DeviceMissing(port, f"no pictures in this folder; it looks for {_ENDINGS_TEXT}")
    return files


_ENDINGS_TEXT: Final = ", ".join(sorted(ENDINGS))
