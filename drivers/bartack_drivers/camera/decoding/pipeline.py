"""From a grey picture to the codes in it: stages, cheapest first, until one finds something.

The list of stages is the caller's to shorten; each is timed. Pure but for the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bartack_drivers.camera.decoding.codes import Code, Corners
from bartack_drivers.camera.decoding.picture import Gray
from bartack_drivers.camera.decoding.stages import STAGES, Sight

LIVE: Final = ("fast", "coarse", "fine")
"""Stages for every picture of a running camera."""

DEEP: Final = (*LIVE, "even", "full", "matrix")
"""Stages for one picture in a few, where something is in view that the first do not read."""

ALL: Final = tuple(STAGES)
"""For single pictures, and now and then for a running camera; the last two are the dearest."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a stage cost: seconds of the clock that ``look`` was given."""

    stage: str
    spent_s: float


@dataclass(frozen=True, slots=True)
class Look:
    """What was found in one picture, and what each stage that ran has cost.

    ``candidates``: places that look like bars, read or not, where a stage looked for them.
    """

    codes: tuple[Code, ...]
    spent: tuple[Spent, ...]
    candidates: tuple[Corners, ...] = ()

    @property
    def spent_s(self) -> float:
        return sum(each.spent_s for each in self.spent)


def look(
    gray: Gray,
    formats: Sequence[str],
    stages: Sequence[str] = ALL,
    clock: Callable[[], float] = time.thread_time,
) -> Look:
    """Read the codes of the given symbologies in a grey picture.

    ``formats`` are names of ``CAMERA_FORMATS``, ``stages`` names of ``STAGES``. Each code is
    reported once, however often it is in view.
    """
    sight, codes, spent = Sight(gray, tuple(formats)), list[Code](), list[Spent]()
    for stage in stages:
        began_s = clock()
        codes = [replace(code, stage=stage) for code in STAGES[stage](sight)]
        spent.append(Spent(stage, clock() - began_s))
        if codes:
            break
    places = tuple(box.corners() for box in sight.candidates)
    return Look(tuple(codes), tuple(spent), places)
