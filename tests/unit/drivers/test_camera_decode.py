"""Decoding pictures: the right text and name for each symbology, and nothing from nothing."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bartack_drivers.base import VALUE_MAX_CHARS, OptionError
from bartack_drivers.camera.decoding import engines
from bartack_drivers.camera.decoding.picture import Gray, PictureError, load_gray
from bartack_drivers.camera.decoding.pipeline import ALL, LIVE, look
from bartack_drivers.symbologies import CAMERA_FORMATS, expand_formats

SAMPLES = {
    "code128": (zxingcpp.BarcodeFormat.Code128, "B000123", "B000123"),
    "code39": (zxingcpp.BarcodeFormat.Code39, "B-123 A", "B-123 A"),
    "itf": (zxingcpp.BarcodeFormat.ITF, "2167361334", "2167361334"),
    "ean13": (zxingcpp.BarcodeFormat.EAN13, "590123412345", "5901234123457"),
    "ean8": (zxingcpp.BarcodeFormat.EAN8, "9638507", "96385074"),
    "upca": (zxingcpp.BarcodeFormat.UPCA, "03600029145", "036000291452"),
    "upce": (zxingcpp.BarcodeFormat.UPCE, "0123456", "01234565"),
    "qr": (zxingcpp.BarcodeFormat.QRCode, "শার্ট B000123", "শার্ট B000123"),
    "datamatrix": (zxingcpp.BarcodeFormat.DataMatrix, "B000123", "B000123"),
}
samples = pytest.mark.parametrize("name", CAMERA_FORMATS)


def label(barcode_format: zxingcpp.BarcodeFormat, text: str) -> Gray:
    """A printed label: the code on white paper."""
    bars = np.asarray(zxingcpp.create_barcode(text, barcode_format).to_image(scale=3), np.uint8)
    return np.pad(bars, 40, constant_values=255)


def turned(picture: Gray, degrees: float) -> Gray:
    """The label on a grey table, turned."""
    side = 2 * max(picture.shape)
    move = cv2.getRotationMatrix2D((picture.shape[1] / 2, picture.shape[0] / 2), degrees, 1.0)
    move[:, 2] += side / 2 - np.array(picture.shape[::-1]) / 2
    laid = cv2.warpAffine(picture, move, (side, side), borderValue=(90.0, 90.0, 90.0))
    return laid.astype(np.uint8, copy=False)


def found(picture: Gray, *formats: str, stages: Sequence[str] = ALL) -> list[tuple[str, str]]:
    codes = look(picture, formats, stages).codes
    return [(code.symbology, code.text) for code in codes]


@samples
def test_each_symbology_is_read_and_named(name: str) -> None:
    """A label is read with the text a scanner gives and the name of its symbology."""
    barcode_format, text, value = SAMPLES[name]
    picture = label(barcode_format, text)
    assert found(picture, name) == [(name, value)]
    assert found(picture, *CAMERA_FORMATS, stages=LIVE) == [(name, value)]


@samples
def test_only_what_was_asked_for_is_read(name: str) -> None:
    """A symbology that was not asked for is not reported, whatever is in view."""
    barcode_format, text, _ = SAMPLES[name]
    related = {"upca": {"ean13"}, "ean13": {"upca"}}.get(name, set())
    others = [other for other in CAMERA_FORMATS if other != name and other not in related]
    assert found(label(barcode_format, text), *others) == []


def test_a_upca_is_named_as_asked() -> None:
    """A UPC-A has 12 digits; where only EAN-13 was asked for it is the EAN-13 with a 0 before."""
    picture = label(zxingcpp.BarcodeFormat.UPCA, "03600029145")
    assert found(picture, "upca", "ean13") == [("upca", "036000291452")]
    assert found(picture, "ean13") == [("ean13", "0036000291452")]
    assert found(label(zxingcpp.BarcodeFormat.EAN13, "590123412345"), "upca") == []


@pytest.mark.parametrize("angle", range(0, 360, 15))
def test_a_label_is_read_live_at_any_angle(angle: int) -> None:
    """However a label lies in the picture, the stages for running cameras read its bars."""
    picture = turned(label(zxingcpp.BarcodeFormat.Code128, "B000123"), angle)
    assert found(picture, "code128", stages=LIVE) == [("code128", "B000123")]


def test_each_stage_is_timed_until_one_reads() -> None:
    """A look says what every stage cost, and none runs after one that found something."""
    picture = turned(label(zxingcpp.BarcodeFormat.Code128, "B000123"), 45)
    ticks = iter(range(100))
    seen = look(picture, ["code128"], ALL, clock=lambda: float(next(ticks)))
    assert [(each.stage, each.spent_s) for each in seen.spent] == [("fast", 1.0), ("coarse", 1.0)]
    assert {code.stage for code in seen.codes} == {"coarse"}
    assert seen.spent_s == 2.0


@pytest.mark.require("libzbar0")
def test_zbar_is_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    """A blurred label that zxing-cpp cannot read is read by zbar, and without zbar not at all."""
    sharp = label(zxingcpp.BarcodeFormat.Code128, "B000123")
    picture = cv2.GaussianBlur(sharp, (0, 0), 1.8).astype(np.uint8)
    assert engines.zbar_present()
    assert found(picture, "code128", stages=["fast", "full"]) == []
    assert found(picture, "code128", stages=["zbar"]) == [("code128", "B000123")]
    monkeypatch.setattr(engines, "pyzbar", None)
    assert not engines.zbar_present()
    assert found(picture, "code128", stages=["zbar"]) == []


def test_a_code_in_view_twice_is_reported_once() -> None:
    """Two copies of one label are one read; two labels are two."""
    one = label(zxingcpp.BarcodeFormat.Code128, "B000123")
    other = label(zxingcpp.BarcodeFormat.Code128, "B000124")
    assert found(np.vstack([one, one]), "code128") == [("code128", "B000123")]
    assert sorted(found(np.vstack([one, other]), "code128")) == [
        ("code128", "B000123"),
        ("code128", "B000124"),
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [("itf", "1334"), ("qr", "\x1d\x04"), ("qr", "  "), ("qr", "A" * (VALUE_MAX_CHARS + 1))],
)
def test_what_is_no_label_is_dropped(name: str, text: str) -> None:
    """Short ITF, texts with nothing to see and texts that are too long are no reads."""
    assert found(label(SAMPLES[name][0], text), name) == []


@settings(max_examples=50)
@given(picture=arrays(np.uint8, st.tuples(st.integers(1, 60), st.integers(1, 60))))
def test_any_picture_is_decoded_without_an_error(picture: Gray) -> None:
    """Any picture gives reads or none, never an exception."""
    for symbology, value in found(picture, *CAMERA_FORMATS):
        assert symbology in CAMERA_FORMATS
        assert value


def test_formats_are_expanded() -> None:
    """``all`` is every symbology, duplicates count once, and a wrong name is told."""
    assert expand_formats(["qr", "code128", "qr"]) == ("qr", "code128")
    assert expand_formats(["qr", "all"]) == CAMERA_FORMATS
    with pytest.raises(OptionError, match="'pdf417' is not one of code128"):
        expand_formats(["pdf417"])
    with pytest.raises(OptionError, match="names no symbology"):
        expand_formats([])


def test_what_shines_through_a_picture_is_paper(tmp_path: Path) -> None:
    """Black bars on a transparent ground read as bars on white."""
    bars = label(zxingcpp.BarcodeFormat.Code128, "B000123")
    ink = np.dstack([np.zeros_like(bars)] * 3 + [255 - bars])
    file = tmp_path / "clear.png"
    assert cv2.imwrite(str(file), ink)
    assert np.array_equal(load_gray(file), bars)
    assert found(load_gray(file), "code128") == [("code128", "B000123")]


def test_a_picture_file_is_loaded(tmp_path: Path) -> None:
    """A picture file, coloured or not, is loaded as grey levels that decode."""
    file = tmp_path / "ticket.png"
    picture = label(zxingcpp.BarcodeFormat.Code128, "B000123")
    assert cv2.imwrite(str(file), cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))
    assert found(load_gray(file), "code128") == [("code128", "B000123")]


def bomb(width: int, height: int) -> bytes:
    """A small PNG file that claims to be a large picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a picture"),
        (b"site = 'dhk1'", "not a picture"),
        (b"\xff\xd8\xff\xe0cut off", "not a picture"),
    ],
    ids=["empty", "text", "cut off"],
)
def test_a_file_that_is_no_picture_is_told(tmp_path: Path, content: bytes, reason: str) -> None:
    """What is not a picture of a sane size is an error that names the file."""
    file = tmp_path / "ticket.png"
    file.write_bytes(content)
    with pytest.raises(PictureError, match=f"ticket.png: .*{reason}"):
        load_gray(file)


def test_a_file_that_claims_to_be_absurdly_large_is_told(tmp_path: Path) -> None:
    """A small file cannot make a station unpack a gigapixel."""
    file = tmp_path / "ticket.png"
    file.write_bytes(bomb(30_000, 30_000))
    # In a process of its own: OpenCV learns its limit while it is imported, here by another test.
    program = (
        "import sys, pathlib\n"
        "from bartack_drivers.camera.decoding.picture import PictureError, load_gray\n"
        "try: load_gray(pathlib.Path(sys.argv[1]))\n"
        "except PictureError as error: print(error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(file)], check=True, capture_output=True, text=True
    )
    assert "ticket.png: damaged, or larger than 67 megapixels" in ended.stdout
    assert ended.stderr == ""


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A missing file and a folder are errors that name them; so is a file of absurd size."""
    with pytest.raises(PictureError, match=r"no.png: cannot be read: No such file"):
        load_gray(tmp_path / "no.png")
    with pytest.raises(PictureError, match="cannot be read: Is a directory"):
        load_gray(tmp_path)
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(PictureError, match="larger than 64 MB"):
        load_gray(tmp_path / "huge.png")
