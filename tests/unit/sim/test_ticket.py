"""Tickets and the scenes that spoil their pictures: each knob does what it says."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack_sim.ticket import (
    HEIGHT_PX,
    WIDTH_PX,
    Picture,
    Scene,
    Symbology,
    Ticket,
    in_view,
    render_card,
    render_scene,
    shoot,
    to_jpeg,
)

TICKET = Ticket("B000123-OP310", ("PO-7712 ST2041 M navy",))
CLEAR = Scene(noise_sigma=0.0, qr_module_px=None, width_px=640, height_px=480)


def texts(picture: Picture) -> set[tuple[str, str]]:
    return {(code.format.name, code.text) for code in zxingcpp.read_barcodes(picture)}


def seen(scene: Scene, noise_seed: int = 1) -> Picture:
    return render_scene(TICKET, scene, noise_seed)


def ticket_part(picture: Picture) -> tuple[slice, slice]:
    """Where the card is: rows and columns that are brighter than any cloth."""
    rows, columns = np.nonzero(picture > 200)
    return slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)


@pytest.mark.parametrize(
    "scene",
    [
        Scene(),
        Scene(tilt_deg=8.0, perspective=0.2),
        Scene(tilt_deg=-9.0, light=0.75, noise_sigma=5.0),
        Scene(defocus_px=1.0, offset_px=(120, -80)),
    ],
)
@pytest.mark.parametrize("text", ["B000001", "B000123-OP310"])
def test_both_codes_of_a_ticket_read_back(text: str, scene: Scene) -> None:
    """Code 128 and QR of a rendered ticket say its text, in every scene that operators make."""
    picture = render_scene(Ticket(text, ("PO-7712",)), scene, noise_seed=1)
    assert texts(picture) == {("Code128", text), ("QRCode", text)}


def test_an_empty_table_says_nothing() -> None:
    """Nothing is read where no ticket lies."""
    assert texts(render_scene(None, Scene(), noise_seed=1)) == set()


def test_stress_beyond_reading_is_possible() -> None:
    """Enough blur makes a ticket that no reader reads: the knobs reach far enough."""
    assert texts(render_scene(TICKET, Scene(defocus_px=8.0), noise_seed=1)) == set()


def test_the_same_seed_gives_the_same_picture() -> None:
    """Rendering is a function of ticket, scene and seed."""
    scene = Scene(tilt_deg=3.0, noise_sigma=10.0)
    first, second = (render_scene(TICKET, scene, noise_seed=7) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (HEIGHT_PX, WIDTH_PX)


@pytest.mark.parametrize("text", ["", "B" * 33, "bündel"])
def test_a_text_that_does_not_fit_is_refused(text: str) -> None:
    """Empty, long and non-ASCII texts are refused with what is needed."""
    with pytest.raises(ValueError, match="ASCII"):
        Ticket(text)


def test_a_jpeg_is_a_jpeg() -> None:
    """Pictures are served as complete JPEG files."""
    data = to_jpeg(render_scene(None, Scene(), noise_seed=0))
    assert data[:2] == b"\xff\xd8"
    assert data[-2:] == b"\xff\xd9"


@pytest.mark.parametrize(
    ("symbology", "text", "name"),
    [
        ("code128", "B1234567890123", "Code128"),
        ("code39", "B000123-OP310", "Code39"),
        ("itf", "12345678", "ITF"),
        ("ean13", "4006381333931", "EAN13"),
        ("datamatrix", "B000123-OP310", "DataMatrix"),
    ],
)
def test_every_symbology_reads_back(symbology: Symbology, text: str, name: str) -> None:
    """A clear ticket of each symbology says its text, alone and beside a QR code."""
    ticket = Ticket(text, symbology=symbology)
    alone = replace(Scene(), qr_module_px=None, module_px=4.0)
    assert texts(render_scene(ticket, alone, 1)) == {(name, text)}
    assert texts(render_scene(ticket, replace(alone, qr_module_px=4.0), 1)) == {
        (name, text),
        ("QRCode", text),
    }


@pytest.mark.parametrize(
    ("symbology", "text", "needed"),
    [
        ("code39", "lower", "code39 needs"),
        ("itf", "123", "even"),
        ("ean13", "123", "13 digits"),
        ("ean13", "4006381333930", "check digit"),
        ("code128", "a\nb", "printable"),
        ("code11", "1", "one of code128"),
    ],
)
def test_a_text_that_a_symbology_cannot_hold_is_refused(
    symbology: Any, text: str, needed: str
) -> None:
    """The refusal says what is needed, before anything is drawn."""
    with pytest.raises(ValueError, match=needed):
        Ticket(text, symbology=symbology)


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("perspective", 0.6),
        ("defocus_px", -1.0),
        ("noise_sigma", float("nan")),
        ("light", 2.1),
        ("motion_px", 61.0),
        ("glare", -0.1),
        ("lint_fibres", 501),
        ("wrinkle", 4.1),
        ("module_px", 0.5),
        ("qr_module_px", 0.0),
        ("jpeg_quality", 0),
        ("width_px", 10),
        ("height_px", 10),
        ("offset_px", (float("inf"), 0.0)),
    ],
)
def test_a_knob_out_of_its_range_is_refused_by_name(knob: str, value: Any) -> None:
    """The error names the knob."""
    with pytest.raises(ValueError, match=knob):
        Scene(**{knob: value})


SERIES: dict[str, tuple[Any, ...]] = {
    "tilt_deg": (0.0, 5.0, 15.0, 90.0, 180.0),
    "perspective": (0.0, 0.2, 0.4, 0.5),
    "defocus_px": (0.0, 1.0, 1.5, 2.0, 2.5, 3.0),
    "motion_px": (0.0, 3.0, 4.0, 6.0, 15.0),
    "noise_sigma": (0.0, 8.0, 15.0, 25.0, 60.0),
    "light": (1.0, 0.25, 0.12, 0.08),
    "glare": (0.0, 0.5, 0.9, 1.3),
    "lint_fibres": (0, 25, 50, 80),
    "wrinkle": (0.0, 0.5, 1.0, 1.5),
    "module_px": (0.8, 1.0, 1.2, 1.4, 1.6),
    "qr_module_px": (None, 2.0, 3.0, 4.0),
    "offset_px": ((0.0, 0.0), (0.3, 0.0), (0.0, 20.0)),
}


@pytest.mark.parametrize("knob", SERIES)
def test_another_amount_is_another_picture(knob: str) -> None:
    """No two amounts of one stress give the same picture, and one amount gives one picture."""
    pictures = [seen(replace(CLEAR, **{knob: value})) for value in SERIES[knob]]
    assert not any(np.array_equal(one, other) for one, other in combinations(pictures, 2))
    assert np.array_equal(pictures[-1], seen(replace(CLEAR, **{knob: SERIES[knob][-1]})))


@settings(max_examples=25, deadline=None)
@given(st.floats(0.8, 4.0))
def test_a_pixel_sums_the_light_of_its_area(module_px: float) -> None:
    """However narrow the bars, the grey of a ticket is that of its print: resampling neither
    drops nor doubles a bar."""
    scene = replace(CLEAR, module_px=module_px, width_px=1280)
    ticket = Ticket("B123456789")
    card = render_card(ticket, 10.0, None)
    picture = render_scene(ticket, scene, 1).astype(float)
    cloth = render_scene(None, scene, 1).astype(float)
    ratio = module_px / 10.0
    height, width = (side * ratio for side in card.shape)
    top, left = 240 - round(height / 2), 640 - round(width / 2)
    under = cloth[top : top + round(height), left : left + round(width)].mean()
    added = (picture - cloth).sum() / (height * width)
    assert added == pytest.approx(card.mean() - under, abs=8.0)


def test_light_scales_and_noise_spreads() -> None:
    """Half the light is half the grey; the deviation of the noise is what was asked for."""
    clear = seen(CLEAR).astype(float)
    assert np.abs(seen(replace(CLEAR, light=0.5)) - clear * 0.5).max() <= 1.0
    noisy = seen(replace(CLEAR, light=0.5, noise_sigma=8.0)).astype(float)
    grains = (noisy - clear * 0.5)[clear > 150]
    assert grains.std() == pytest.approx(8.0, rel=0.1)


def edges(picture: Picture) -> tuple[float, float]:
    """How much grey changes along the rows and along the columns of the bars."""
    bars = picture[210:230, 200:420].astype(float)
    return float(np.abs(np.diff(bars, axis=1)).mean()), float(np.abs(np.diff(bars, axis=0)).mean())


def test_motion_blurs_in_its_direction() -> None:
    """Motion along the rows washes the bars out; along the bars it leaves them as they are."""
    scene = CLEAR
    still, along = edges(seen(scene)), edges(seen(replace(scene, motion_px=8.0)))
    down = edges(seen(replace(scene, motion_px=8.0, motion_deg=90.0)))
    assert along[0] < 0.3 * still[0]
    assert down[0] > 0.95 * still[0]


def test_glare_saturates_its_place_and_leaves_the_rest() -> None:
    """At the spot's middle all is white; far from it nothing changes."""
    spoilt = seen(replace(CLEAR, glare=1.3, glare_px=(-80.0, 20.0)))
    assert spoilt[258:263, 238:243].min() == 255
    assert np.array_equal(spoilt[:, 560:], seen(CLEAR)[:, 560:])


def test_lint_and_wrinkles_stay_while_noise_changes() -> None:
    """What lies on a ticket lies there in each frame; another pattern seed is another ticket."""
    scene = replace(CLEAR, lint_fibres=30, wrinkle=1.0)
    assert np.array_equal(seen(scene, 1), seen(scene, 2))
    assert not np.array_equal(seen(scene), seen(replace(scene, pattern_seed=5)))
    bare = render_scene(None, scene, 1)
    assert np.array_equal(bare, render_scene(None, CLEAR, 1))


def test_lint_is_dark_and_light_and_only_on_the_ticket() -> None:
    """Threads darken the paper and brighten the ink, and none lies on the cloth."""
    clear, spoilt = seen(CLEAR).astype(int), seen(replace(CLEAR, lint_fibres=60)).astype(int)
    rows, columns = ticket_part(seen(CLEAR))
    change = spoilt - clear
    assert change.min() < -80
    assert change.max() > 80
    # One pixel around it is shared by its edge and the cloth.
    change[rows.start - 1 : rows.stop + 1, columns.start - 1 : columns.stop + 1] = 0
    assert not change.any()


@pytest.mark.parametrize("module_px", [1.25, 2.5])
def test_the_ticket_is_as_wide_as_its_modules(module_px: float) -> None:
    """The card grows with the module; its QR code has a size of its own."""
    scene = replace(CLEAR, module_px=module_px)
    columns = ticket_part(seen(scene))[1]
    modules = zxingcpp.create_barcode(TICKET.text, zxingcpp.BarcodeFormat.Code128)
    bars = np.asarray(modules.to_image(scale=1, add_quiet_zones=True)).shape[1]
    assert columns.stop - columns.start == pytest.approx((bars + 2 * 7.2) * module_px, abs=3.0)


def test_an_offset_moves_the_ticket() -> None:
    """Whole pixels move it exactly."""
    rows, columns = ticket_part(seen(CLEAR))
    moved = seen(replace(CLEAR, offset_px=(12.0, -30.0)))
    assert ticket_part(moved) == (
        slice(rows.start - 30, rows.stop - 30),
        slice(columns.start + 12, columns.stop + 12),
    )


def test_in_view_means_nothing_is_cut() -> None:
    """A ticket is in view as long as its last corner is."""
    rows, columns = ticket_part(seen(CLEAR))
    room = float(CLEAR.height_px - rows.stop)
    assert in_view(TICKET, replace(CLEAR, offset_px=(0.0, room - 2)))
    assert not in_view(TICKET, replace(CLEAR, offset_px=(0.0, room + 3)))
    assert not in_view(TICKET, replace(CLEAR, offset_px=(float(columns.start) + 3, 0.0)))


def test_size_and_quality_of_the_jpeg() -> None:
    """The file has the scene's size, and a lower quality makes it smaller."""
    fine, coarse = shoot(TICKET, CLEAR, 1), shoot(TICKET, replace(CLEAR, jpeg_quality=25), 1)
    assert len(coarse) < 0.6 * len(fine)
    picture = cv2.imdecode(np.frombuffer(coarse, dtype=np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    assert picture.shape == (480, 640)
