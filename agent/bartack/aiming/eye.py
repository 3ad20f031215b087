"""Pictures of one camera, each measured and judged, a few a second, for as long as is asked."""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from bartack_drivers.base import DeviceError, DeviceLost
from bartack_drivers.camera.aiming.verdict import Reads, Sight, Verdict, measure, to_jpeg, verdict
from bartack_drivers.camera.aiming.words import ENGLISH, say
from bartack_drivers.camera.decoding.picture import PictureError
from bartack_drivers.camera.decoding.pipeline import DEEP, LIVE, look
from bartack_drivers.camera.frames.newest import SILENCE_MAX_S, Frames
from bartack_drivers.camera.frames.opening import open_frames
from bartack_drivers.camera.frames.stream import shown
from bartack_drivers.symbologies import expand_formats

INTERVAL_S: Final = 0.2
"""Least time between two pictures that are judged."""

REOPEN_S: Final = 1.0
"""How long to wait before a lost camera is opened again."""

DEEP_EVERY: Final = 5
"""One picture in so many gets the deep stages of reading; the dearest are left to the agent."""

REMEMBERED: Final = 5
"""So many pictures count for how often something is read."""

_WAIT_S: Final = 0.5

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One picture and what is to be said of it, or that there is none.

    ``number`` counts up from 1. ``lost`` says why the camera shows nothing; then there is neither
    ``sight`` nor ``jpeg``. ``trouble``: what the camera does not do as it is asked.
    """

    number: int
    camera: str
    verdict: Verdict
    reads: Reads
    sight: Sight | None = None
    jpeg: bytes = b""
    lost: str = ""
    trouble: str = ""


def glimpses(
    port: str,
    options: Mapping[str, object],
    clock: Clock = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Generator[Glimpse, None, None]:
    """Open the camera and look through it for ever; once it is lost, again as soon as it is back.

    ``options`` are complete and checked. The first step raises a ``DeviceError`` where the camera
    cannot be opened; later a lost camera is a glimpse of its own. Close the generator to free the
    camera.
    """
    numbers = itertools.count(1)
    frames = open_frames(port, options, clock)
    formats = expand_formats(cast(Sequence[str], options["formats"]))
    while True:
        try:
            with frames:
                yield from _live(frames, shown(port), formats, numbers, clock, pause)
        except DeviceError as lost:
            reason = lost.reason
        reopened: Frames | None = None
        while reopened is None:
            yield _nothing(next(numbers), shown(port), reason)
            pause(REOPEN_S)
            try:
                reopened = open_frames(port, options, clock)
            except DeviceError as missing:
                reason = missing.reason
        frames = reopened


def _live(
    frames: Frames,
    camera: str,
    formats: Sequence[str],
    numbers: Iterator[int],
    clock: Clock,
    pause: Callable[[float], None],
) -> Iterator[Glimpse]:
    """Glimpses until the camera is lost, which raises ``DeviceLost``."""
    history: deque[bool] = deque(maxlen=REMEMBERED)
    whole_s = clock()
    while True:
        picture = frames.take(_WAIT_S)
        if picture is None:
            continue
        try:
            gray = picture.gray()
        except PictureError as broken:
            if clock() - whole_s > SILENCE_MAX_S:
                raise DeviceLost(camera, f"sends broken pictures only: {broken}") from broken
            continue
        began_s = whole_s = clock()
        number = next(numbers)
        found = look(gray, formats, LIVE if number % DEEP_EVERY else DEEP)
        sight = measure(gray, found)
        history.append(bool(sight.codes))
        reads = Reads(sum(history), len(history))
        judged = verdict(sight, reads)
        jpeg = picture.jpeg if picture.jpeg is not None else to_jpeg(cast(Any, picture.pixels))
        yield Glimpse(number, camera, judged, reads, sight, jpeg, trouble=frames.trouble)
        pause(max(0.0, began_s + INTERVAL_S - clock()))


def _nothing(number: int, camera: str, reason: str) -> Glimpse:
    sentence, advice = say(ENGLISH, "sentence.lost"), say(ENGLISH, "advice.lost")
    judged = Verdict("unreadable", "lost", sentence, advice)
    return Glimpse(number, camera, judged, Reads(0, 0), lost=reason)
