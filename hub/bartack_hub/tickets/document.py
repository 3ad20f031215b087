"""Labels as a PDF. The same labels with the same settings give the same bytes, whenever printed.

No time stands in the file; the library writes the first day of 2000 where PDF wants one.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from typing import Final

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

from bartack_hub.tickets.labels import Label
from bartack_hub.tickets.layout import POINT_MM, TEXT_PT, Misfit, Placed, PlacedText, place
from bartack_hub.tickets.letters import BUILT_IN, Glyph, Letters, Writing
from bartack_hub.tickets.settings import TicketsFile

CAPTION_FONT: Final = "Helvetica"
TEXT_FONT: Final = "Courier-Bold"
"""For the text below the bars: in it 0 and O, 1 and I differ."""
EM: Final = 1000
"""Units of an em in which outlines are written down."""


class Misfits(Exception):
    """Labels that have no room for what stands on them; ``whats`` names them all."""

    def __init__(self, whats: Sequence[str]) -> None:
        super().__init__("\n".join(whats))
        self.whats = tuple(whats)


def write_pdf(labels: Iterable[Label], settings: TicketsFile, letters: Letters) -> bytes:
    """A PDF of all labels, or ``Misfits`` and nothing at all."""
    out = io.BytesIO()
    page_mm = settings.page_mm
    canvas = Canvas(out, (_pt(page_mm[0]), _pt(page_mm[1])), pageCompression=1, invariant=1)
    canvas.setTitle("Labels")
    canvas.setAuthor("Bartack")
    canvas.setSubject("Print at 100 %")
    places_mm, misfits = settings.places_mm, []
    forms: dict[str, str] = {}
    count = 0
    for label in labels:
        try:
            placed = place(label, settings, letters.write)
        except Misfit as misfit:
            misfits.append(str(misfit))
            continue
        if misfits:
            continue
        if count and count % len(places_mm) == 0:
            canvas.showPage()
        left_mm, top_mm = places_mm[count % len(places_mm)]
        canvas.saveState()
        canvas.translate(_pt(left_mm), _pt(page_mm[1] - top_mm))
        _draw(canvas, placed, settings, forms)
        canvas.restoreState()
        count += 1
    if misfits:
        raise Misfits(misfits)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, placed: Placed, settings: TicketsFile, forms: dict[str, str]) -> None:
    """One label; the origin is its upper left corner, and y grows upwards."""
    path = canvas.beginPath()
    _bars(path, placed, settings.module_mm)
    _squares(path, placed, settings.qr_module_mm)
    canvas.drawPath(path, stroke=0, fill=1)
    for text in placed.texts:
        _write(canvas, text, forms)
    canvas.setFont(TEXT_FONT, TEXT_PT)
    width_mm = placed.linear.width * settings.module_mm
    text_mm = stringWidth(placed.label.text, TEXT_FONT, TEXT_PT) * POINT_MM
    x_mm = max(0.0, placed.linear_mm[0] + (width_mm - text_mm) / 2)
    canvas.drawString(_pt(x_mm), -_pt(placed.text_baseline_mm), placed.label.text)


def _bars(path: PDFPathObject, placed: Placed, module_mm: float) -> None:
    left_mm, top_mm = placed.linear_mm
    bottom, height = -_pt(top_mm + placed.bar_height_mm), _pt(placed.bar_height_mm)
    for bar in placed.linear.bars:
        x_mm = left_mm + bar.start * module_mm
        path.rect(_pt(x_mm), bottom, _pt(bar.length * module_mm), height)


def _squares(path: PDFPathObject, placed: Placed, module_mm: float) -> None:
    left_mm, top_mm = placed.square_mm
    height = _pt(module_mm)
    for number, row in enumerate(placed.square.rows, start=1):
        bottom = -_pt(top_mm + number * module_mm)
        for run in row:
            x_mm = left_mm + run.start * module_mm
            path.rect(_pt(x_mm), bottom, _pt(run.length * module_mm), height)


def _write(canvas: Canvas, text: PlacedText, forms: dict[str, str]) -> None:
    x, y, size = _pt(text.x_mm), -_pt(text.baseline_mm), text.size_pt
    for piece in text.writing.pieces:
        if piece.text:
            canvas.setFont(CAPTION_FONT if text.is_caption else BUILT_IN, size)
            canvas.drawString(x + piece.x * size, y, piece.text)
    if any(piece.glyphs for piece in text.writing.pieces):
        canvas.saveState()
        canvas.translate(x, y)
        canvas.scale(size / EM, size / EM)
        canvas.doForm(_form(canvas, text.writing, forms))
        canvas.restoreState()


def _form(canvas: Canvas, writing: Writing, forms: dict[str, str]) -> str:
    """The name of the outlines of a text, which stand in the file once however often it does."""
    if writing.text in forms:
        return forms[writing.text]
    name = forms[writing.text] = f"outlines{len(forms)}"
    # Letters may lean out to both sides of the room that they take up.
    low, high = math.floor(-writing.descent * EM), math.ceil(writing.ascent * EM)
    canvas.beginForm(name, -EM, low, math.ceil(writing.width * EM) + EM, high)
    path = canvas.beginPath()
    for piece in writing.pieces:
        for glyph in piece.glyphs:
            _outline(path, glyph)
    # Outlines of one letter may cross; the rule of non-zero winding fills them as fonts mean it.
    canvas.drawPath(path, stroke=0, fill=1, fillMode=1)
    canvas.endForm()
    return name


def _outline(path: PDFPathObject, glyph: Glyph) -> None:
    for step in glyph.outline:
        points = [
            ((glyph.x if at % 2 == 0 else glyph.y) + point) * EM
            for at, point in enumerate(step.points)
        ]
        match step.kind:
            case "move":
                path.moveTo(*points)
            case "line":
                path.lineTo(*points)
            case "curve":
                path.curveTo(*points)
            case "close":
                path.close()


def _pt(length_mm: float) -> float:
    return length_mm / POINT_MM
