"""What the shipped typefaces can draw: their character maps, within what fonts.css lets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fontTools.ttLib import TTFont

from source_tree import ROOTS

STATIC = ROOTS["bartack"] / "serving" / "static"

_FACE = re.compile(r"@font-face \{(.*?)\}", re.DOTALL)
_RANGE = re.compile(r"U\+([0-9A-F]+)(?:-([0-9A-F]+))?")


@dataclass(frozen=True, slots=True)
class Typeface:
    """One ``@font-face``: its family, its file, and the code points that are asked of it."""

    family: str
    file: Path
    asked: frozenset[int]

    def drawn(self) -> frozenset[int]:
        with TTFont(self.file) as font:
            glyphs: dict[int, str] = font.getBestCmap()
        return self.asked & glyphs.keys()


def typefaces(css: str) -> Iterator[Typeface]:
    for face in _FACE.findall(css):
        family, url = (re.search(p, face) for p in (r'family: "(.*?)"', r'url\("(.*?)"\)'))
        ranges = re.search(r"unicode-range:(.*?);", face, re.DOTALL)
        assert family
        assert url
        assert ranges
        asked = (
            range(int(first, 16), int(last or first, 16) + 1)
            for first, last in _RANGE.findall(ranges[1])
        )
        yield Typeface(family[1], STATIC / url[1], frozenset().union(*asked))


def stylesheet() -> str:
    return (STATIC / "fonts.css").read_text(encoding="utf-8")


def drawn_characters() -> frozenset[int]:
    """The code points of all shipped typefaces together."""
    return frozenset().union(*(face.drawn() for face in typefaces(stylesheet())))
