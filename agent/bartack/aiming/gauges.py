"""The figures of a glimpse: as numbers for programs, and in words beside the picture. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from bartack.aiming.eye import Glimpse
from bartack_drivers.camera.aiming.measuring import Measured
from bartack_drivers.camera.aiming.verdict import (
    BARS_MOST_LEVEL,
    CONTRAST_LEAST_LEVELS,
    EDGE_WANT_MODULES,
    GLARE_MOST_SHARE,
    MODULE_LEAST_PX,
    MODULE_WANT_PX,
    PAPER_LEAST_LEVEL,
    SHARP_EDGE_PX,
    WHITE_MOST_SHARE,
    Reads,
    Sight,
    module_want_px,
)
from bartack_drivers.camera.aiming.words import ENGLISH, say

Words = Mapping[str, str]
State = Literal["good", "poor", "bad", "none"]


@dataclass(frozen=True, slots=True)
class Gauge:
    """One figure as it is shown: what it is, its value, what would be right, and how it stands."""

    name: str
    label: str
    value: str
    note: str
    state: State


def gauges(glimpse: Glimpse, words: Words = ENGLISH) -> tuple[Gauge, ...]:
    """The figures of what the verdict is about; dashes where there is nothing to measure."""
    about, sight = glimpse.verdict.about, glimpse.sight
    return (
        _module(about, words),
        _blur(about, words),
        _light(about, sight, words),
        _tilt(about, words),
        _reads(glimpse.reads, words),
    )


def _module(about: Measured | None, words: Words) -> Gauge:
    want_px = module_want_px(about.symbology) if about else MODULE_WANT_PX
    note = say(words, "gauge.module.want", want=f"{want_px:g}")
    module_px = about.module_px if about else None
    if module_px is None:
        return Gauge("module", words["gauge.module"], "-", note, "none")
    least_px = want_px * MODULE_LEAST_PX / MODULE_WANT_PX
    state: State = "good" if module_px >= 0.95 * want_px else "poor"
    state = "bad" if module_px < least_px else state
    return Gauge("module", words["gauge.module"], f"{module_px:.1f} px", note, state)


def _blur(about: Measured | None, words: Words) -> Gauge:
    label = words["gauge.blur"]
    edge = about.edge_modules if about else None
    if about is None or edge is None or about.edge_px is None:
        return Gauge("blur", label, "-", words["gauge.blur.none"], "none")
    note = say(words, "gauge.blur.want", edge=f"{edge:.1f}", want=f"{EDGE_WANT_MODULES:.1f}")
    is_soft = about.edge_px > SHARP_EDGE_PX and (edge > EDGE_WANT_MODULES or not about.text)
    state: State = "bad" if is_soft and not about.text else "poor" if is_soft else "good"
    return Gauge("blur", label, words[f"blur.{state}"], note, state)


def _light(about: Measured | None, sight: Sight | None, words: Words) -> Gauge:
    label = words["gauge.light"]
    if sight is None:
        return Gauge("light", label, "-", "", "none")
    if about is None:
        black, white = round(100 * sight.black_share), round(100 * sight.white_share)
        note = say(words, "gauge.light.none", black=black, white=white)
        dark, bright = sight.lightest < PAPER_LEAST_LEVEL, sight.white_share > WHITE_MOST_SHARE
        word = "dark" if dark else "bright" if bright else "good"
    else:
        levels = {"dark": round(about.dark), "paper": round(about.light)}
        note = say(words, "gauge.light.want", **levels)
        word = _light_word(about)
    return Gauge("light", label, words[f"light.{word}"], note, "good" if word == "good" else "bad")


def _light_word(about: Measured) -> str:
    if about.glare_share > GLARE_MOST_SHARE:
        return "glare"
    if about.light < PAPER_LEAST_LEVEL:
        return "dark"
    if about.dark > BARS_MOST_LEVEL:
        return "bright"
    return "pale" if about.contrast < CONTRAST_LEAST_LEVELS else "good"


def _tilt(about: Measured | None, words: Words) -> Gauge:
    note = words["gauge.tilt.fine"]
    if about is None:
        return Gauge("tilt", words["gauge.tilt"], "-", note, "none")
    return Gauge("tilt", words["gauge.tilt"], f"{abs(about.tilt_deg):.0f}°", note, "good")


def _reads(reads: Reads, words: Words) -> Gauge:
    note = say(words, "gauge.reads.want", pictures=reads.pictures)
    if not reads.pictures:
        return Gauge("reads", words["gauge.reads"], "-", "", "none")
    state: State = "bad" if not reads.read else "poor" if reads.is_seldom else "good"
    return Gauge("reads", words["gauge.reads"], str(reads.read), note, state)


def document(glimpse: Glimpse) -> dict[str, object]:
    """A glimpse as one JSON object, without its picture. Lengths in pixels, shares 0 to 1."""
    judged, sight = glimpse.verdict, glimpse.sight
    return {
        "number": glimpse.number,
        "camera": glimpse.camera,
        "lost": glimpse.lost,
        "trouble": glimpse.trouble,
        "level": judged.level,
        "cause": judged.cause,
        "sentence": judged.sentence,
        "advice": judged.advice,
        "read": glimpse.reads.read,
        "pictures": glimpse.reads.pictures,
        "picture": _picture(sight) if sight else None,
        "codes": [_place(it) for it in sight.codes] if sight else [],
        "candidates": [_place(it) for it in sight.candidates] if sight else [],
    }


def page_document(glimpse: Glimpse, words: Words = ENGLISH) -> dict[str, object]:
    """What a page shows of a glimpse beside its picture."""
    return document(glimpse) | {"gauges": [asdict(gauge) for gauge in gauges(glimpse, words)]}


def _picture(sight: Sight) -> dict[str, object]:
    return {
        "width_px": sight.width_px,
        "height_px": sight.height_px,
        "black_share": round(sight.black_share, 3),
        "white_share": round(sight.white_share, 3),
        "sharpness": round(sight.sharpness, 1),
    }


def _place(place: Measured) -> dict[str, object]:
    return {
        "symbology": place.symbology or None,
        "text": place.text or None,
        "corners": [[round(x, 1), round(y, 1)] for x, y in place.corners],
        "module_px": _rounded(place.module_px),
        "edge_px": _rounded(place.edge_px),
        "dark": round(place.dark),
        "light": round(place.light),
        "glare_share": round(place.glare_share, 2),
        "tilt_deg": round(place.tilt_deg),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
