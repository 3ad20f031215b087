"""What a technician should change so that a camera reads: from one picture to one sentence. Pure.

Where the limits come from: with fewer than 1.6 pixels a module or an edge wider than 1.2 modules
nothing is read, 2 pixels leave room for movement; QR and Data Matrix need more, because their
modules are not averaged along bars (docs/camera-aiming.md).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from bartack_drivers.camera.aiming.measuring import Measured, measure_candidate, measure_code
from bartack_drivers.camera.aiming.words import ENGLISH, say
from bartack_drivers.camera.decoding.codes import Corners
from bartack_drivers.camera.decoding.picture import Gray
from bartack_drivers.camera.decoding.pipeline import Look

Level = Literal["good", "poor", "unreadable"]

MODULE_WANT_PX: Final = 2.0
MODULE_WANT_SQUARE_PX: Final = {"qr": 2.5, "datamatrix": 3.0}
MODULE_LEAST_PX: Final = 1.6
EDGE_WANT_MODULES: Final = 1.05
SHARP_EDGE_PX: Final = 1.7
"""Edges are no wider in a sharp picture, however small its bars."""

BLURRED_EDGE_PX: Final = 3.0
"""Bars that are not read and have such edges are blurred, however wide they seem to be."""

PICTURE_EDGE_MOST_PX: Final = 7.0
"""As ``Sight.edge_px``, which is about 4 in a sharp picture: it is a coarse measure."""

PAPER_LEAST_LEVEL: Final = 60
BARS_MOST_LEVEL: Final = 170
CONTRAST_LEAST_LEVELS: Final = 40
WEAVE_MOST_LEVELS: Final = 15
GLARE_MOST_SHARE: Final = 0.1
WHITE_MOST_SHARE: Final = 0.4
BLACK_LEVEL: Final = 5
WHITE_LEVEL: Final = 250

PLACES_MAX: Final = 6
"""More codes or candidates in one picture are not measured: they cost time and help nobody."""

JPEG_QUALITY: Final = 80
TEXT_MAX_CHARS: Final = 40
READ_SHARE_WANT: Final = 0.7


@dataclass(frozen=True, slots=True)
class Sight:
    """What was measured in one picture.

    ``codes`` were read, ``candidates`` look like bars and were not. ``black_share`` and
    ``white_share``: parts of the picture, 0 to 1, that are as dark or as light as can be.
    ``lightest``: grey level that the lightest hundredth of the picture reaches. ``sharpness``:
    variance of the Laplacian, a raw number that compares pictures of one scene only. ``edge_px``:
    over how many pixels the sharpest strong edges change; None where there are none.
    """

    width_px: int
    height_px: int
    codes: tuple[Measured, ...]
    candidates: tuple[Measured, ...]
    black_share: float
    white_share: float
    lightest: float
    sharpness: float
    edge_px: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well the camera is aimed, and what to do.

    ``cause`` names the matter and never changes with the language; ``about`` is the code or
    candidate that is meant, None where it is the picture as a whole.
    """

    level: Level
    cause: str
    sentence: str
    advice: str
    about: Measured | None = None


@dataclass(frozen=True, slots=True)
class Reads:
    """In how many of the last pictures something was read, this one among them."""

    read: int = 1
    pictures: int = 1

    @property
    def is_seldom(self) -> bool:
        return self.read < READ_SHARE_WANT * self.pictures


ONCE: Final = Reads()
NEVER: Final = Reads(0, 1)


def measure(gray: Gray, seen: Look) -> Sight:
    """Measure a picture and what was found in it."""
    codes = tuple(measure_code(gray, code) for code in seen.codes[:PLACES_MAX])
    unread = [
        corners
        for corners in seen.candidates
        if not any(_overlap(corners, code.corners) for code in seen.codes)
    ]
    looked_at = [measure_candidate(gray, corners) for corners in unread[:PLACES_MAX]]
    candidates = tuple(place for place in looked_at if not _is_weave(place))
    smaller = cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    half = smaller.astype(np.uint8, copy=False)
    few = half[::4, ::4]
    return Sight(
        gray.shape[1],
        gray.shape[0],
        codes,
        candidates,
        float((few <= BLACK_LEVEL).mean()),
        float((few >= WHITE_LEVEL).mean()),
        float(np.percentile(few, 99)),
        float(cv2.Laplacian(half, cv2.CV_32F).var()),
        _sharpest_edge_px(half),
    )


def _is_weave(place: Measured) -> bool:
    """Ribs of cloth run like bars, but in good light they differ by a few grey levels only."""
    return place.light >= PAPER_LEAST_LEVEL and place.contrast < WEAVE_MOST_LEVELS


def to_jpeg(pixels: NDArray[Any]) -> bytes:
    """A picture that came unpacked, as a browser takes it; empty where it cannot be packed."""
    done, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return bytes(packed.tobytes()) if done else b""


def _overlap(candidate: Corners, code: Corners) -> bool:
    """Whether the middle of one lies within the other."""
    return _holds(candidate, code) or _holds(code, candidate)


def _holds(outer: Corners, inner: Corners) -> bool:
    middle = np.asarray(inner, np.float32).mean(0)
    outline = np.asarray(outer, np.float32)
    return cv2.pointPolygonTest(outline, (float(middle[0]), float(middle[1])), False) >= 0


def _sharpest_edge_px(half: Gray) -> float | None:
    """Width of the sharpest strong edges: how far grey levels reach around them by their slope."""
    across, down = cv2.spatialGradient(half)
    slope = cv2.magnitude(across.astype(np.float32), down.astype(np.float32)) / 8
    around = np.ones((13, 13), np.uint8)
    height = cv2.subtract(cv2.dilate(half, around), cv2.erode(half, around))
    strong = (height > 60) & (slope > 2)
    if int(strong.sum()) < 200:
        return None
    return 2 * float(np.percentile(height[strong] / slope[strong], 3))


# --- verdict ----------------------------------------------------------------------------------


def module_want_px(symbology: str) -> float:
    """Pixels a module that leave room for movement and blur."""
    return MODULE_WANT_SQUARE_PX.get(symbology, MODULE_WANT_PX)


def verdict(sight: Sight, reads: Reads = ONCE, words: Mapping[str, str] = ENGLISH) -> Verdict:
    """Judge a picture; ``reads`` tells how the pictures before it went."""
    if sight.codes:
        return _of_read(sight, reads, words)
    if sight.candidates:
        return _of_unread(sight, reads, words)
    return _of_nothing(sight, reads, words)


def _of_read(sight: Sight, reads: Reads, words: Mapping[str, str]) -> Verdict:
    judged = sorted(
        ((_trouble_of_read(code), code) for code in sight.codes),
        key=lambda it: (it[0][0] != "", -_room(it[1])),
    )
    (trouble, advice), code = judged[0]
    if reads.is_seldom:
        return _now_and_then(reads, f"advice.{advice or 'blurred'}", code, words)
    if trouble:
        return _said("poor", trouble, f"advice.{advice}", code, words)
    return _said("good", "good", "advice.good", code, words)


def _room(code: Measured) -> float:
    """How many times as many pixels a module it has as it needs."""
    return (code.module_px or 0.0) / module_want_px(code.symbology)


def _trouble_of_read(code: Measured) -> tuple[str, str]:
    """What is not as it should be with a code that is read, and the advice; empty where nothing."""
    if code.glare_share > GLARE_MOST_SHARE:
        return "glare_read", "glare"
    if code.module_px is not None and _room(code) < 0.95:
        return "too_far_read", "too_far"
    if _is_blurred(code, EDGE_WANT_MODULES):
        return "soft", "blurred"
    if code.light < PAPER_LEAST_LEVEL:
        return "dim", "too_dark"
    return ("pale", "pale") if code.contrast < CONTRAST_LEAST_LEVELS else ("", "")


def _is_blurred(code: Measured, most_modules: float) -> bool:
    edge_px, edge_modules = code.edge_px, code.edge_modules
    if edge_px is None or edge_px <= SHARP_EDGE_PX:
        return False
    return edge_modules is None or edge_modules > most_modules


def _of_unread(sight: Sight, reads: Reads, words: Mapping[str, str]) -> Verdict:
    place = max(sight.candidates, key=lambda it: _area_px(it.corners))
    cause = _trouble_of_unread(place, sight)
    if reads.read:
        return _now_and_then(reads, f"advice.{cause}", place, words)
    return _said("unreadable", cause, f"advice.{cause}", place, words)


def _trouble_of_unread(place: Measured, sight: Sight) -> str:
    if place.glare_share > GLARE_MOST_SHARE:
        return "glare"
    if place.light < PAPER_LEAST_LEVEL:
        return "too_dark"
    if place.dark > BARS_MOST_LEVEL:
        return "overexposed"
    if place.contrast < CONTRAST_LEAST_LEVELS:
        return "pale"
    # Bars that are lost in blur make the others look wider: then edges do not seem so wide.
    if _is_blurred(place, 0.7) or (place.edge_px or 0) > BLURRED_EDGE_PX:
        return "blurred"
    if place.module_px is not None and place.module_px < MODULE_LEAST_PX:
        return "too_far"
    return "cut_off" if _is_cut_off(place.corners, sight) else "unread"


def _is_cut_off(corners: Corners, sight: Sight) -> bool:
    return not all(1 < x < sight.width_px - 2 and 1 < y < sight.height_px - 2 for x, y in corners)


def _area_px(corners: Corners) -> float:
    return float(cv2.contourArea(np.asarray(corners, np.float32)))


def _of_nothing(sight: Sight, reads: Reads, words: Mapping[str, str]) -> Verdict:
    cause = _trouble_of_picture(sight)
    if not cause:
        return _said("unreadable", "nothing", "advice.nothing", None, words)
    if reads.read:
        return _now_and_then(reads, f"advice.{cause}", None, words)
    return _said("unreadable", cause, f"advice.{cause}", None, words)


def _trouble_of_picture(sight: Sight) -> str:
    if sight.lightest < PAPER_LEAST_LEVEL:
        return "too_dark"
    if sight.white_share > WHITE_MOST_SHARE:
        return "overexposed"
    is_soft = sight.edge_px is not None and sight.edge_px > PICTURE_EDGE_MOST_PX
    return "blurred" if is_soft else ""


def _now_and_then(
    reads: Reads, advice: str, about: Measured | None, words: Mapping[str, str]
) -> Verdict:
    sentence = say(words, "sentence.now_and_then", reads=reads.read, pictures=reads.pictures)
    return Verdict("poor", "now_and_then", sentence, _advice(advice, about, words), about)


def _said(
    level: Level, cause: str, advice: str, about: Measured | None, words: Mapping[str, str]
) -> Verdict:
    sentence = say(words, f"sentence.{cause}", **_values(about))
    return Verdict(level, cause, sentence, _advice(advice, about, words), about)


def _advice(key: str, about: Measured | None, words: Mapping[str, str]) -> str:
    return say(words, key, **_values(about))


def _values(about: Measured | None) -> dict[str, object]:
    if about is None:
        return {}
    want_px = module_want_px(about.symbology)
    return {
        "text": visible(about.text),
        "module": f"{about.module_px or 0:.1f}",
        "want": f"{want_px:g}",
        "percent": max(5, min(95, 5 * round(20 * (about.module_px or 0) / want_px))),
        "contrast": round(about.contrast),
    }


def visible(text: str) -> str:
    """A label's text as it can be shown anywhere: one short line that moves nothing around it."""
    shown = "".join(_seen(character) for character in text[:TEXT_MAX_CHARS])
    return shown if len(text) <= TEXT_MAX_CHARS else f"{shown}…"


def _seen(character: str) -> str:
    hidden = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return f"⟨{ord(character):04X}⟩" if hidden else character
