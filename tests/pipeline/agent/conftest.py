"""A station on the bench for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from installed import Require
from rig import Rig


@pytest.fixture
def rig(tmp_path: Path, require: Require) -> Iterator[Rig]:
    """Not started yet: the test says what runs."""
    with Rig(tmp_path, require("mosquitto")) as bench:
        yield bench
