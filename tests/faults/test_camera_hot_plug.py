"""A camera that is unplugged and plugged in again, again and again."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from bartack_drivers.registry import open_source
from bartack_sim.camera import Camera
from bartack_sim.ticket import Ticket
from contract.devices import Heard, eventually, running

SEEN_S = 5.0
"""A camera that is gone is told within this, and one that is back is read again."""


def held() -> tuple[int, int]:
    """Threads and descriptors of this process."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("times", [3, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.long])])
def test_a_camera_that_comes_and_goes_is_read_again(times: int) -> None:
    """Each time it is told within 5 s and read again within 5 s, and nothing is leaked."""
    heard = Heard()
    with Camera(frames_per_s=15.0) as camera:
        camera.show(Ticket("B000123"))
        with running(lambda: open_source("camera", camera.url, {}), heard):
            assert heard.wait_for("read") == "B000123"
            before = held()
            for number in range(times):
                began_s = time.monotonic()
                camera.unplug()
                assert "no more pictures" in heard.wait_for("down")
                gone_s = time.monotonic()
                camera.plug()
                assert heard.wait_for("read") == "B000123"
                assert gone_s - began_s < SEEN_S, number
                assert time.monotonic() - gone_s < SEEN_S, number
            assert eventually(lambda: held()[0] <= before[0])
            assert eventually(lambda: held()[1] <= before[1])
