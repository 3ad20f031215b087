"""USB cameras: what they are asked for, what they do instead, and the forms of their pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from bartack_drivers.camera.frames.device import Wishes, picture_of, refused, settings
from bartack_sim.ticket import to_jpeg

MJPG = cv2.VideoWriter.fourcc(*"MJPG")
GREY = np.tile(np.arange(64, dtype=np.uint8), (48, 1)) * 4


def answers(**other: float) -> Callable[[int], float]:
    """A camera that does as it is asked, but for ``other``."""
    asked = {"FOURCC": MJPG, "FRAME_WIDTH": 1280, "FRAME_HEIGHT": 720, "FOCUS": 60, "EXPOSURE": 40}
    told = {getattr(cv2, f"CAP_PROP_{name}"): it for name, it in {**asked, **other}.items()}
    return told.__getitem__


def test_the_format_is_set_before_the_size() -> None:
    """And both before the pictures are asked to stay packed; the camera is left to itself."""
    order = [name for name, _ in settings(Wishes())]
    assert order.index(cv2.CAP_PROP_FOURCC) < order.index(cv2.CAP_PROP_FRAME_WIDTH)
    wanted = dict(settings(Wishes()))
    assert wanted[cv2.CAP_PROP_CONVERT_RGB] == 0
    assert (wanted[cv2.CAP_PROP_AUTOFOCUS], wanted[cv2.CAP_PROP_AUTO_EXPOSURE]) == (1, 3)
    assert not {cv2.CAP_PROP_FOCUS, cv2.CAP_PROP_EXPOSURE} & wanted.keys()


def test_focus_and_exposure_are_fixed_after_their_automatic_is_off() -> None:
    """A camera ignores a value while it chooses for itself; exposure is in units of 100 us."""
    wanted = settings(Wishes(focus=60, exposure_us=4000))
    order = [name for name, _ in wanted]
    for automatic, off, by_hand, value in (
        (cv2.CAP_PROP_AUTOFOCUS, 0, cv2.CAP_PROP_FOCUS, 60),
        (cv2.CAP_PROP_AUTO_EXPOSURE, 1, cv2.CAP_PROP_EXPOSURE, 40),
    ):
        assert order.index(automatic) < order.index(by_hand)
        assert dict(wanted)[automatic] == off
        assert dict(wanted)[by_hand] == value


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({}, ""),
        ({"FOCUS": 64, "EXPOSURE": 39}, ""),
        ({"FOURCC": cv2.VideoWriter.fourcc(*"YUYV")}, "does not send MJPG"),
        ({"FRAME_WIDTH": 640, "FRAME_HEIGHT": 480}, "640x480 in place of 1280x720"),
        ({"FOCUS": 0}, "does not take focus 60"),
        ({"EXPOSURE": 156}, "does not take exposure_us 4000"),
    ],
)
def test_what_a_camera_does_otherwise_is_told(other: dict[str, float], told: str) -> None:
    """Each in words; rounding to the camera's own steps is not worth a word."""
    text = refused(Wishes(focus=60, exposure_us=4000), answers(**other))
    assert told in text
    assert bool(text) == bool(told)


@pytest.mark.parametrize(
    "given_pixels",
    [
        GREY,
        cv2.cvtColor(GREY, cv2.COLOR_GRAY2BGR),
        np.dstack([GREY, np.full_like(GREY, 128)]),
        np.frombuffer(to_jpeg(GREY, 100), np.uint8)[np.newaxis],
        np.frombuffer(to_jpeg(GREY, 100) + bytes(2000), np.uint8)[:, np.newaxis],
    ],
    ids=["grey", "colour", "yuyv", "jpeg in a row", "padded jpeg in a column"],
)
def test_every_form_of_picture_is_understood(given_pixels: NDArray[Any]) -> None:
    """Packed or not, as OpenCV and the camera happen to give it: the same grey picture."""
    picture = picture_of(given_pixels, 5.0)
    assert picture is not None
    assert np.abs(picture.gray().astype(int) - GREY).max() <= 4
    assert (picture.jpeg is not None) == (
        given_pixels.shape[-1] > 64 or given_pixels.shape[-1] == 1
    )


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=1, max_dims=3, max_side=6)))
def test_any_array_is_a_picture_or_left_to_opencv(pixels: NDArray[np.uint8]) -> None:
    """A form that is not known is none, and never an error."""
    picture = picture_of(pixels, 5.0)
    assert picture is None or picture.mono_s == 5.0


@given(st.integers(100, 1_000_000))
def test_an_exposure_is_never_rounded_to_none(exposure_us: int) -> None:
    """The shortest is one unit."""
    assert dict(settings(Wishes(exposure_us=exposure_us)))[cv2.CAP_PROP_EXPOSURE] >= 1
