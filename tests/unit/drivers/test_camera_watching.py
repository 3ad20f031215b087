"""A camera that is watched: broken, frozen and black pictures, with time in the test's hands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Self

import pytest

from bartack_drivers.base import DeviceLost
from bartack_drivers.camera.decoding.picture import Gray
from bartack_drivers.camera.decoding.pipeline import ALL, LIVE, Look, look
from bartack_drivers.camera.frames.newest import SILENCE_MAX_S, Picture
from bartack_drivers.camera.watching import source
from bartack_drivers.camera.watching.acceptance import Rules
from bartack_drivers.camera.watching.presenting import CHECK_S, LOOK_S, Presenting
from bartack_drivers.camera.watching.source import BLACK, BLACK_S, CameraSource
from bartack_sim.ticket import Scene, Ticket, render_scene, to_jpeg

TEXT = "B000123"
FRAME_S = 0.125
JPEG_COMMENT = b"\xff\xfe\x00\x06%04d"


@cache
def jpeg(text: str, light: float, seed: int) -> bytes:
    return to_jpeg(render_scene(Ticket(text) if text else None, Scene(light=light), seed))


class Watched:
    """A camera source whose pictures and clock the test moves on; its own frames' stand-in."""

    trouble = ""
    discarded_bytes = 0

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.closed = False
        self._next: Picture | None = None
        self._shown = 0
        presenting = Presenting(Rules(frozenset(LIVE)), gone_s=1.5)
        self.source = CameraSource("camera", self, ["code128"], presenting, lambda: self.now_s)

    def take(self, timeout_s: float) -> Picture | None:
        picture, self._next = self._next, None
        return picture

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.closed = True

    def see(self, packed: bytes) -> list[str]:
        """One picture, a frame later; what it brings."""
        self.now_s += FRAME_S
        self._next = Picture(self.now_s, jpeg=packed)
        return [read.value for read in self.source.read(0.0)]

    def see_for(self, seconds: float, text: str = "", light: float = 1.0) -> list[str]:
        """Pictures of a scene, of which only the noise differs; what they bring."""
        reads: list[str] = []
        for _ in range(round(seconds / FRAME_S)):
            self._shown += 1
            reads += self.see(jpeg(text, light, self._shown % 3))
        return reads

    @property
    def looked_at(self) -> int:
        return self.source.counters.good_frames


def test_a_ticket_is_one_read_for_as_long_as_it_lies_there() -> None:
    """And one more when it was away and is shown again."""
    watched = Watched()
    assert watched.see_for(3.0) == []
    assert watched.see_for(20.0, TEXT) == [TEXT]
    assert watched.see_for(2.0) == []
    assert watched.see_for(1.0, TEXT) == [TEXT]


def test_a_label_is_stamped_with_its_picture() -> None:
    """A read has the time at which its picture came."""
    watched = Watched()
    watched.now_s += FRAME_S
    watched._next = Picture(watched.now_s, jpeg=jpeg(TEXT, 1.0, 0))
    assert [read.mono_s for read in watched.source.read(0.0)] == [watched.now_s]


def test_between_checks_nothing_is_taken() -> None:
    """On a still scene pictures that come sooner than a check is due are left to be replaced."""
    watched = Watched()
    watched.see_for(LOOK_S + 1.0)
    looked_at = watched.looked_at
    for turn in range(4):
        watched.now_s += CHECK_S / 4
        watched._next = Picture(watched.now_s, jpeg=jpeg("", 1.0, turn % 3))
        assert watched.source.read(0.0) == []
    assert watched.looked_at - looked_at <= 1


def test_broken_pictures_are_counted_and_survived() -> None:
    """Cut off, emptied or no picture at all: bad, and the next good one is read."""
    watched, whole = Watched(), jpeg(TEXT, 1.0, 0)
    broken = [whole[:5000], b"", b"\xff\xd8\xff\xd9", b"\xff\xd8" + bytes(900) + b"\xff\xd9"]
    for packed in broken:
        assert watched.see(packed) == []
    assert watched.source.counters.bad_checksums == len(broken)
    assert watched.see(whole) == [TEXT]


@pytest.mark.parametrize("kind", ["frozen", "frozen but for a counter", "broken"])
def test_without_a_new_whole_picture_a_camera_is_lost(kind: str) -> None:
    """Pictures that come and tell nothing new are no sign of life, and no second read."""
    watched = Watched()
    reads = watched.see_for(2.0, TEXT)
    began_s = watched.now_s
    with pytest.raises(DeviceLost, match="no new picture"):
        reads += [text for _ in range(480) for text in watched.see(stuck(kind, watched.now_s))]
    assert SILENCE_MAX_S < watched.now_s - began_s < SILENCE_MAX_S + 1
    assert reads == [TEXT]


def stuck(kind: str, now_s: float) -> bytes:
    """A picture of a camera that hangs."""
    whole = jpeg(TEXT, 1.0, 7)
    counter = JPEG_COMMENT % (now_s % 100 * 8)
    return {
        "frozen": whole,
        "frozen but for a counter": whole[:2] + counter + whole[2:],
        "broken": whole[:5000],
    }[kind]


@pytest.mark.parametrize("pictures", [3, 1])
def test_black_is_told_and_heals_by_itself(pictures: int) -> None:
    """A covered lens is trouble in words and no loss, also where its pictures are all the same."""
    watched = Watched()
    watched.see_for(1.0)
    told = {}
    for turn in range(round(20.0 / FRAME_S)):
        watched.see(jpeg("", 0.0, turn % pictures))
        told[(turn + 1) * FRAME_S] = watched.source.trouble
    assert {trouble for at_s, trouble in told.items() if at_s < BLACK_S} == {""}
    assert {trouble for at_s, trouble in told.items() if at_s > BLACK_S + 0.5} == {BLACK}
    assert watched.see_for(0.5, TEXT) == [TEXT]
    assert watched.source.trouble == ""


def test_a_bare_table_is_given_to_all_stages_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cloth may look like bars; what was found to hold nothing is known when it is seen again."""
    depths: list[int] = []

    def look_and_note(gray: Gray, formats: Sequence[str], stages: Sequence[str]) -> Look:
        depths.append(len(stages))
        return replace(look(gray, formats, LIVE), candidates=(((0, 0), (9, 0), (9, 9), (0, 9)),))

    monkeypatch.setattr(source, "look", look_and_note)
    watched = Watched()
    watched.see_for(35.0)
    assert depths.count(len(ALL)) == 1
    watched.see_for(1.0, TEXT)
    watched.see_for(10.0)
    settled = depths.count(len(ALL))
    watched.see_for(25.0)
    assert depths.count(len(ALL)) == settled


def test_a_camera_is_closed_with_its_source() -> None:
    """Leaving the block closes what brings the pictures."""
    watched = Watched()
    with watched.source:
        assert not watched.closed
    assert watched.closed
