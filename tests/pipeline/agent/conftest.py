"""A station on the bench for every test, or two of one line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from installed import Require
from rig import PLAIN, Rig


@pytest.fixture
def rig(tmp_path: Path, require: Require) -> Iterator[Rig]:
    """Not started yet: the test says what runs."""
    with Rig(tmp_path, require("mosquitto")) as bench:
        yield bench


@pytest.fixture
def stations(tmp_path: Path, require: Require) -> Iterator[tuple[Rig, Rig]]:
    """st07 with broker and hub, and st08 at the same broker; both are ready to work."""
    mosquitto = require("mosquitto")
    with ExitStack() as stack:
        folders = [tmp_path / name for name in ("st07", "st08")]
        for folder in folders:
            folder.mkdir()
        one, two = (stack.enter_context(Rig(folder, mosquitto)) for folder in folders)
        two.write_files("127.0.0.1", one.port, PLAIN)
        for station, name in ((one, "st07"), (two, "st08")):
            text = station.station_file.read_text(encoding="utf-8").replace('"st07"', f'"{name}"')
            # A badge may come again sooner than people would show it.
            text = text.replace('"rdm6300"', '"rdm6300"\nrepeat_s = 0.5')
            station.station_file.write_text(text, encoding="utf-8")
        one.import_reference()
        for process in (one.broker, one.hub, one.agent, two.agent):
            process.start()
        for station in (one, two):
            station.wait_ready()
            station.wait_reference()
        yield one, two
