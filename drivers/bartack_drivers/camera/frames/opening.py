"""Opening a camera by its port: a V4L2 path, the address of an MJPEG stream, or picture files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from bartack_drivers.camera.frames.device import V4l2Camera, Wishes
from bartack_drivers.camera.frames.files import SCHEME, PictureFiles
from bartack_drivers.camera.frames.newest import Frames, NewestFrames
from bartack_drivers.camera.frames.stream import MjpegStream, is_url, shown


def open_frames(port: str, options: Mapping[str, object], clock: Callable[[], float]) -> Frames:
    """Open the camera at ``port``. ``options`` are complete and checked, ``clock`` is monotonic.

    Raises ``DeviceMissing``, ``DeviceBusy`` or ``DeviceDenied``.
    """
    fps = cast(int, options["fps"])
    if port.startswith(SCHEME):
        return PictureFiles(port, fps, clock, repeat=cast(bool, options["repeat"]))
    if is_url(port):
        return NewestFrames(shown(port), MjpegStream(port, clock), clock)
    wishes = Wishes(
        cast(int, options["width"]),
        cast(int, options["height"]),
        fps,
        focus=_number(options["focus"]),
        exposure_us=_number(options["exposure_us"]),
    )
    return NewestFrames(port, V4l2Camera(port, wishes, clock), clock)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
