"""Opening a camera: a V4L2 path or the address of an MJPEG stream, and why it did not open."""

from __future__ import annotations

import http.client
import os
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import cv2

from bartack_drivers.base import DeviceBusy, DeviceDenied, DeviceError, DeviceMissing
from bartack_drivers.links.holders import holders

OPEN_TIMEOUT_MS: Final = 2000
READ_TIMEOUT_MS: Final = 2000
_ENQUIRY_TIMEOUT_S: Final = 1.0


def is_url(port: str) -> bool:
    return port.startswith(("http://", "https://"))


def shown(port: str) -> str:
    """``port`` as it may stand in a log: without the password of an address."""
    if not is_url(port):
        return port
    parts = urlsplit(port)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def open_capture(port: str, width: int, height: int, fps: int) -> cv2.VideoCapture:
    """Open the camera and ask it for a picture size and rate; it may choose its own.

    A stream sends what it sends. Raises ``DeviceMissing``, ``DeviceBusy`` or ``DeviceDenied``.
    """
    capture = _open_stream(port) if is_url(port) else _open_device(port, width, height, fps)
    if not capture.isOpened():
        capture.release()
        raise _why_no_stream(port) if is_url(port) else _why_no_device(port)
    return capture


def _open_stream(url: str) -> cv2.VideoCapture:
    return cv2.VideoCapture(
        url,
        cv2.CAP_FFMPEG,
        [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            OPEN_TIMEOUT_MS,
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            READ_TIMEOUT_MS,
        ],
    )


def _open_device(path: str, width: int, height: int, fps: int) -> cv2.VideoCapture:
    capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
    # The format first: a size asked for in raw pixels drops USB 2 cameras to 10 pictures/s.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_FPS, fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    return capture


def _why_no_device(path: str) -> DeviceError:
    if not Path(path).exists():
        return DeviceMissing(path, "no such camera; is it plugged in, is the path right?")
    if not os.access(path, os.R_OK | os.W_OK):
        user = f"this user (uid {os.getuid()})"
        return DeviceDenied(path, f"{user} may not open it; add the user to group video")
    if others := holders(path):
        return DeviceBusy(path, f"held by {others}; stop that one or choose another camera")
    return DeviceMissing(path, "not a camera; choose the path that ends in -video-index0")


def _why_no_stream(url: str) -> DeviceError:
    """Ask the address once more, plainly, to tell a technician what is wrong with it."""
    parts = urlsplit(url)
    scheme = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = scheme(parts.hostname or "", parts.port, timeout=_ENQUIRY_TIMEOUT_S)
        try:
            connection.request("GET", urlunsplit(("", "", parts.path or "/", parts.query, "")))
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        return DeviceMissing(shown(url), f"does not answer ({error}); check address and power")
    if status in (401, 403):
        return DeviceDenied(shown(url), f"refuses with HTTP {status}; check user and password")
    if status >= 400:
        return DeviceMissing(shown(url), f"answers HTTP {status}; check the path of the address")
    return DeviceMissing(shown(url), "answers, but not with an MJPEG stream; check the address")
