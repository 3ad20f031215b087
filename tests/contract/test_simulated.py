"""Every driver that talks against the simulated device of its name, on real PTYs and sockets."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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

AT_ONCE = 40
"""So many drivers and devices are played at the same time."""

FAULTS = {
    "none": CLEAN,
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


@dataclass(frozen=True, slots=True)
class Played:
    """What came of showing a device's examples to its driver, and the first once more after a
    power failure that the port does not show."""

    reads: tuple[Read, ...]
    missed: tuple[str, ...]
    trouble: str
    bad_checksums: int

    @property
    def values(self) -> set[str]:
        return {read.value for read in self.reads}


Plays = dict[tuple[str, str], Played]


@pytest.fixture(scope="module")
def plays(tmp_path_factory: pytest.TempPathFactory) -> Plays:
    """Every driver on every wire, many at once: each for itself would mostly wait."""
    folders = {fault: tmp_path_factory.mktemp("ports") for fault in FAULTS}
    rounds = [(fault, driver) for fault in FAULTS for driver in TALKERS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        played = pool.map(lambda it: play(it[1], folders[it[0]], FAULTS[it[0]]), rounds)
        return {
            (fault, driver.name): result
            for (fault, driver), result in zip(rounds, played, strict=True)
        }


def play(driver: Driver, folder: Path, faults: LineFaults) -> Played:
    link = "tcp://127.0.0.1:0" if driver.link == "network" else str(folder / driver.name)
    examples, reads, missed = examples_of(driver), list[Read](), list[str]()
    with (
        make_outlet(driver.name, link) as port,
        Wire(port, make_device(driver.name), faults, random.Random(7)) as wire,
        open_source(driver.name, str(port.link), {}) as source,
    ):
        source.read(0.0)
        wire.power_up()
        for value in (*examples, examples[0]):
            if len(reads) and value == examples[0]:
                wire.power_up()
            got = read_value(wire, source, value)
            reads += got
            missed += [value] * (value not in {read.value for read in got})
        return Played(tuple(reads), tuple(missed), source.trouble, source.counters.bad_checksums)


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
    return reads


@every_talker
class TestSimulatedDevices:
    """What a simulated device is shown is what its driver reads."""

    def test_what_is_shown_is_read(self, driver: Driver, plays: Plays) -> None:
        """Each value that is shown is read as it is, also after a power failure, and no other."""
        played = plays["none", driver.name]
        assert played.missed == ()
        assert {read.medium for read in played.reads} <= set(driver.media)
        assert played.values == set(examples_of(driver))
        assert (played.trouble, played.bad_checksums) == ("", 0)

    @pytest.mark.parametrize("fault", FAULTS)
    def test_faults_of_the_wire_invent_nothing(
        self, driver: Driver, fault: str, plays: Plays
    ) -> None:
        """On a bad wire a value may take longer; a tag that was not shown is never read."""
        played = plays[fault, driver.name]
        assert played.missed == (), played.trouble
        if driver.has_checksum:
            assert played.values <= set(examples_of(driver))
