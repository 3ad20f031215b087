"""Every word that aiming help says, by key: one table a language, so that it can be translated.

``sentence.…`` says what is the matter, ``advice.…`` what to do; ``{name}`` stands for a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ENGLISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "language": "en",
        "title": "Aim the camera",
        "level.good": "Good",
        "level.poor": "Poor",
        "level.unreadable": "Not readable",
        "level.lost": "No camera",
        "sentence.good": "Reads: {text}, {module} px a module, good",
        "advice.good": "Leave it so. Try a few tickets in all places and ways they are held.",
        "sentence.now_and_then": "Reads now and then: {reads} of {pictures} pictures",
        "sentence.too_far_read": "Reads, but a bit far: {text}, {module} px a module, want {want}",
        "sentence.too_far": "Too far: {module} px a module, want {want}",
        "advice.too_far": "Bring the camera to {percent} % of its distance, or print wider bars.",
        "sentence.soft": "Reads, but moving or out of focus: {text}",
        "sentence.blurred": "Moving or out of focus",
        "advice.blurred": "Hold still. If it stays so, focus on the ticket and add light.",
        "sentence.dim": "Reads, but dark: {text}",
        "sentence.too_dark": "Too dark",
        "advice.too_dark": "Add light on the ticket, or a longer exposure.",
        "sentence.overexposed": "Overexposed",
        "advice.overexposed": "Less light on the ticket, or a shorter exposure.",
        "sentence.glare_read": "Reads, but glare on the code: {text}",
        "sentence.glare": "Glare on the code",
        "advice.glare": "Tilt the lamp or the ticket until the bright spot is off the bars.",
        "sentence.pale": "Bars are pale: {contrast} of 255 grey levels between bars and paper",
        "advice.pale": "Print darker, or light the ticket from the camera's side.",
        "sentence.cut_off": "The code runs out of the picture",
        "advice.cut_off": "Move the ticket to the middle, or the camera away.",
        "sentence.unread": "Bars in view, but not read",
        "advice.unread": "Flatten the ticket, look for glare and lint, check the option formats.",
        "sentence.nothing": "Nothing that looks like bars in view",
        "advice.nothing": "Hold a ticket under the camera.",
        "sentence.lost": "No picture from the camera",
        "advice.lost": "Check cable and power; this page goes on by itself.",
        "sentence.ended": "The aiming help has ended",
        "advice.ended": "Start it again: bartack camera aim",
        "sentence.waiting": "Waiting for the first picture",
        "gauge.module": "Pixels a module",
        "gauge.module.want": "want {want} or more",
        "gauge.blur": "Blur",
        "gauge.blur.want": "edges {edge} modules wide, at most {want}",
        "gauge.blur.none": "edges too few to measure",
        "blur.good": "sharp",
        "blur.poor": "soft",
        "blur.bad": "blurred",
        "gauge.light": "Exposure",
        "gauge.light.want": "bars {dark}, paper {paper} of 255",
        "gauge.light.none": "{black} % black, {white} % white",
        "gauge.tilt": "Tilt",
        "gauge.tilt.fine": "any angle is fine",
        "gauge.reads": "Pictures read",
        "gauge.reads.want": "of the last {pictures}",
        "light.good": "good",
        "light.dark": "dark",
        "light.bright": "bright",
        "light.glare": "glare",
        "light.pale": "pale",
        "foot.picture": "{width} × {height} pixels, sharpness {sharpness}",
        "picture.label": "What the camera sees",
    }
)


def say(words: Mapping[str, str], key: str, **values: object) -> str:
    """The sentence of ``key`` with its values put in; what a label holds stays as it is."""
    return words[key].format(**values)
