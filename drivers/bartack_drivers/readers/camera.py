"""Driver of cameras that see labels. OpenCV is imported only when a camera is opened."""

from __future__ import annotations

from bartack_drivers.base import Source
from bartack_drivers.driver import Clock, Driver, Options
from bartack_drivers.options import Option, pattern_fault
from bartack_drivers.symbologies import CAMERA_FORMATS, CAMERA_FORMATS_DEFAULT


def open_camera(port: str, options: Options, clock: Clock) -> Source:
    """Open the camera at ``port``. Raises ``MissingExtra`` or a ``DeviceError``."""
    from bartack_drivers.camera.watching import source

    return source.open_camera(port, options, clock)


DRIVER = Driver(
    name="camera",
    title="USB camera (V4L2) or MJPEG stream over HTTP that sees labels",
    media=("barcode",),
    link="camera",
    proof="capture",
    evidence="photographs of labels; simulated MJPEG streams; no physical camera yet",
    extra="camera",
    options=(
        Option(
            "formats",
            "list",
            CAMERA_FORMATS_DEFAULT,
            "symbologies to look for; each one costs time",
            choices=(*CAMERA_FORMATS, "all"),
        ),
        Option("width", "integer", 1280, "picture width to ask for, pixels", least=160, most=7680),
        Option("height", "integer", 720, "picture height to ask for, pixels", least=120, most=4320),
        Option("fps", "integer", 15, "pictures per second to ask for", least=1, most=120),
        Option(
            "focus",
            "integer",
            "auto",
            "focus of a USB camera, in its own unit; auto: it looks for it itself",
            least=0,
            most=1023,
            word="auto",
        ),
        Option(
            "exposure_us",
            "integer",
            "auto",
            "exposure of a USB camera, microseconds; auto: it chooses",
            least=100,
            most=1_000_000,
            word="auto",
        ),
        Option(
            "patterns",
            "list",
            (),
            "regular expressions that labels follow; [[code]] gives them: others are read twice",
            fault=pattern_fault,
        ),
        Option(
            "itf_digits",
            "integers",
            (),
            "lengths of ITF labels; others are not read",
            least=6,
            most=80,
        ),
        Option(
            "code39_chars",
            "integers",
            (),
            "lengths of Code 39 labels; others are not read",
            least=1,
            most=80,
        ),
        Option(
            "gone_s",
            "number",
            1.5,
            "a label that was gone so long is a new read, seconds; repeat_s gives it",
            least=0.3,
            most=60,
        ),
        Option("repeat", "switch", False, "begin a folder of picture files again after the last"),
    ),
    open=open_camera,
)
