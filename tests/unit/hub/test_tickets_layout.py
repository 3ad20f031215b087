"""Where things stand on labels: inside, apart, and never smaller than a camera reads."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from bartack.wire import with_check_character
from bartack_hub.tickets.layout import POINT_MM, SMALLEST_PT, Misfit, place
from bartack_hub.tickets.letters import Letters
from bartack_hub.tickets.settings import TicketsFile
from bartack_hub.tickets.symbols import CODE128_QUIET, QR_QUIET, code128, qr
from unit.hub.printed import label

WRITE = Letters().write
IDS = st.from_regex(r"[A-Z]{1,4}[0-9]{0,6}(-[A-Z0-9]{1,6})?", fullmatch=True)
WIDTHS = st.floats(0.2, 0.8)


@given(
    IDS,
    st.lists(st.from_regex(r"[ -~]{1,60}", fullmatch=True), max_size=4),
    st.floats(20, 150),
    st.floats(15, 100),
    WIDTHS,
    WIDTHS.map(lambda width: width + 0.1),
)
def test_whatever_fits_stands_inside_and_apart(
    text: str, values: list[str], width_mm: float, height_mm: float, module: float, square: float
) -> None:
    """Quiet zones, bars, QR code and letters lie inside the label, and none in another's place."""
    settings = TicketsFile(
        width_mm=width_mm, height_mm=height_mm, page="label", module_mm=module, qr_module_mm=square
    )
    try:
        placed = place(label(with_check_character(text), *values), settings, WRITE)
    except Misfit:
        return
    left_mm, top_mm = placed.linear_mm
    quiet_mm = CODE128_QUIET * module
    bars_end_mm = left_mm + placed.linear.width * module
    qr_quiet_mm = QR_QUIET * square
    qr_left_mm, qr_top_mm = placed.square_mm
    qr_mm = placed.square.width * square
    assert left_mm >= quiet_mm - 1e-9
    assert bars_end_mm + quiet_mm <= qr_left_mm - qr_quiet_mm + 1e-9
    assert qr_left_mm + qr_mm + qr_quiet_mm <= width_mm + 1e-9
    assert qr_top_mm >= qr_quiet_mm - 1e-9
    assert qr_top_mm + qr_mm + qr_quiet_mm <= height_mm + 1e-9
    assert placed.bar_height_mm >= max(5.0, 0.15 * placed.linear.width * module)
    for written in placed.texts:
        size_mm = written.size_pt * POINT_MM
        assert written.size_pt >= SMALLEST_PT - 1e-9
        assert written.baseline_mm - written.writing.ascent * size_mm >= 0
        assert written.baseline_mm + written.writing.descent * size_mm <= top_mm
        assert written.x_mm + written.writing.width * size_mm <= qr_left_mm - qr_quiet_mm + 1e-9


@given(IDS, WIDTHS)
def test_the_width_that_a_misfit_names_is_enough(text: str, module: float) -> None:
    """Whoever makes the label as wide as the message says is not told the same again."""
    tight = TicketsFile(width_mm=20, height_mm=100, page="label", module_mm=module)
    with pytest.raises(Misfit) as caught:
        place(label(text), tight, WRITE)
    assert f"label {text}: text: {text!r} needs" in str(caught.value)
    needed_mm = float(str(caught.value).partition(" needs ")[2].split()[0])
    assume(needed_mm + 0.1 <= 300)
    wide = TicketsFile(width_mm=needed_mm + 0.1, height_mm=100, page="label", module_mm=module)
    assert place(label(text), wide, WRITE).label.text == text


def test_the_height_that_a_misfit_names_is_enough() -> None:
    """A label that is too low is told how high it must be, and fits then."""
    ticket = label("B000123-N", "B000123", "PO-88121", "Navy", "Shoulder join")
    low = TicketsFile(height_mm=20, page="label")
    with pytest.raises(Misfit, match=r"label B000123-N: not high enough") as caught:
        place(ticket, low, WRITE)
    needed_mm = float(str(caught.value).rpartition("must be ")[2].split()[0])
    assert place(ticket, TicketsFile(height_mm=needed_mm + 0.05, page="label"), WRITE)


@pytest.mark.parametrize("value", ["W" * 200, "iii " * 50])
def test_a_long_text_gets_smaller_letters_and_then_a_message(value: str) -> None:
    """Letters shrink to the smallest that people read; beyond that label and field are named."""
    placed = place(label("B1-X", value[:30]), TicketsFile(), WRITE)
    assert placed.texts[0].size_pt > SMALLEST_PT
    with pytest.raises(Misfit, match=r"label B1-X: name: .* is too long: .*widen width_mm"):
        place(label("B1-X", value), TicketsFile(), WRITE)


@pytest.mark.parametrize("text", ["", "é", "a\nb", "\x00", "ক"])
def test_only_printable_ascii_becomes_bars(text: str) -> None:
    """Anything else is refused before it is printed as something else."""
    with pytest.raises(ValueError, match="ASCII"):
        code128(text)


def test_a_qr_code_of_a_ticket_is_the_smallest() -> None:
    """A ticket of the usual length in capitals and digits takes the smallest QR code."""
    assert qr("B000123-OP310-N").width == 21


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"columns": 3}, "the labels need 306.9 mm of the 210.0 mm of A4; lessen columns"),
        ({"rows": 9}, "the labels need 358.1 mm of the 297.0 mm of A4; lessen rows"),
        ({"page": "label", "rows": 1}, 'rows: only for sheets; page is "label"'),
        ({"module_mm": 0.1}, "greater than or equal to 0.19"),
        ({"width_mm": float("nan")}, "width_mm"),
        ({"module_mm": float("inf")}, "module_mm"),
    ],
)
def test_settings_that_cannot_be_are_refused(changed: dict[str, object], told: str) -> None:
    """Labels that do not fit their sheet, or bars that nobody reads, are mistakes of the file."""
    with pytest.raises(ValidationError) as caught:
        TicketsFile.model_validate(changed)
    assert told in str(caught.value)


def test_labels_lie_side_by_side_on_the_sheet() -> None:
    """The default sheet has 14 places that neither touch one another nor leave the page."""
    settings = TicketsFile()
    places = settings.places_mm
    assert len(set(places)) == 14
    assert max(left for left, _ in places) + settings.width_mm <= 210
    assert max(top for _, top in places) + settings.height_mm <= 297
