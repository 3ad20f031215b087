"""Writing for the eye: which font can write a text, how wide it gets, and its letters' outlines.

The built-in font writes western European letters only. Everything else is shaped by HarfBuzz in
a font of the factory's own, which knows how the letters of Bengali, Tamil or Urdu change and join,
and is drawn as outlines, so that no viewer needs the font.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import uharfbuzz
from reportlab.pdfbase.pdfmetrics import stringWidth

BUILT_IN: Final = "Helvetica-Bold"
"""One of the fonts that every PDF viewer has."""
ASCENT: Final = 0.72
"""How far it reaches above the line, in ems; every text is given at least so much room."""
DESCENT: Final = 0.21
FONT_FILE_MAX_BYTES: Final = 64 * 2**20

_SILENT: Final = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Marks of writing direction: nothing to see, and some turn the text round."""
_JOINERS: Final = "\u200c\u200d"
_MIRRORED: Final = str.maketrans("()[]{}<>«»", ")(][}{><»«")
_LEFT_TO_RIGHT: Final = re.compile("L(?:[LEN]*[LE])?|E(?:N?E)*")
"""In a text from right to left: words of other letters, and numbers such as 1/2."""


class FontError(Exception):
    """A font file that cannot be used; the text names it and says why."""


class Unwritable(Exception):
    """A text that cannot be written with the fonts at hand; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """A part of an outline: its kind, and x and y of each of its points in ems."""

    kind: Literal["move", "line", "curve", "close"]
    points: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Glyph:
    """A letter's outline and where it stands from the beginning of the text, in ems."""

    outline: tuple[Step, ...]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text in one font: ``text`` in the built-in one, or else the glyphs of another.

    ``x`` is where the built-in text begins; glyphs have their own places.
    """

    x: float
    text: str = ""
    glyphs: tuple[Glyph, ...] = ()


@dataclass(frozen=True, slots=True)
class Writing:
    """A text ready to be drawn, its pieces from left to right; lengths are in ems."""

    text: str
    pieces: tuple[Piece, ...]
    width: float
    ascent: float
    descent: float


class Letters:
    """The built-in font and the factory's own. What was written once is remembered."""

    def __init__(self, files: Sequence[Path] = ()) -> None:
        """Raises ``FontError`` for the first file that is no font."""
        self._fonts = [_Font(file) for file in files]
        self._written: dict[str, Writing] = {}

    def write(self, text: str) -> Writing:
        """``text``, each letter in the first font that has it. Raises ``Unwritable``."""
        if text not in self._written:
            self._written[text] = self._write(_SILENT.sub("", text))
        return self._written[text]

    def _write(self, text: str) -> Writing:
        pieces: list[Piece] = []
        width = 0.0
        for run, direction in _runs(text):
            parts = self._by_font(run)
            for font, part in reversed(parts) if direction == "rtl" else parts:
                if font is None:
                    shown = part[::-1].translate(_MIRRORED) if direction == "rtl" else part
                    pieces.append(Piece(width, shown))
                    width += stringWidth(shown, BUILT_IN, 1.0)
                else:
                    glyphs, advance = font.shape(part, direction, width)
                    pieces.append(Piece(width, glyphs=glyphs))
                    width += advance
        if text.strip() and not any(piece.text.strip() or piece.glyphs for piece in pieces):
            raise Unwritable(f"nothing of {text[:40]!r} can be seen in the fonts that have it")
        heights = [
            glyph.y + height
            for piece in pieces
            for glyph in piece.glyphs
            for step in glyph.outline
            for height in step.points[1::2]
        ]
        ascent, descent = max((ASCENT, *heights)), -min((-DESCENT, *heights))
        return Writing(text, tuple(pieces), width, ascent, descent)

    def _by_font(self, run: str) -> list[tuple[_Font | None, str]]:
        """Parts of a run, each with the font that has its letters; None is the built-in one."""
        parts: list[tuple[_Font | None, str]] = []
        for character in run:
            # A font is kept for as long as it can be: letters that join must not be torn apart.
            if parts and self._has(parts[-1][0], character):
                parts[-1] = (parts[-1][0], parts[-1][1] + character)
                continue
            able = [font for font in (None, *self._fonts) if self._has(font, character)]
            if not able:
                raise Unwritable(
                    f"{_shown(character)} in {run[:40]!r} is in none of the fonts; name a font "
                    "file that has it in fonts of [tickets], such as one of Noto Sans"
                )
            parts.append((able[0], character))
        return parts

    @staticmethod
    def _has(font: _Font | None, character: str) -> bool:
        return _is_built_in(character) if font is None else font.has(character)


class _Font:
    """A font file, and the outlines that were taken from it."""

    def __init__(self, file: Path) -> None:
        try:
            if file.stat().st_size > FONT_FILE_MAX_BYTES:
                raise FontError(f"{file}: larger than {FONT_FILE_MAX_BYTES} bytes; not a font")
            face = uharfbuzz.Face(uharfbuzz.Blob(file.read_bytes()))
        except OSError as error:
            raise FontError(f"{file}: cannot read: {error.strerror}") from error
        if not face.glyph_count:
            raise FontError(f"{file}: not a TrueType or OpenType font; web fonts must be unpacked")
        self._font = uharfbuzz.Font(face)
        self._em = float(face.upem)
        self._outlines: dict[int, tuple[Step, ...]] = {}
        self._pen = _pen(self._em)

    def has(self, character: str) -> bool:
        known = self._font.get_nominal_glyph(ord(character)) is not None
        return known or character in _JOINERS

    def shape(self, run: str, direction: str, x: float) -> tuple[tuple[Glyph, ...], float]:
        """The glyphs of a run that begins at ``x``, and how wide it is."""
        buffer = uharfbuzz.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        buffer.direction = direction
        uharfbuzz.shape(self._font, buffer, {})
        glyphs, width = [], 0.0
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            outline = self._outline(info.codepoint)
            if outline:
                right = x + width + place.x_offset / self._em
                glyphs.append(Glyph(outline, right, place.y_offset / self._em))
            width += place.x_advance / self._em
        return tuple(glyphs), width

    def _outline(self, number: int) -> tuple[Step, ...]:
        if number not in self._outlines:
            steps: list[Step] = []
            self._font.draw_glyph(number, self._pen, steps)
            self._outlines[number] = tuple(steps)
        return self._outlines[number]


def _pen(em: float) -> Any:
    """Takes an outline down in a list of steps. HarfBuzz makes all curves cubic for it."""

    def step(kind: Literal["move", "line", "curve"]) -> Any:
        def take(*arguments: Any) -> None:
            *points, steps = arguments
            steps.append(Step(kind, tuple(point / em for point in points)))

        return take

    pen = uharfbuzz.DrawFuncs()
    pen.set_move_to_func(step("move"))
    pen.set_line_to_func(step("line"))
    pen.set_cubic_to_func(step("curve"))
    pen.set_close_path_func(lambda steps: steps.append(Step("close")))
    return pen


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Parts of one direction, from left to right as they are to be seen.

    Only what a label needs of Unicode's bidirectional algorithm: a text from left to right, or one
    from right to left with words of other letters or numbers in it. Raises ``Unwritable``.
    """
    directions = "".join(map(_direction, text))
    if "R" not in directions:
        yield text, "ltr"
        return
    if directions.replace("E", "N").strip("N").startswith("L"):
        raise Unwritable(
            f"{text[:40]!r} begins from left to right and goes on from right to left; "
            "write it in one direction, or begin with the letters from right to left"
        )
    parts: list[tuple[str, str]] = []
    at = 0
    for found in _LEFT_TO_RIGHT.finditer(directions):
        parts += [(text[at : found.start()], "rtl"), (text[found.start() : found.end()], "ltr")]
        at = found.end()
    parts.append((text[at:], "rtl"))
    yield from (part for part in reversed(parts) if part[0])


def _direction(character: str) -> str:
    """L and R: written to the right, to the left; E: a digit; N: goes with its neighbours."""
    name = unicodedata.bidirectional(character)
    return {"L": "L", "R": "R", "AL": "R", "EN": "E", "AN": "E"}.get(name, "N")


def _is_built_in(character: str) -> bool:
    try:
        character.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return character.isprintable() or character == "\u00a0"


def _shown(character: str) -> str:
    name = unicodedata.name(character, "no character that can be printed")
    return f"U+{ord(character):04X} ({name.lower()})"
