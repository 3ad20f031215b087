"""Fitting blurred bars: what no edge shows any more is read, and nothing else is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack_drivers.camera.decoding.bars import layouts
from bartack_drivers.camera.decoding.engines import zxing
from bartack_drivers.camera.decoding.fit import drawn
from bartack_drivers.camera.decoding.picture import Gray
from bartack_drivers.camera.decoding.vote import fitted
from unit.drivers.printed_bars import code128, streaked

TEXTS = st.from_regex(r"B[0-9]{9,11}", fullmatch=True)
MARGIN_PX = 60.0


def read(picture: Gray, *names: str) -> str | None:
    """What is fitted to bars that stand upright."""
    kinds = [layout for name in names for layout in layouts(name)]
    code = fitted(picture, MARGIN_PX, kinds, names)
    return code.text if code else None


@pytest.mark.parametrize(
    ("symbology", "barcode_format", "text"),
    [
        ("code128", zxingcpp.BarcodeFormat.Code128, "B000123-OP310"),
        ("ean13", zxingcpp.BarcodeFormat.EAN13, "5901234123457"),
    ],
)
def test_a_printed_code_is_put_together_as_a_layout_says(
    symbology: str, barcode_format: zxingcpp.BarcodeFormat, text: str
) -> None:
    """Every part of a code that an encoder prints is a symbol of its slot, and reads if redrawn."""
    image = zxingcpp.create_barcode(text, barcode_format).to_image(scale=1, add_quiet_zones=False)
    modules = "".join("0" if level else "1" for level in np.asarray(image)[0])
    layout = next(it for it in layouts(symbology) if it.modules == len(modules))
    for row in layout.rows:
        size = row.slot.modules
        ends = range(row.begin, row.begin + size * row.count, size)
        assert {modules[begin : begin + size] for begin in ends} <= set(row.slot.alphabet)
    assert [code.text for code in zxing(drawn(modules), [symbology])] == [text]


@settings(max_examples=8)
@given(text=TEXTS, upside_down=st.booleans())
def test_bars_moved_by_two_modules_are_read(text: str, upside_down: bool) -> None:
    """Blurred along the row by 1.6 modules a label is read, where no engine reads it."""
    picture = streaked(code128(text, module_px=3), 4.8)
    picture = picture[::-1, ::-1].copy() if upside_down else picture
    assert zxing(picture, ["code128"], thorough=True) == []
    assert read(picture, "code128") == text


@settings(max_examples=10)
@given(text=TEXTS, sigma=st.floats(0.5, 3.0), seed=st.integers(0, 1000))
def test_what_is_fitted_is_what_was_printed(text: str, sigma: float, seed: int) -> None:
    """However blurred and noisy, a label gives its text or none, never another."""
    noise = np.random.default_rng(seed).normal(0, 12, (180, 2000))
    blurred = cv2.GaussianBlur(code128(text, module_px=3), (0, 0), sigma)
    picture = np.clip(blurred + noise[: blurred.shape[0], : blurred.shape[1]], 0, 255)
    assert read(picture.astype(np.uint8), "code128", "ean13") in (None, text)


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_stripes_that_are_no_code_give_none(seed: int) -> None:
    """Random bars between white margins are no label."""
    choose = np.random.default_rng(seed)
    row = np.repeat(choose.integers(0, 2, 120).astype(np.uint8) * 255, 3)
    row = np.pad(row, 60, constant_values=255)
    picture = cv2.GaussianBlur(np.tile(row, (60, 1)), (0, 0), 1.5).astype(np.uint8)
    assert read(picture, "code128", "ean13") is None
