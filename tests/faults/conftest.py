"""A station on the bench for every fault, and the markers of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.mounts import Image, ext4_image
from faults.station_file import ledger_at, scan_again_at_once
from installed import Require
from rig import Rig


@pytest.fixture
def rig(tmp_path: Path, require: Require) -> Iterator[Rig]:
    """Not started yet: the test says what runs."""
    with Rig(tmp_path, require("mosquitto")) as bench:
        yield bench


@pytest.fixture
def as_root() -> None:
    """Mounting needs root; without it the test is skipped."""
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root: sudo make faults")


@pytest.fixture
def ext4_disk(rig: Rig, as_root: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """The ledger on an ext4 of its own; everything else stays where it was."""
    scan_again_at_once(rig)
    ledger_at(rig, "disk/ledger.db")
    with ext4_image(tmp_path_factory.mktemp("image"), rig.folder / "disk", size_mb=64) as image:
        yield image
        rig.agent.kill()
