"""Every driver that talks against the simulated device of its name, on real PTYs and sockets."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from bartack_drivers.base import Read, Source
from bartack_drivers.driver import Driver
from bartack_drivers.registry import DRIVERS, open_source
from bartack_sim.devices.wire import Wire, make_device, make_outlet
from bartack_sim.faults import CLEAN, LineFaults
from contract.devices import PATIENCE_S

TALKERS = [driver for driver in DRIVERS.values() if driver.converse is not None]
every_talker = pytest.mark.parametrize("driver", TALKERS, ids=lambda driver: driver.name)

FAULTS = {
    "noise": LineFaults(noise=0.3),
    "split": LineFaults(split=1.0),
    "merged": LineFaults(merged=1.0),
    "dropouts": LineFaults(dropout=0.3),
    "wrong checksums": LineFaults(wrong_checksum=0.3),
    "power-up garbage": LineFaults(power_up=1.0),
    "slow answers": LineFaults(slow_s=0.2),
}


def examples_of(driver: Driver) -> tuple[str, ...]:
    examples: tuple[str, ...] = import_module(f"bartack_sim.devices.{driver.name}").EXAMPLES
    return examples


@contextmanager
def simulated(
    driver: Driver, folder: Path, faults: LineFaults = CLEAN
) -> Iterator[tuple[Wire, Source]]:
    """The driver's device with power, and the driver reading it."""
    link = "tcp://127.0.0.1:0" if driver.link == "network" else str(folder / "port")
    with (
        make_outlet(driver.name, link) as port,
        Wire(port, make_device(driver.name), faults, random.Random(7)) as wire,
        open_source(driver.name, str(port.link), {}) as source,
    ):
        source.read(0.0)
        wire.power_up()
        yield wire, source


def read_value(wire: Wire, source: Source, value: str) -> list[Read]:
    """Show ``value``, again and again, until it is read; everything that was read meanwhile."""
    reads: list[Read] = []
    for _ in range(round(PATIENCE_S)):
        wire.place(value)
        for _ in range(10):
            reads += source.read(0.1)
            if any(read.value == value for read in reads):
                wire.remove(value)
                return reads
        wire.remove(value)
    raise AssertionError(f"{value} was never read; {source.trouble or 'no trouble'}; {reads}")


@every_talker
class TestSimulatedDevices:
    """What a simulated device is shown is what its driver reads."""

    def test_what_is_shown_is_read(self, driver: Driver, tmp_path: Path) -> None:
        """Each value that is shown is read as it is, and nothing else is."""
        with simulated(driver, tmp_path) as (wire, source):
            for value in examples_of(driver):
                reads = read_value(wire, source, value)
                assert {read.medium for read in reads} <= set(driver.media)
                assert {read.value for read in reads} <= set(examples_of(driver))
            assert source.trouble == ""
            assert source.counters.bad_checksums == 0

    @pytest.mark.parametrize("faults", FAULTS.values(), ids=FAULTS)
    def test_faults_of_the_wire_invent_nothing(
        self, driver: Driver, faults: LineFaults, tmp_path: Path
    ) -> None:
        """On a bad wire a value may take longer; a tag that was not shown is never read."""
        with simulated(driver, tmp_path, faults) as (wire, source):
            for value in examples_of(driver):
                reads = read_value(wire, source, value)
                if driver.has_checksum:
                    assert {read.value for read in reads} <= set(examples_of(driver))

    def test_a_reader_that_lost_power_is_set_up_again(self, driver: Driver, tmp_path: Path) -> None:
        """After a power failure that the port does not show, the reader reads again."""
        value = examples_of(driver)[0]
        with simulated(driver, tmp_path) as (wire, source):
            read_value(wire, source, value)
            wire.power_up()
            read_value(wire, source, value)
