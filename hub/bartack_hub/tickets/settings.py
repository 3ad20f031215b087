"""The table ``[tickets]`` of the hub's settings file: the size of labels and how they are printed.

All lengths are in millimetres. The values left out are those of a common sheet of 14 labels.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from bartack.settings import LocalPath, Table

PAPERS_MM: Final = {"A4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height of the sheets that are known by name."""

DOT_300_MM: Final = 25.4 / 300
"""One dot of a 300 dpi printer, two of a 600 dpi one: bars of whole dots come out evenly."""

_TOLERANCE_MM: Final = 0.05
_SHEET_KEYS: Final = frozenset(
    {"columns", "rows", "margin_left_mm", "margin_top_mm", "gap_across_mm", "gap_down_mm"}
)

Length = Annotated[float, Field(ge=0, le=1000)]


class TicketsFile(Table):
    """How large a label is, where labels lie on a page, and how wide their bars are."""

    width_mm: Annotated[float, Field(ge=20, le=300)] = 99.1
    height_mm: Annotated[float, Field(ge=15, le=300)] = 38.1
    page: Literal["A4", "letter", "label"] = "A4"
    """A sheet of labels, or ``label``: every label is a page of its own, for label printers."""
    columns: Annotated[int, Field(ge=1, le=20)] = 2
    rows: Annotated[int, Field(ge=1, le=50)] = 7
    margin_left_mm: Length = 4.65
    margin_top_mm: Length = 15.15
    gap_across_mm: Length = 2.5
    gap_down_mm: Length = 0.0
    module_mm: Annotated[float, Field(ge=0.19, le=2)] = round(4 * DOT_300_MM, 4)
    """The narrowest bar. Cameras want two pixels of it: 0.33 mm in a view of 211 mm at 1280."""
    qr_module_mm: Annotated[float, Field(ge=0.25, le=3)] = round(8 * DOT_300_MM, 4)
    """One square of the QR code."""
    fonts: Annotated[tuple[LocalPath, ...], Field(max_length=16)] = ()
    """TrueType or OpenType files for what the built-in font cannot write, tried in this order."""

    @model_validator(mode="after")
    def _fits_its_page(self) -> Self:
        if self.page == "label":
            if meant := sorted(_SHEET_KEYS & self.model_fields_set):
                raise ValueError(f'{", ".join(meant)}: only for sheets; page is "label"')
            return self
        page_width_mm, page_height_mm = PAPERS_MM[self.page]
        for used_mm, page_mm, way in (
            (self._across_mm, page_width_mm, "columns, width_mm, margin_left_mm or gap_across_mm"),
            (self._down_mm, page_height_mm, "rows, height_mm, margin_top_mm or gap_down_mm"),
        ):
            if used_mm > page_mm + _TOLERANCE_MM:
                raise ValueError(
                    f"the labels need {used_mm:.1f} mm of the {page_mm:.1f} mm of {self.page}; "
                    f"lessen {way}"
                )
        return self

    @property
    def for_cards(self) -> TicketsFile:
        """The settings for command cards: their texts are long, so each takes a whole row.

        A label printer has no rows, so there it is the label as it is.
        """
        if self.page == "label":
            return self
        gaps_mm = (self.columns - 1) * self.gap_across_mm
        width_mm = self.columns * self.width_mm + gaps_mm
        return self.model_copy(update={"columns": 1, "width_mm": width_mm})

    @property
    def page_mm(self) -> tuple[float, float]:
        """Width and height of a page."""
        return PAPERS_MM.get(self.page, (self.width_mm, self.height_mm))

    @property
    def places_mm(self) -> tuple[tuple[float, float], ...]:
        """The left and top edge of every label of a page, row by row."""
        if self.page == "label":
            return ((0.0, 0.0),)
        return tuple(
            (
                self.margin_left_mm + column * (self.width_mm + self.gap_across_mm),
                self.margin_top_mm + row * (self.height_mm + self.gap_down_mm),
            )
            for row in range(self.rows)
            for column in range(self.columns)
        )

    @property
    def _across_mm(self) -> float:
        gaps_mm = (self.columns - 1) * self.gap_across_mm
        return self.margin_left_mm + self.columns * self.width_mm + gaps_mm

    @property
    def _down_mm(self) -> float:
        return self.margin_top_mm + self.rows * self.height_mm + (self.rows - 1) * self.gap_down_mm
