"""Readers that are pulled out and put in again, in the middle of a frame, again and again."""

from __future__ import annotations

import queue
import threading
import time
from importlib import import_module
from pathlib import Path

import pytest

from bartack_drivers.driver import Driver
from bartack_drivers.registry import DRIVERS, open_source
from bartack_drivers.runner import run
from bartack_sim.devices.pty import Port
from bartack_sim.devices.wire import Wire, make_device
from contract.devices import PATIENCE_S, Heard, eventually

pytestmark = pytest.mark.slow

RESUMED_S = 5.0
"""A reader that is back must be read again within this."""

SERIAL = [driver for driver in DRIVERS.values() if driver.link == "serial"]


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def show(wire: Wire, heard: Heard, value: str) -> None:
    """Show ``value`` until it is read: a scanner sends a label once, maybe not set up yet."""
    deadline_s = time.monotonic() + PATIENCE_S
    while True:
        wire.place(value)
        try:
            while heard.events.get(timeout=1.0) != ("read", value):
                pass
        except queue.Empty:
            assert time.monotonic() < deadline_s, value
        else:
            return
        finally:
            wire.remove(value)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("times", [2, pytest.param(50, marks=pytest.mark.long)])
@pytest.mark.parametrize("driver", SERIAL, ids=lambda driver: driver.name)
def test_a_reader_that_comes_and_goes_is_read_again(
    driver: Driver, times: int, tmp_path: Path
) -> None:
    """Each time it comes back as another terminal it is read within 5 s, and nothing is leaked."""
    value = import_module(f"bartack_sim.devices.{driver.name}").EXAMPLES[0]
    heard, stop = Heard(), threading.Event()
    with Port(tmp_path / "port") as port, Wire(port, make_device(driver.name)) as wire:
        device = str(port.link)
        thread = threading.Thread(
            target=run, args=(lambda: open_source(driver.name, device, {}), heard, stop)
        )
        thread.start()
        heard.wait_for("up")
        before = (threading.active_count(), descriptors())
        for number in range(times):
            show(wire, heard, value)
            wire.place(value)  # half of its frame may be on the wire when the cable goes
            port.unplug()
            wire.remove(value)
            heard.wait_for("down")
            port.plug()
            wire.power_up()
            back_s = time.monotonic()
            heard.wait_for("up")
            show(wire, heard, value)
            assert time.monotonic() - back_s < RESUMED_S, number
        assert eventually(lambda: threading.active_count() <= before[0])
        assert eventually(lambda: descriptors() <= before[1])
        stop.set()
        thread.join(2.0)
        assert not thread.is_alive()
