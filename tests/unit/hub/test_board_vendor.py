"""Third-party files of all pages and of the tests: fetched, unchanged, with their licences."""

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


def vendor_root(folder: Path) -> Path:
    """The folder named ``vendor`` that a package lies in, at whatever depth."""
    return next(parent for parent in folder.parents if parent.name == "vendor")


def test_every_vendored_file_is_locked() -> None:
    """No third-party file stands outside of the lock."""
    folders = [REPOSITORY / package["folder"] for package in PACKAGES]
    found = {
        file for root in map(vendor_root, folders) for file in root.rglob("*") if file.is_file()
    }
    assert found == {
        folder / name
        for folder, package in zip(folders, PACKAGES, strict=True)
        for name in package["sha256"]
    }
