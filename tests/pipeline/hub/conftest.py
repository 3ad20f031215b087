"""A hub on the bench for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from installed import Require
from pipeline.hub.hub_bench import HubBench


@pytest.fixture
def bench(tmp_path: Path, require: Require) -> Iterator[HubBench]:
    """Not started yet: the test says what runs."""
    with HubBench(tmp_path, require("mosquitto")) as ready:
        yield ready
