"""The wheel: whatever the packages need at run time is in it, not only their Python."""

from __future__ import annotations

import zipfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from source_tree import REPOSITORY, ROOTS

LEFT_BEHIND = {"__pycache__"}


def test_the_wheel_has_every_file_of_the_packages(tmp_path: Path) -> None:
    """Texts, typefaces, pages, SQL and licences are installed along with the code."""
    built = Path(next(WheelBuilder(str(REPOSITORY)).build(directory=str(tmp_path))))
    with zipfile.ZipFile(built) as wheel:
        packed = set(wheel.namelist())
    wanted = {
        str(file.relative_to(root.parent))
        for root in ROOTS.values()
        for file in root.rglob("*")
        if file.is_file() and not LEFT_BEHIND & set(file.parts)
    }
    assert any(name.endswith("ur.json") for name in wanted)
    assert any(name.endswith(".woff2") for name in wanted)
    assert wanted - packed == set()
