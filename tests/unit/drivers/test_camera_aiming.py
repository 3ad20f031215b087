"""Aiming help: what is measured in rendered pictures of known size, blur and light, and said."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bartack_drivers.camera.aiming.measuring import Measured, measure_candidate, measure_code
from bartack_drivers.camera.aiming.verdict import (
    NEVER,
    TEXT_MAX_CHARS,
    Reads,
    Sight,
    measure,
    verdict,
    visible,
)
from bartack_drivers.camera.aiming.words import ENGLISH
from bartack_drivers.camera.decoding.codes import Code, Corners
from bartack_drivers.camera.decoding.picture import Gray
from bartack_drivers.camera.decoding.pipeline import LIVE, Look, look

FORMATS = {
    "code128": (zxingcpp.BarcodeFormat.Code128, "B000123-OP310"),
    "ean13": (zxingcpp.BarcodeFormat.EAN13, "590123412345"),
    "code39": (zxingcpp.BarcodeFormat.Code39, "B-123 A"),
    "qr": (zxingcpp.BarcodeFormat.QRCode, "B000123-OP310"),
    "datamatrix": (zxingcpp.BarcodeFormat.DataMatrix, "B000123"),
}
SQUARE = ("qr", "datamatrix")
WIDTH_PX, HEIGHT_PX = 1280, 720
FINE = 3
"""Samples a pixel side, of which a pixel is the mean."""


@dataclass(frozen=True, slots=True)
class Print:
    """A code in a picture: how large, how turned, how spoilt. ``light``: grey levels of paper."""

    symbology: str = "code128"
    module_px: float = 2.5
    turn_deg: float = 0.0
    blur_px: float = 0.0
    ink: float = 25.0
    light: float = 225.0
    cloth: float = 90.0
    noise: float = 2.0

    @property
    def text(self) -> str:
        return FORMATS[self.symbology][1]


def modules_of(symbology: str) -> Gray:
    """One pixel a module, 0 for ink; bars are 40 modules high."""
    kind, text = FORMATS[symbology]
    printed = zxingcpp.create_barcode(text, kind).to_image(scale=1, add_quiet_zones=False)
    modules = np.asarray(printed, np.uint8)
    return modules if symbology in SQUARE else np.tile(modules[modules.shape[0] // 2], (40, 1))


def render(it: Print, seed: int = 1) -> tuple[Gray, Corners]:
    """The picture, and where the code's corners are in it."""
    big, margin = 12, 120
    ink = np.repeat(np.repeat(modules_of(it.symbology), big, 0), big, 1) == 0
    card = np.where(np.pad(ink, margin), it.ink, it.light).astype(np.float32)
    height, width = card.shape
    scale = it.module_px * FINE / big
    cosine, sine = math.cos(math.radians(it.turn_deg)), math.sin(math.radians(it.turn_deg))
    turn = scale * np.array([[cosine, -sine], [sine, cosine]])
    middle = FINE * np.array([WIDTH_PX / 2 + 0.37, HEIGHT_PX / 2 + 0.61])
    moved = np.column_stack([turn, middle - turn @ (width / 2, height / 2)])
    size = (WIDTH_PX * FINE, HEIGHT_PX * FINE)
    flags = cv2.INTER_LINEAR
    fine = cv2.warpAffine(card, moved, size, flags=flags, borderValue=it.cloth)
    pixels = cv2.resize(fine, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
    if it.blur_px:
        pixels = cv2.GaussianBlur(pixels, (0, 0), it.blur_px)
    grains = np.random.default_rng(seed).normal(0, it.noise, pixels.shape)
    outline = [(margin, margin), (width - margin, margin)]
    outline += [(width - margin, height - margin), (margin, height - margin)]
    corners = (np.array(outline) @ turn.T + moved[:, 2]) / FINE - 0.5
    first, second, third, fourth = ((float(x), float(y)) for x, y in corners)
    return np.clip(pixels + grains, 0, 255).astype(np.uint8), (first, second, third, fourth)


def measured(it: Print) -> Measured:
    gray, corners = render(it)
    return measure_code(gray, Code(it.symbology, it.text, corners))


def as_candidate(gray: Gray, corners: Corners) -> Sight:
    return measure(gray, Look((), (), (corners,)))


# --- measurements -----------------------------------------------------------------------------


@settings(max_examples=25)
@given(
    st.sampled_from(sorted(FORMATS)),
    st.floats(1.2, 5.0),
    st.floats(0, 360),
)
@example("code128", 1.2, 45.0)
@example("code128", 6.0, 20.0)
@example("qr", 1.2, 45.0)
@example("qr", 6.0, 3.0)
def test_the_module_of_a_read_code_is_measured(
    symbology: str, module_px: float, turn_deg: float
) -> None:
    """Pixels a module are right within 10 % from 1.2 to 6, however the code is turned."""
    it = Print(symbology, module_px, turn_deg)
    assert measured(it).module_px == pytest.approx(module_px, rel=0.1)


@settings(max_examples=12)
@given(st.floats(1.2, 5.0), st.floats(0, 360), st.floats(0, 6), st.floats(0.8, 1.3))
@example(1.2, 30.0, 3.0, 1.2)
def test_the_module_of_unread_bars_is_measured(
    module_px: float, turn_deg: float, wider: float, taller: float
) -> None:
    """Without text, and with corners that hold more or less than the bars, it is still right."""
    gray, corners = render(Print("code128", module_px, turn_deg))
    quad = np.array(corners)
    centre = quad.mean(0)
    along, across = (quad[1] - quad[0]) / 2, (quad[3] - quad[0]) / 2
    along *= 1 + wider * module_px / np.hypot(*along)
    across *= taller
    loose = [centre + x * along + y * across for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    first, second, third, fourth = ((float(x), float(y)) for x, y in loose)
    found = measure_candidate(gray, (first, second, third, fourth))
    assert found.module_px == pytest.approx(module_px, rel=0.1)


@pytest.mark.parametrize("turn_deg", [0, 9, -8])
def test_a_code_read_along_rows_is_measured_across_its_bars(turn_deg: float) -> None:
    """The engine gives corners along rows of pixels; tilt and module are those of the bars."""
    gray, _ = render(Print(module_px=3.0, turn_deg=turn_deg))
    code = look(gray, ["code128"], LIVE).codes[0]
    found = measure_code(gray, code)
    assert found.module_px == pytest.approx(3.0, rel=0.03)
    assert found.tilt_deg == pytest.approx(turn_deg, abs=1.5)


@pytest.mark.parametrize("module_px", [1.6, 2.5, 4.0])
def test_blur_is_measured_in_modules(module_px: float) -> None:
    """A sharp edge is about a pixel wide; a blurred one as wide as the blur, whatever the size."""
    sharp = measured(Print(module_px=module_px, turn_deg=25))
    assert sharp.edge_px == pytest.approx(1.1, abs=0.25)
    soft = measured(Print(module_px=module_px, turn_deg=25, blur_px=0.4 * module_px))
    assert soft.edge_modules == pytest.approx(1.0, abs=0.15)


@settings(max_examples=10)
@given(st.floats(0, 90), st.floats(110, 235))
def test_light_is_measured_inside_the_code(ink: float, light: float) -> None:
    """Grey levels of bars and paper are those of the print, within a few levels."""
    found = measured(Print(module_px=3.5, ink=ink, light=light))
    assert found.dark == pytest.approx(ink, abs=0.1 * (light - ink) + 4)
    assert found.light == pytest.approx(light, abs=0.1 * (light - ink) + 4)
    assert found.glare_share < 0.02


def test_glare_is_measured_inside_the_code() -> None:
    """A third of the bars drowned in light is a third of glare."""
    it = Print(module_px=2.5)
    gray, corners = render(it)
    left, right = corners[0][0], corners[1][0]
    gray[:, int(left + (right - left) / 3) : int(left + 2 * (right - left) / 3)] = 255
    assert 0.2 < measure_candidate(gray, corners).glare_share < 0.5


def test_white_paper_around_bars_is_no_glare() -> None:
    """Corners that hold white margins with the bars count no glare, however white they are."""
    gray, corners = render(Print(light=255, noise=0.5))
    (left, top), _, (right, bottom), _ = corners
    loose = ((left - 60, top - 20), (right + 60, top - 20), (right + 60, bottom + 20))
    found = measure_candidate(gray, (*loose, (left - 60, bottom + 20)))
    assert found.glare_share < 0.05
    assert found.module_px == pytest.approx(2.5, rel=0.1)


@settings(max_examples=30)
@given(st.tuples(*[st.tuples(st.floats(-90, 150), st.floats(-90, 150))] * 4), st.integers(0, 9))
def test_any_corners_are_measured(corners: Corners, seed: int) -> None:
    """Corners outside of the picture, crossed or all in one point make no error."""
    gray = np.random.default_rng(seed).integers(0, 256, (60, 70)).astype(np.uint8)
    for symbology in ("", "code128", "itf", "qr"):
        found = measure_code(gray, Code(symbology, "123456", corners))
        assert found.module_px is None or found.module_px >= 0
        assert 0 <= found.glare_share <= 1


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_has_no_module(level: int) -> None:
    """Where there are no edges nothing is made up."""
    gray = np.full((HEIGHT_PX, WIDTH_PX), level, np.uint8)
    found = measure_candidate(gray, ((100, 100), (400, 100), (400, 200), (100, 200)))
    assert (found.module_px, found.edge_px) == (None, None)


# --- verdicts ---------------------------------------------------------------------------------

UNREAD = [
    (Print(module_px=1.2, turn_deg=30), "too_far", "Too far: 1.2 px a module, want 2"),
    (Print(blur_px=2.2), "blurred", "Moving or out of focus"),
    (Print(blur_px=5), "blurred", "Moving or out of focus"),
    (Print(light=40, ink=8, cloth=15), "too_dark", "Too dark"),
    (Print(light=255, ink=235, cloth=255), "overexposed", "Overexposed"),
    (Print(light=150, ink=125, noise=1), "pale", "Bars are pale"),
    (Print(turn_deg=40), "unread", "Bars in view, but not read"),
]


@pytest.mark.parametrize(("it", "cause", "sentence"), UNREAD, ids=[it[1] for it in UNREAD])
def test_what_is_wrong_with_bars_that_are_not_read(it: Print, cause: str, sentence: str) -> None:
    """Each trouble of bars in view is named by its own sentence, with what to do."""
    judged = verdict(as_candidate(*render(it)), NEVER)
    assert (judged.level, judged.cause) == ("unreadable", cause)
    assert judged.sentence.startswith(sentence)
    assert judged.advice


READ = [
    (Print(), "good", "good", "Reads: B000123-OP310, 2.5 px a module, good"),
    (Print(turn_deg=12), "good", "good", "Reads: B000123-OP310, 2.5 px a module, good"),
    (Print("qr", 4.0, 77), "good", "good", "Reads: B000123-OP310, 4.0 px a module, good"),
    (Print("qr", 2.0), "poor", "too_far_read", "Reads, but a bit far: B000123-OP310, 2.0 px"),
    (Print(light=52, ink=5, cloth=20, noise=0.5), "poor", "dim", "Reads, but dark: B000123-OP310"),
]


@pytest.mark.parametrize(("it", "level", "cause", "sentence"), READ)
def test_what_is_said_of_codes_that_are_read(
    it: Print, level: str, cause: str, sentence: str
) -> None:
    """A read code is good, or poor with what would make it better; how it is turned is no fault."""
    gray, _ = render(it)
    judged = verdict(measure(gray, look(gray, ["code128", "qr"], LIVE)))
    assert (judged.level, judged.cause) == (level, cause)
    assert judged.sentence.startswith(sentence)


def test_the_distance_is_told() -> None:
    """With 1.2 of 2 px a module the camera belongs at 60 % of its distance."""
    judged = verdict(as_candidate(*render(Print(module_px=1.2))), NEVER)
    assert "to 60 % of its distance" in judged.advice


def picture_of(level: int) -> Gray:
    noise = np.random.default_rng(5).normal(0, 2, (HEIGHT_PX, WIDTH_PX))
    return np.clip(level + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("level", "cause"), [(3, "too_dark"), (110, "nothing"), (255, "overexposed")]
)
def test_what_is_said_of_a_picture_without_bars(level: int, cause: str) -> None:
    """Nothing in view is told apart from nothing to see in the dark or in too much light."""
    assert verdict(measure(picture_of(level), Look((), ())), NEVER).cause == cause


def test_a_blurred_ticket_is_no_empty_table() -> None:
    """Where all edges are soft the focus is named, even if nothing in it looks like bars."""
    gray, _ = render(Print(module_px=4, blur_px=6))
    assert verdict(measure(gray, Look((), ())), NEVER).cause == "blurred"
    sharp, _ = render(Print(module_px=4))
    assert verdict(measure(sharp, Look((), ())), NEVER).cause == "nothing"


def test_glare_is_said() -> None:
    """A bright spot over half of the bars is called glare, not a bad print."""
    gray, corners = render(Print())
    gray[:, WIDTH_PX // 2 - 60 : WIDTH_PX // 2 + 90] = 255
    assert verdict(as_candidate(gray, corners), NEVER).cause == "glare"


def test_a_code_that_is_cut_off_is_said() -> None:
    """Bars that run out of the picture are called so."""
    gray, corners = render(Print(module_px=3))
    cut = int(corners[0][0]) + 60
    first, second, third, fourth = ((max(0.0, x - cut), y) for x, y in corners)
    part = np.ascontiguousarray(gray[:, cut:])
    assert verdict(as_candidate(part, (first, second, third, fourth)), NEVER).cause == "cut_off"


def test_reading_now_and_then_is_poor() -> None:
    """A code that is read in two pictures of five is not good, whether or not this one is read."""
    gray, corners = render(Print())
    seldom = Reads(2, 5)
    read = verdict(measure(gray, look(gray, ["code128"], LIVE)), seldom)
    unread = verdict(as_candidate(gray, corners), seldom)
    assert {it.sentence for it in (read, unread)} == {
        "Reads now and then: 2 of 5 pictures",
    }
    assert {it.level for it in (read, unread)} == {"poor"}


def test_ribs_of_cloth_are_no_bars() -> None:
    """A place that looks like bars but has no ink in it is nothing in view."""
    ribs = 90 + 6 * np.sin(np.arange(WIDTH_PX) * 0.9) + np.zeros((HEIGHT_PX, 1))
    place: Corners = ((300, 200), (900, 200), (900, 400), (300, 400))
    assert verdict(as_candidate(ribs.astype(np.uint8), place), NEVER).cause == "nothing"


def test_a_candidate_that_was_read_is_no_trouble() -> None:
    """The place of a code that was read is not measured a second time as unread."""
    gray, corners = render(Print())
    found = look(gray, ["code128"], LIVE)
    sight = measure(gray, replace(found, candidates=(corners,)))
    assert len(sight.codes) == 1
    assert sight.candidates == ()


# --- words ------------------------------------------------------------------------------------


def test_every_cause_has_its_words() -> None:
    """Each sentence about bars has advice of its own or shares one, and no key is empty."""
    assert all(ENGLISH.values())
    for cause in ("too_far", "blurred", "too_dark", "overexposed", "pale", "unread", "cut_off"):
        assert {f"sentence.{cause}", f"advice.{cause}"} <= set(ENGLISH)


@given(st.text(max_size=120))
def test_labels_cannot_move_what_is_around_them(text: str) -> None:
    """Whatever a label holds is one short line without characters that act."""
    shown = visible(text)
    assert not set(shown) & set("\x00\x07\x1b\n\r\u202e\u2028\u2066")
    assert len(shown) <= 8 * TEXT_MAX_CHARS + 1


def test_other_words_are_used() -> None:
    """A table in another language is used throughout."""
    other = {key: f"«{text}»" for key, text in ENGLISH.items()}
    judged = verdict(measure(picture_of(110), Look((), ())), NEVER, other)
    assert judged.sentence.startswith("«")
    assert judged.advice.startswith("«")
