"""Where everything of a label stands: the QR code at the right, lines above the bars at the left.

Lengths are in millimetres from the label's upper left corner. Nothing is ever made smaller than a
camera can read: what does not fit is a ``Misfit`` that says what to change. Quiet zones lie inside
the label, so that neighbours on a sheet cannot disturb each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bartack_hub.tickets.labels import Field, Label
from bartack_hub.tickets.letters import Unwritable, Writing
from bartack_hub.tickets.settings import TicketsFile
from bartack_hub.tickets.symbols import CODE128_QUIET, QR_QUIET, Linear, Square, code128, qr

POINT_MM: Final = 25.4 / 72

TEXT_PT: Final = 8.0
"""The label's text below the bars."""
FIRST_LINE_PT: Final = 14.0
LINE_PT: Final = 9.0
SMALLEST_PT: Final = 6.0
CAPTION: Final = 0.7
"""How large a caption is beside its value."""

_EDGE_MM: Final = 1.6
_BETWEEN_FIELDS_MM: Final = 3.0
_AFTER_CAPTION_MM: Final = 0.8
_BETWEEN_LINES_MM: Final = 0.6
_ABOVE_BARS_MM: Final = 1.0
_BAR_HEIGHT_MIN_MM: Final = 5.0
_BAR_HEIGHT_MIN_OF_WIDTH: Final = 0.15
"""ISO/IEC 15417: 5 mm or 15 % of the width without quiet zones, whichever is more."""
_BAR_HEIGHT_MAX_MM: Final = 25.0
_TEXT_MM: Final = TEXT_PT * POINT_MM + 0.4


class Misfit(Exception):
    """Something of a label has no room; the text names the label and the field, and a way out."""


@dataclass(frozen=True, slots=True)
class PlacedText:
    """A text on its baseline. ``is_caption``: in the lighter letters."""

    writing: Writing
    x_mm: float
    baseline_mm: float
    size_pt: float
    is_caption: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A label with everything in its place. The corners are of the black parts."""

    label: Label
    texts: tuple[PlacedText, ...]
    linear: Linear
    linear_mm: tuple[float, float]
    bar_height_mm: float
    square: Square
    square_mm: tuple[float, float]
    text_baseline_mm: float


def place(label: Label, settings: TicketsFile, write: Callable[[str], Writing]) -> Placed:
    """Everything of ``label`` in its place. Raises ``Misfit``. ``write`` is that of ``Letters``."""
    linear, square = code128(label.text), qr(label.text)
    square_mm = (square.width + 2 * QR_QUIET) * settings.qr_module_mm
    linear_mm = linear.width * settings.module_mm
    with_quiet_mm = linear_mm + 2 * CODE128_QUIET * settings.module_mm
    left_mm = settings.width_mm - square_mm
    _check_width(label, settings, with_quiet_mm, square_mm)
    texts, lines_end_mm = _lines(label, left_mm - _EDGE_MM, write)
    bars_end_mm = settings.height_mm - _EDGE_MM - _TEXT_MM
    bar_height_mm = min(bars_end_mm - lines_end_mm - _ABOVE_BARS_MM, _BAR_HEIGHT_MAX_MM)
    needed_mm = max(_BAR_HEIGHT_MIN_MM, _BAR_HEIGHT_MIN_OF_WIDTH * linear_mm)
    lacking_mm = max(needed_mm - bar_height_mm, square_mm - settings.height_mm)
    if lacking_mm > 0:
        raise Misfit(
            f"label {label.name}: not high enough: the bars need {needed_mm:.1f} mm beneath the "
            f"lines, the QR code {square_mm:.1f} mm; "
            f"height_mm of [tickets] must be {settings.height_mm + lacking_mm:.1f} or more"
        )
    quiet_mm = QR_QUIET * settings.qr_module_mm
    return Placed(
        label=label,
        texts=texts,
        linear=linear,
        linear_mm=((left_mm - linear_mm) / 2, bars_end_mm - bar_height_mm),
        bar_height_mm=bar_height_mm,
        square=square,
        square_mm=(left_mm + quiet_mm, settings.height_mm - square_mm + quiet_mm),
        text_baseline_mm=settings.height_mm - _EDGE_MM - 0.25 * TEXT_PT * POINT_MM,
    )


def _check_width(label: Label, settings: TicketsFile, linear_mm: float, square_mm: float) -> None:
    needed_mm = linear_mm + square_mm
    if needed_mm > settings.width_mm:
        raise Misfit(
            f"label {label.name}: text: {label.text!r} needs {needed_mm:.1f} mm (bars "
            f"{linear_mm:.1f} at module_mm {settings.module_mm:g}, QR code {square_mm:.1f}), the "
            f"label has {settings.width_mm:.1f}; widen width_mm of [tickets], or use shorter ids"
        )


def _lines(
    label: Label, width_mm: float, write: Callable[[str], Writing]
) -> tuple[tuple[PlacedText, ...], float]:
    """The lines for the eye, and where they end."""
    texts: list[PlacedText] = []
    top_mm = _EDGE_MM
    for at, fields in enumerate(label.lines):
        parts = [part for field in fields for part in _parts(label, field, write)]
        if not parts:
            continue
        size_pt = _size(label, parts, FIRST_LINE_PT if at == 0 else LINE_PT, width_mm)
        ascent = max(part.writing.ascent * part.scale for part in parts)
        descent = max(part.writing.descent * part.scale for part in parts)
        baseline_mm = top_mm + ascent * size_pt * POINT_MM
        x_mm = _EDGE_MM
        for part in parts:
            part_pt = size_pt * part.scale
            texts.append(PlacedText(part.writing, x_mm, baseline_mm, part_pt, part.is_caption))
            x_mm += part.writing.width * part_pt * POINT_MM + part.after_mm
        top_mm = baseline_mm + descent * size_pt * POINT_MM + _BETWEEN_LINES_MM
    return tuple(texts), top_mm - _BETWEEN_LINES_MM


@dataclass(frozen=True, slots=True)
class _Part:
    field: Field
    writing: Writing
    scale: float
    after_mm: float

    @property
    def is_caption(self) -> bool:
        return self.scale != 1.0


def _parts(label: Label, field: Field, write: Callable[[str], Writing]) -> list[_Part]:
    if not field.value:
        return []
    try:
        value = _Part(field, write(field.value), 1.0, _BETWEEN_FIELDS_MM)
    except Unwritable as error:
        raise Misfit(f"label {label.name}: {field.name}: {error}") from error
    if not field.caption:
        return [value]
    return [_Part(field, write(field.caption), CAPTION, _AFTER_CAPTION_MM), value]


def _size(label: Label, parts: list[_Part], wanted_pt: float, width_mm: float) -> float:
    """The size in which a line fits, down to the smallest that people read."""
    gaps_mm = sum(part.after_mm for part in parts[:-1])
    ems = sum(part.writing.width * part.scale for part in parts)
    size_pt = min(wanted_pt, (width_mm - gaps_mm) / (ems * POINT_MM))
    if size_pt >= SMALLEST_PT:
        return size_pt
    widest = max(parts, key=lambda part: part.writing.width * part.scale)
    needed_mm = gaps_mm + ems * SMALLEST_PT * POINT_MM
    raise Misfit(
        f"label {label.name}: {widest.field.name}: {widest.field.value[:40]!r} is too long: its "
        f"line needs {needed_mm:.1f} mm in the smallest letters and has {width_mm:.1f}; "
        "shorten it in the reference data, or widen width_mm of [tickets]"
    )
