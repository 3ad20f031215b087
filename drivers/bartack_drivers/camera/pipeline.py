"""From a grey picture to the codes in it: stages, cheapest first, until one finds something.

The stages are a list that the caller may shorten; each is timed. Pure but for the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from bartack_drivers.camera.codes import Code, Corners
from bartack_drivers.camera.engines import zbar, zxing
from bartack_drivers.camera.picture import Gray


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


def _fast(gray: Gray, formats: Sequence[str]) -> list[Code]:
    return zxing(gray, formats)


def _full(gray: Gray, formats: Sequence[str]) -> list[Code]:
    return zxing(gray, formats, thorough=True)


STAGES: Final = MappingProxyType({"fast": _fast, "full": _full, "zbar": zbar})
"""Every stage by its name, in the order in which they pay."""

LIVE: Final = ("fast",)
"""Stages for every picture of a running camera."""

DEEP: Final = tuple(STAGES)
"""All stages: for single pictures, and now and then for a running camera."""


def look(
    gray: Gray,
    formats: Sequence[str],
    stages: Sequence[str] = DEEP,
    clock: Callable[[], float] = time.thread_time,
) -> Look:
    """Read the codes of the given symbologies in a grey picture.

    ``formats`` are names of ``CAMERA_FORMATS``, ``stages`` names of ``STAGES``. Each code is
    reported once, however often it is in view.
    """
    spent: list[Spent] = []
    for stage in stages:
        began_s = clock()
        codes = STAGES[stage](gray, formats)
        spent.append(Spent(stage, clock() - began_s))
        if codes:
            found = tuple(replace(code, stage=stage) for code in codes)
            return Look(found, tuple(spent))
    return Look((), tuple(spent))
