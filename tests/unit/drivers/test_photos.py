"""Real photographs of bar codes: how many are read, and that none is read wrong.

The photographs lie outside of the repository: in ``BARTACK_PHOTOS``, or beside the repository in
``shared/photos/dev``. Beside each picture its truth in a ``.txt``; ``also.txt`` in a folder lists
further genuine codes that its pictures show. A picture without a truth shows no code.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from bartack_drivers.camera.decoding.picture import load_gray
from bartack_drivers.camera.decoding.pipeline import look
from bartack_drivers.symbologies import CAMERA_FORMATS

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "photos" / "dev"
PHOTOS = Path(os.environ.get("BARTACK_PHOTOS", BESIDE))
FOLDERS = sorted(folder.name for folder in PHOTOS.glob("*") if folder.is_dir())

READ_AT_LEAST = 0.94
"""Share of the pictures with a truth that is read. Measured: 165 of 170 with zbar, 162 without."""

pytestmark = [
    pytest.mark.photographs,
    pytest.mark.skipif(not FOLDERS, reason=f"no photographs in {PHOTOS}; set BARTACK_PHOTOS"),
]


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture: what it shows, and what was read in it."""

    name: str
    truth: str | None
    also: frozenset[str]
    texts: frozenset[str]


def lines(file: Path) -> list[str]:
    return file.read_bytes().decode().splitlines() if file.exists() else []


@cache
def photos_in(folder: str) -> list[Photo]:
    also = frozenset(lines(PHOTOS / folder / "also.txt"))
    return [
        photo(file, also) for file in sorted((PHOTOS / folder).iterdir()) if file.suffix != ".txt"
    ]


def photo(file: Path, also: frozenset[str]) -> Photo:
    truth = file.with_suffix(".txt")
    codes = look(load_gray(file), CAMERA_FORMATS).codes
    return Photo(
        f"{file.parent.name}/{file.name}",
        truth.read_bytes().decode() if truth.exists() else None,
        also,
        frozenset(code.text for code in codes),
    )


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_photograph_is_read_wrong(folder: str) -> None:
    """Every text that is read stands in the picture."""
    wrong = {
        photo.name: sorted(photo.texts - photo.also - {photo.truth})
        for photo in photos_in(folder)
        if photo.texts - photo.also - {photo.truth}
    }
    assert wrong == {}


def test_enough_photographs_are_read() -> None:
    """The share of pictures whose truth is read does not fall below what was measured."""
    shown = [photo for folder in FOLDERS for photo in photos_in(folder) if photo.truth is not None]
    read = [photo for photo in shown if photo.truth in photo.texts]
    assert len(read) / len(shown) >= READ_AT_LEAST, f"{len(read)} of {len(shown)}"
