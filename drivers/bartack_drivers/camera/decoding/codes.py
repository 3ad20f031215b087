"""A code that was found in a picture, and what counts as a label's text. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bartack_drivers.base import VALUE_MAX_CHARS

Point = tuple[float, float]
"""Pixels from the left and from the top of the picture."""

Corners = tuple[Point, Point, Point, Point]
"""Top left, top right, bottom right, bottom left of a thing as it was printed, however turned."""

ITF_MIN_DIGITS: Final = 6
"""Part of a longer ITF label passes for a short one (``1334`` out of ``2167361334``)."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code: its symbology, its text, and where it lies.

    For linear codes read along single rows the height between the corners may be only part of the
    bars. ``stage`` names the stage of decoding that read it.
    """

    symbology: str
    text: str
    corners: Corners
    stage: str = ""


def labels_among(codes: Iterable[Code], formats: Sequence[str]) -> list[Code]:
    """Those codes that were asked for and that a label may carry, each text once, first seen first.

    ``formats`` are names of ``CAMERA_FORMATS``.
    """
    settled = (_settled(code, formats) for code in codes)
    kept = {
        (code.symbology, code.text): code
        for code in reversed(list(settled))
        if code.symbology in formats and _is_label(code)
    }
    return list(reversed(kept.values()))


def _settled(code: Code, formats: Sequence[str]) -> Code:
    """A UPC-A is an EAN-13 that begins with 0: name it as the one that was asked for."""
    name, text = code.symbology, code.text
    is_upca = name in ("ean13", "upca") and len(text) == 13 and text.startswith("0")
    if is_upca and "upca" in formats:
        return replace(code, symbology="upca", text=text[1:])
    return replace(code, symbology="ean13") if name == "upca" else code


def _is_label(code: Code) -> bool:
    """Whether a text has something to see, and no more than a label has."""
    if code.symbology == "itf" and len(code.text) < ITF_MIN_DIGITS:
        return False
    return len(code.text) <= VALUE_MAX_CHARS and any(
        not character.isspace() and unicodedata.category(character) != "Cc"
        for character in code.text
    )
