"""A camera that is drained by a thread: the newest picture and no older one, and why it ended."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from functools import cache

import pytest

from bartack_drivers.base import DeviceLost, DeviceMissing
from bartack_drivers.camera.frames import newest as frames_module
from bartack_drivers.camera.frames.newest import SILENCE_MAX_S, STALE_S, NewestFrames, Picture
from bartack_sim.ticket import Scene, render_scene, to_jpeg
from contract.devices import PATIENCE_S, eventually


@cache
def jpeg(seed: int, light: float = 1.0) -> bytes:
    return to_jpeg(render_scene(None, Scene(light=light), seed))


class Scripted:
    """A camera that sends what a test puts into it, and the test's clock."""

    trouble = "the camera does not send MJPG"
    discarded_bytes = 7

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.closed = 0
        self.drained = 0
        self.streaming = threading.Event()
        self._sent: queue.Queue[list[Picture] | str] = queue.Queue()

    def send(self, *jpegs: bytes) -> None:
        self._sent.put([Picture(self.now_s, jpeg=it) for it in jpegs])

    def end(self, reason: str) -> None:
        self._sent.put(reason)

    def grab(self) -> list[Picture]:
        if self.streaming.is_set():
            self.drained += 1
            return [Picture(self.now_s, jpeg=jpeg(self.drained % 2))]
        sent = self._sent.get(timeout=PATIENCE_S)
        self.drained += 1
        if isinstance(sent, str):
            raise DeviceLost("camera", sent)
        return sent

    def interrupt(self) -> None:
        self.end("interrupted")

    def close(self) -> None:
        self.closed += 1

    def sent_now(self, *jpegs: bytes) -> None:
        """Send, and wait until it was taken in."""
        self.send(*jpegs)
        self.send()
        self.send()
        assert eventually(lambda: self._sent.qsize() == 0)


@pytest.fixture
def camera() -> Scripted:
    return Scripted()


@pytest.fixture
def frames(camera: Scripted) -> Iterator[NewestFrames]:
    camera.streaming.set()
    with NewestFrames("camera", camera, lambda: camera.now_s) as opened:
        camera.streaming.clear()
        camera.sent_now(jpeg(9))
        opened.take(0.0)
        yield opened
    assert eventually(lambda: camera.closed == 1)


def test_only_the_newest_is_kept(camera: Scripted, frames: NewestFrames) -> None:
    """However many came, the last one is taken, once."""
    camera.sent_now(jpeg(2), jpeg(3), jpeg(4))
    picture = frames.take(0.0)
    assert picture is not None
    assert picture.jpeg == jpeg(4)
    assert frames.take(0.0) is None
    assert (frames.trouble, frames.discarded_bytes) == (camera.trouble, camera.discarded_bytes)


def test_a_stale_picture_is_dropped(camera: Scripted, frames: NewestFrames) -> None:
    """What was seen longer ago than a quarter of a second is not there any more."""
    camera.sent_now(jpeg(2))
    camera.now_s += STALE_S + 0.01
    assert frames.take(0.0) is None


def test_one_picture_for_ever_is_a_loss(camera: Scripted, frames: NewestFrames) -> None:
    """The same bytes again are no picture, and no sign of life."""
    camera.sent_now(jpeg(2))
    assert frames.take(0.0) is not None
    for _ in range(3):
        camera.sent_now(jpeg(2), jpeg(2))
        assert frames.take(0.0) is None
    camera.now_s += SILENCE_MAX_S + 0.1
    with pytest.raises(DeviceLost, match="no new picture for 3 s"):
        frames.take(0.0)


def test_darkness_is_no_loss(camera: Scripted, frames: NewestFrames) -> None:
    """A picture of nothing may come again and again."""
    for _ in range(3):
        camera.sent_now(jpeg(2, 0.0), jpeg(2, 0.0))
        assert frames.take(0.0) is not None
        camera.now_s += SILENCE_MAX_S


def test_the_end_is_told_with_its_reason(camera: Scripted, frames: NewestFrames) -> None:
    """After the last picture was taken, and each time it is asked for another."""
    camera.sent_now(jpeg(2))
    camera.end("unplugged")
    assert eventually(lambda: camera.closed == 1)
    assert frames.take(0.0) is not None
    for _ in range(2):
        with pytest.raises(DeviceLost, match="unplugged"):
            frames.take(0.0)


@pytest.mark.parametrize(
    "sent", [[], [jpeg(0)], [jpeg(0)] * 5, [jpeg(0)[:900], jpeg(1)[:900], jpeg(2)[:900]]]
)
def test_a_camera_without_two_whole_pictures_does_not_open(
    sent: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """None, one, the same one again or only broken ones: it opens and shows nothing new."""
    monkeypatch.setattr(frames_module, "FIRST_PICTURE_S", 0.05)
    camera = Scripted()
    camera.send(*sent)
    ticks = iter(range(10_000))
    with pytest.raises(DeviceMissing, match="opens but shows no new picture"):
        NewestFrames("camera", camera, lambda: next(ticks) * 0.01)
    assert eventually(lambda: camera.closed == 1)
