"""Picture files in the place of a camera."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from bartack_drivers.base import DeviceLost, DeviceMissing
from bartack_drivers.camera.frames.opening import open_frames
from bartack_drivers.registry import DRIVERS, check_options, open_source
from bartack_sim.ticket import Scene, Ticket, render_scene
from contract.devices import Heard, eventually, running

TICKETS = ("B000001", "B000002")


def folder_of(place: Path) -> str:
    """Two tickets, each followed by the empty table; a text file beside them."""
    for number, text in enumerate(TICKETS):
        cv2.imwrite(str(place / f"{number}-a.png"), render_scene(Ticket(text), Scene(), number))
        cv2.imwrite(str(place / f"{number}-b.JPG"), render_scene(None, Scene(), number))
    (place / "notes.txt").write_text("no picture")
    return f"file:{place}"


def heard_at(port: str, **options: object) -> list[tuple[str, str]]:
    """What comes of playing a port until two seconds of silence."""
    heard = Heard()
    with running(lambda: open_source("camera", port, options), heard):
        heard.wait_for("up")
        heard.ticks.get(timeout=5)
        assert eventually(lambda: heard.events.qsize() >= len(TICKETS))
    return [heard.events.get() for _ in range(heard.events.qsize())]


def test_a_folder_is_played_in_order(tmp_path: Path) -> None:
    """Each ticket in a folder of pictures is read once, in the order of the files' names."""
    assert heard_at(folder_of(tmp_path), fps=20) == [("read", text) for text in TICKETS]


def test_after_the_last_picture_nothing_comes(tmp_path: Path) -> None:
    """A folder that was played is no lost camera; with ``repeat`` it begins again."""
    port, clock = folder_of(tmp_path), iter(range(10_000))
    for repeat, pictures in ((False, 4), (True, 20)):
        options, _ = check_options(DRIVERS["camera"], {"repeat": repeat, "fps": 1})
        with open_frames(port, options, lambda: float(next(clock))) as frames:
            taken = [frames.take(0.0) for _ in range(60)]
        shown = [picture for picture in taken if picture is not None]
        assert len(shown) >= pictures
        assert repeat or len(shown) == pictures


def test_one_picture_is_read(tmp_path: Path) -> None:
    """A single file does, too."""
    folder_of(tmp_path)
    with open_source("camera", f"file:{tmp_path}/0-a.png", {}) as source:
        assert [read.value for read in source.read(1.0)] == [TICKETS[0]]
        assert source.read(0.1) == []


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    """No folder, a folder without pictures, and a file that is no picture: each says so."""
    with pytest.raises(DeviceMissing, match="no such picture or folder"):
        open_source("camera", f"file:{tmp_path}/none", {})
    with pytest.raises(DeviceMissing, match=r"no pictures .*\.jpg"):
        open_source("camera", f"file:{tmp_path}", {})
    (tmp_path / "it.png").write_text("hello")
    with (
        open_source("camera", f"file:{tmp_path}", {}) as source,
        pytest.raises(DeviceLost, match=r"it\.png: not a picture"),
    ):
        source.read(1.0)
