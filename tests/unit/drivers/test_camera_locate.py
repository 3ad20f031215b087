"""Finding bars at any angle, and turning them upright."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bartack_drivers.camera.decoding.locate import CANDIDATES_MOST, CELL_PX, bar_boxes
from bartack_drivers.camera.decoding.picture import Gray
from bartack_drivers.camera.decoding.upright import averaged_rows, upright
from bartack_drivers.camera.decoding.vote import agreed
from unit.drivers.printed_bars import code128, on_table

LABEL = code128("B000123-OP310", module_px=2)


@given(degrees=st.floats(0, 360), lean=st.floats(0, 0.3))
def test_bars_are_found_where_they_lie(degrees: float, lean: float) -> None:
    """The strongest candidate lies on the bars and is turned as they are, at any angle."""
    box = bar_boxes(on_table(LABEL, degrees, lean), 640)[0]
    assert math.hypot(box.centre_x - 320, box.centre_y - 320) < 6 * CELL_PX
    # Which of the two ways along is not for the locator to tell.
    assert abs(math.sin(box.angle - math.radians(degrees))) < 0.1
    assert box.along_px > box.across_px


@given(degrees=st.floats(0, 360), lean=st.floats(0, 0.3))
def test_upright_rows_agree_on_the_text(degrees: float, lean: float) -> None:
    """Turned upright and averaged, the bars of a label seen aslant read in several rows."""
    picture = on_table(LABEL, degrees, lean)
    codes = [
        agreed(averaged_rows(upright(picture, box)), ["code128"]) for box in bar_boxes(picture, 640)
    ]
    assert "B000123-OP310" in {code.text for code in codes if code}


@given(
    picture=arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90))),
    side_px=st.integers(10, 100),
)
def test_any_picture_gives_few_boxes_of_a_sane_size(picture: Gray, side_px: int) -> None:
    """Noise gives at most a handful of boxes; each can be turned upright."""
    boxes = bar_boxes(picture, side_px)
    assert len(boxes) <= CANDIDATES_MOST
    for box in boxes:
        assert averaged_rows(upright(picture, box)).size


def test_plain_paper_has_no_bars() -> None:
    """Where nothing is printed there is no candidate."""
    assert bar_boxes(np.full((480, 640), 230, np.uint8), 480) == []
