"""A factory of two hundred stations finds its way back to a broker that was restarted."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from rig import Rig
from running import Process, wait_until

STATIONS = 200
PROCESSES = 4
ALL_BACK_S = 180
SHARE_MAX = 0.10

pytestmark = [pytest.mark.require("mosquitto"), pytest.mark.slow]

_CONNECTED = re.compile(r"^(\d+): New client connected from .* as (bartack-dhk1-l03-st\d+)", re.M)


@pytest.fixture
def fleet(rig: Rig) -> Iterator[list[Process]]:
    """Two hundred stations, in a few processes."""
    each = STATIONS // PROCESSES
    environment = ["env", f"PYTHONPATH={Path(__file__).parents[1]}{os.pathsep}"]
    program = [sys.executable, str(Path(__file__).with_name("fleet.py"))]
    with ExitStack() as ending:
        processes = []
        for number in range(PROCESSES):
            where = [str(rig.port), str(rig.folder), str(100 + number * each), str(each)]
            process = Process([*environment, *program, *where], rig.folder / f"fleet{number}.log")
            ending.callback(process.kill)
            processes.append(process)
        yield processes


def connects(rig: Rig, after: int = 0) -> dict[str, int]:
    """The second of each station's first connection, from the broker's log beyond ``after``."""
    found: dict[str, int] = {}
    for second, station in _CONNECTED.findall(rig.broker.log.read_text()[after:]):
        found.setdefault(station, int(second))
    return found


@pytest.mark.timeout(400)
@pytest.mark.parametrize("away_s", [1.0, 20.0])
def test_a_restarted_broker_is_not_stormed(rig: Rig, fleet: list[Process], away_s: float) -> None:
    """No second sees more than a tenth of two hundred connects, and all are back in 3 minutes."""
    rig.broker.start()
    for process in fleet:
        process.start()
    wait_until(lambda: len(connects(rig)) == STATIONS, "all are connected", 60)
    before = len(rig.broker.log.read_text())
    rig.broker.kill()
    threading.Event().wait(away_s)
    rig.broker.start()
    wait_until(lambda: len(connects(rig, before)) == STATIONS, "all are back", ALL_BACK_S)
    seconds = Counter(connects(rig, before).values())
    busiest = max(seconds.values())
    assert busiest <= STATIONS * SHARE_MAX, f"connects by second: {sorted(seconds.items())}"
