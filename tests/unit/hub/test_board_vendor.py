"""Third-party files of the dashboard: what was fetched, unchanged, with its licence."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGES: list[dict[str, Any]] = json.loads(
    (REPOSITORY / "scripts" / "vendor" / "lock.json").read_text(encoding="utf-8")
)["packages"]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_files_are_the_locked_ones(package: dict[str, Any]) -> None:
    """Every vendored file has the hash in the lock, and none is there that the lock lacks."""
    folder = REPOSITORY / package["folder"]
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
    assert found == package["sha256"]
    assert package["integrity"].startswith("sha512-")
    assert any(name.startswith("LICENSE") for name in found)


def test_every_vendored_folder_is_locked() -> None:
    """No folder of third-party files stands outside of the lock."""
    roots = {(REPOSITORY / package["folder"]).parent for package in PACKAGES}
    folders = {folder for root in roots for folder in root.iterdir()}
    assert folders == {REPOSITORY / package["folder"] for package in PACKAGES}
