"""A camera as a source of reads: each presentation of a label is one."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final, Self, cast

from bartack_drivers.base import Counters, DeviceLost, Read
from bartack_drivers.camera.decoding.codes import Code, Corners
from bartack_drivers.camera.decoding.picture import Gray, PictureError
from bartack_drivers.camera.decoding.pipeline import ALL, DEEP, LIVE, look
from bartack_drivers.camera.frames.newest import SILENCE_MAX_S, Frames, Picture
from bartack_drivers.camera.frames.opening import open_frames
from bartack_drivers.camera.frames.stream import shown
from bartack_drivers.camera.watching.acceptance import Rules
from bartack_drivers.camera.watching.gate import (
    Cells,
    Gate,
    cells_of,
    has_moved,
    is_black,
    lies_there,
)
from bartack_drivers.camera.watching.places import Place
from bartack_drivers.camera.watching.presenting import Plan, Presenting, Seen
from bartack_drivers.symbologies import expand_formats

STAGES_OF: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"live": LIVE, "deep": DEEP, "all": ALL}
)

BARREN_S: Final = 300.0
"""So long what all stages found nothing in is not given to them again."""

BLACK_S: Final = 4.0
"""A picture that is black for so long is told."""

BLACK: Final = "black picture: lens covered or no light"


class CameraSource:
    """An open camera. Its counters count pictures looked at as good frames, broken ones as bad."""

    def __init__(
        self,
        port: str,
        frames: Frames,
        formats: Sequence[str],
        presenting: Presenting,
        clock: Callable[[], float],
    ) -> None:
        """``formats`` as in ``expand_formats``. Takes over ``frames``."""
        self._port = shown(port)
        self._frames = frames
        self._formats = expand_formats(formats)
        self._presenting = presenting
        self._clock = clock
        self._pause = threading.Event()
        self._gate = Gate()
        self._before: Picture | None = None
        self._cells: dict[str, Cells] = {}
        self._barren: tuple[Cells, float] | None = None
        self._pictures = 0
        self._broken = 0
        self._new_s = self._lit_s = self._due_s = clock()

    @property
    def counters(self) -> Counters:
        return Counters(self._pictures, self._broken, self._frames.discarded_bytes)

    @property
    def trouble(self) -> str:
        black = BLACK if self._new_s - self._lit_s >= BLACK_S else ""
        return "; ".join(filter(None, (black, self._frames.trouble)))

    def read(self, timeout_s: float) -> list[Read]:
        wait_s = min(timeout_s, self._due_s - self._clock())
        if wait_s > 0:
            self._pause.wait(wait_s)
        if self._clock() < self._due_s:
            return []
        picture = self._frames.take(max(0.0, timeout_s - max(0.0, wait_s)))
        if picture is None:
            return []
        try:
            codes = self._looked_at(picture)
        except PictureError:
            self._broken += 1
            self._check_alive()
            return []
        return [
            Read("barcode", code.text, picture.mono_s, symbology=code.symbology) for code in codes
        ]

    def _looked_at(self, picture: Picture) -> list[Code]:
        """The new presentations in a picture. Raises ``PictureError`` where it is broken."""
        small = picture.small
        if self._before is not None and not picture.is_news_after(self._before):
            self._check_alive()
            return []
        self._before = picture
        self._pictures += 1
        now_s = self._new_s = picture.mono_s
        cells = cells_of(small)
        if not is_black(cells):
            self._lit_s = now_s
        plan = self._presenting.plan(now_s, moved=self._gate.moved(cells))
        self._due_s = self._presenting.due_s(self._clock())
        if plan.depth == "nothing" or (plan.depth == "all" and self._is_barren(cells)):
            return []
        gray = picture.gray()
        seen = self._decoded(gray, plan)
        alike = {
            text
            for text, held in self._presenting.held.items()
            if lies_there(self._cells[text], cells, held.place, gray.shape[1])
        }
        fresh = self._presenting.seen(now_s, plan, replace(seen, alike=alike))
        read = {code.text for code in seen.codes}
        if plan.depth == "all":
            self._barren = None if read else (cells, now_s + BARREN_S)
        self._cells = {
            text: cells if text in read else self._cells[text] for text in self._presenting.held
        }
        return fresh

    def _decoded(self, gray: Gray, plan: Plan) -> Seen:
        if plan.depth == "places":
            looks = [self._at(gray, place) for place in plan.places]
            return Seen([code for codes in looks for code in codes])
        looked = look(_masked(gray, plan.masked), self._formats, STAGES_OF[plan.depth])
        return Seen(looked.codes, looked.candidates, spent_s=looked.spent_s)

    def _at(self, gray: Gray, place: Place) -> list[Code]:
        """What is read in one place of a picture."""
        rows, columns = place.within(gray.shape[1], gray.shape[0])
        part = gray[rows, columns]
        if part.size == 0:
            return []
        codes = look(part, self._formats, LIVE).codes
        return [
            replace(code, corners=_moved(code.corners, columns.start, rows.start)) for code in codes
        ]

    def _is_barren(self, cells: Cells) -> bool:
        """Whether all stages have lately found nothing in this very scene, such as a bare table."""
        if self._barren is None:
            return False
        before, until_s = self._barren
        return self._new_s < until_s and not has_moved(before, cells)

    def _check_alive(self) -> None:
        """Raise where pictures come, but for long none that is new and whole."""
        if self._clock() - self._new_s > SILENCE_MAX_S:
            raise DeviceLost(self._port, f"no new picture for {SILENCE_MAX_S:.0f} s")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._frames.__exit__()


def _masked(gray: Gray, places: Sequence[Place]) -> Gray:
    """The picture with places painted over in their own mean grey."""
    if not places:
        return gray
    painted = gray.copy()
    for place in places:
        part = painted[place.within(gray.shape[1], gray.shape[0])]
        if part.size:
            part[:] = int(part.mean())
    return painted


def _moved(corners: Corners, across: int, down: int) -> Corners:
    first, second, third, fourth = ((x + across, y + down) for x, y in corners)
    return first, second, third, fourth


def open_camera(
    port: str, options: Mapping[str, object], clock: Callable[[], float]
) -> CameraSource:
    """Open the camera at ``port``. ``options`` are complete and checked."""
    patterns = cast(Sequence[str], options["patterns"])
    rules = Rules(
        frozenset(LIVE),
        tuple(re.compile(pattern) for pattern in patterns),
        cast(tuple[int, ...], options["itf_digits"]),
        cast(tuple[int, ...], options["code39_chars"]),
    )
    presenting = Presenting(rules, cast(float, options["gone_s"]))
    frames = open_frames(port, options, clock)
    formats = cast(Sequence[str], options["formats"])
    return CameraSource(port, frames, formats, presenting, clock)
