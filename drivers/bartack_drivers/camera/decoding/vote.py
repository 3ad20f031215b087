"""Which text several rows of one code agree upon. Pure.

Rows are read singly. Shown the same row many times, an engine that compares its scan lines would
only compare the row with itself and let a wrong text through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import cv2
import numpy as np

from bartack_drivers.camera.decoding.bars import Layout
from bartack_drivers.camera.decoding.codes import Code
from bartack_drivers.camera.decoding.engines import zxing
from bartack_drivers.camera.decoding.fit import Floats, Placement, best_fit, drawn, fit, placements
from bartack_drivers.camera.decoding.picture import Gray

ROWS_AGREE: Final = 2
BANDS: Final = 6
"""Parts of a crop, one above the other, that are fitted singly."""

BANDS_CERTAIN: Final = 4
"""When so many bands agree at one place and none contradicts, no other place is tried."""

CHANGE_SHARE: Final = 0.7
"""Bands that change less than so from dark to light are text, or half beside the bars."""

PLACEMENTS_MOST: Final = 6
"""Of each symbology: the likeliest are tried."""


def agreed(rows: Gray, formats: Sequence[str]) -> Code | None:
    """The one code that at least two rows read, and more than twice as many as read another."""
    return _elected(code for row in rows for code in zxing(row[None, :], formats))


def fitted(
    crop: Gray, margin_px: float, kinds: Sequence[Layout], formats: Sequence[str]
) -> Code | None:
    """The one code that fits at least two bands of a crop, the right way round or upside down.

    ``margin_px`` is what stands on either side of the bars, about.
    """
    bands = _bands(crop)
    places: dict[str, list[tuple[Placement, Floats]]] = {}
    for turned in (bands, bands[:, ::-1]):
        for place in placements(turned.mean(axis=0), margin_px, kinds):
            places.setdefault(place.layout.symbology, []).append((place, turned))
    found: list[Code] = []
    for alike in places.values():
        for place, turned in sorted(alike, key=lambda it: -it[0].likeness)[:PLACEMENTS_MOST]:
            here = list(_fits(turned, place, formats))
            found += here
            if len(here) >= BANDS_CERTAIN and len({code.text for code in here}) == 1:
                return here[0]
    return _elected(found)


def _bands(crop: Gray) -> Floats:
    size = (crop.shape[1], BANDS)
    bands = np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.float32)
    change = np.abs(np.diff(bands, axis=1)).mean(axis=1)
    changing: Floats = bands[change >= CHANGE_SHARE * change.max()]
    return changing


def _fits(bands: Floats, place: Placement, formats: Sequence[str]) -> Iterator[Code]:
    blur, together = best_fit(bands.mean(axis=0), place)
    for band in bands if together.is_good else ():
        alone = fit(band, place, blur)
        if alone.is_good:
            yield from zxing(drawn(alone.modules), formats)


def _elected(codes: Iterable[Code]) -> Code | None:
    votes: dict[tuple[str, str], list[Code]] = {}
    for code in codes:
        votes.setdefault((code.symbology, code.text), []).append(code)
    ranked = sorted(votes.values(), key=len, reverse=True)
    if not ranked or len(ranked[0]) < ROWS_AGREE:
        return None
    if len(ranked) > 1 and len(ranked[0]) <= 2 * len(ranked[1]):
        return None
    return ranked[0][0]
