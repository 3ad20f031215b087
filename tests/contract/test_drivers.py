"""What every driver keeps to, over the whole registry, on real ports and sockets."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from bartack_drivers.base import DeviceBusy, DeviceDenied, DeviceLost, DeviceMissing, Source
from bartack_drivers.driver import Driver
from bartack_drivers.registry import DRIVERS, check_options, open_source
from bartack_sim.devices.tcp_port import TcpPort
from bartack_sim.devices.wire import make_outlet
from contract.devices import (
    Heard,
    MjpegServer,
    Pty,
    eventually,
    held_descriptors,
    plugged,
    read_until,
    running,
)
from contract.recordings import RECORDED, Recording, recordings_of

PAGES = Path(__file__).resolve().parents[2] / "docs" / "readers"
KEYS_OF_EVERY_READER = {"name", "driver", "port", "role"}

every_driver = pytest.mark.parametrize("driver", DRIVERS.values(), ids=DRIVERS)
serial_drivers = [driver for driver in DRIVERS.values() if driver.link == "serial"]
every_serial_driver = pytest.mark.parametrize(
    "driver", serial_drivers, ids=[driver.name for driver in serial_drivers]
)
network_drivers = [driver for driver in DRIVERS.values() if driver.link == "network"]
every_network_driver = pytest.mark.parametrize(
    "driver", network_drivers, ids=[driver.name for driver in network_drivers]
)
wired_drivers = [driver for driver in DRIVERS.values() if driver.link in {"serial", "input"}]
every_wired_driver = pytest.mark.parametrize(
    "driver", wired_drivers, ids=[driver.name for driver in wired_drivers]
)
recordings = [recording for name in DRIVERS for recording in recordings_of(name)]


def page_of(driver: Driver) -> str:
    return (PAGES / f"{driver.name}.md").read_text(encoding="utf-8")


class TestEveryDriver:
    """Documentation, recordings and errors that no driver goes without."""

    @every_driver
    def test_has_a_page_that_names_each_option(self, driver: Driver) -> None:
        """The technician's page explains every option with its default."""
        rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", page_of(driver), re.MULTILINE))
        assert rows == {option.name: as_toml(option.default) for option in driver.options}

    @every_driver
    def test_has_a_page_with_a_block_that_works(self, driver: Driver) -> None:
        """The TOML blocks of the page are complete readers without a mistake."""
        blocks = re.findall(r"```toml\n(.*?)```", page_of(driver), re.DOTALL)
        readers = [reader for block in blocks for reader in tomllib.loads(block)["reader"]]
        assert readers
        for reader in readers:
            assert reader["driver"] == driver.name
            assert reader["role"] in {"badge", "bundle", "any"}
            options = {key: reader[key] for key in reader.keys() - KEYS_OF_EVERY_READER}
            assert reader.keys() - options.keys() == KEYS_OF_EVERY_READER
            assert check_options(driver, options)[1] == []

    @every_driver
    def test_has_a_recording(self, driver: Driver) -> None:
        """A driver without recorded bytes is not proven by anything."""
        assert recordings_of(driver.name)

    @every_driver
    def test_has_sound_options(self, driver: Driver) -> None:
        """Defaults pass their own check, and no option hides a key that every reader has."""
        assert {option.name for option in driver.options}.isdisjoint(KEYS_OF_EVERY_READER)
        for option in driver.options:
            assert option.check(option.default) == option.default
            assert option.help

    @every_driver
    def test_says_which_device_is_missing(self, driver: Driver, tmp_path: Path) -> None:
        """A port that is not there is DeviceMissing and named."""
        port = str(tmp_path / "no-such-port")
        with pytest.raises(DeviceMissing, match=re.escape(port)):
            open_source(driver.name, port, {})

    @every_driver
    def test_has_a_simulated_device(self, driver: Driver) -> None:
        """A driver whose device cannot be simulated cannot be seen or tested on a laptop."""
        if driver.link == "camera":
            assert find_spec("bartack_sim.camera")
        else:
            assert import_module(f"bartack_sim.devices.{driver.name}").EXAMPLES

    def test_recordings_belong_to_drivers(self) -> None:
        """No recording is left that no driver reads."""
        assert {folder.name for folder in RECORDED.iterdir()} == set(DRIVERS)


def as_toml(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(as_toml(part) for part in value) + "]"
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).lower()


class TestRecordings:
    """Recorded bytes give the recorded reads, through the whole driver."""

    @pytest.mark.parametrize(
        "recording",
        [it for it in recordings if DRIVERS[it.driver] in wired_drivers],
        ids=lambda it: f"{it.driver}-{it.folder.name}",
    )
    def test_bytes_on_a_port(self, recording: Recording, tmp_path: Path) -> None:
        """What a device sent is read in order, and nothing else is."""
        with (
            plugged(DRIVERS[recording.driver], tmp_path / "port") as device,
            open_source(recording.driver, str(device.path), recording.options) as source,
        ):
            device.send(recording.data)
            reads = read_until(source, len(recording.expected))
            reads += source.read(0.2)
        assert [(read.medium, read.value, read.symbology) for read in reads] == recording.reads

    @pytest.mark.parametrize(
        "recording",
        [it for it in recordings if DRIVERS[it.driver].link == "network"],
        ids=lambda it: f"{it.driver}-{it.folder.name}",
    )
    def test_bytes_on_a_socket(self, recording: Recording) -> None:
        """What a reader on the network sent is read in order, and nothing else is."""
        with (
            TcpPort("tcp://127.0.0.1:0") as port,
            open_source(recording.driver, port.link, recording.options) as source,
        ):
            port.receive(0.0)
            port.send(recording.data)
            reads = read_until(source, len(recording.expected))
            reads += source.read(0.2)
        assert [(read.medium, read.value, read.symbology) for read in reads] == recording.reads

    @pytest.mark.parametrize(
        "recording",
        [it for it in recordings if DRIVERS[it.driver].link == "camera"],
        ids=lambda it: f"{it.driver}-{it.folder.name}",
    )
    def test_pictures_of_a_stream(self, recording: Recording) -> None:
        """Every code in a camera's pictures is read, and no other."""
        found: set[tuple[str, str | None]] = set()
        with (
            MjpegServer(recording.parts()) as server,
            open_source(recording.driver, server.url, recording.options) as source,
        ):
            while found != recording.codes():
                reads = read_until(source, 1)
                assert reads
                found |= {(read.value, read.symbology) for read in reads}
                assert found <= recording.codes()


class TestWiredDrivers:
    """Ports that are pulled out, taken, or forbidden."""

    @every_wired_driver
    def test_unplugged_and_plugged_in_again(self, driver: Driver, tmp_path: Path) -> None:
        """A reader that comes back as another device at the same path is read again."""
        recording = recordings_of(driver.name)[0]
        path, heard = tmp_path / "port", Heard()
        first = plugged(driver, path)
        with running(lambda: open_source(driver.name, str(path), recording.options), heard):
            assert heard.next() == ("up", "")
            first.send(recording.data)
            assert heard.next()[0] == "read"
            first.unplug()
            assert re.search("connection lost|path is gone", heard.wait_for("down"))
            assert "no such device" in heard.wait_for("down")
            with plugged(driver, path) as second:
                assert heard.next() == ("up", "")
                second.send(recording.data)
                values = [heard.next() for _ in recording.expected]
                device = second.device
                assert held_descriptors(device) == 2  # the test's and the driver's
        assert values == [("read", it["value"]) for it in recording.expected]
        assert held_descriptors(device) == 0

    @every_wired_driver
    def test_a_path_that_leads_elsewhere_is_a_lost_device(
        self, driver: Driver, tmp_path: Path
    ) -> None:
        """A device that took the path is noticed, though the old one still answers."""
        with plugged(driver, tmp_path / "old") as old, plugged(driver, tmp_path / "new") as new:
            path = tmp_path / "port"
            path.symlink_to(old.device)
            with open_source(driver.name, str(path), {}) as source:
                path.unlink()
                path.symlink_to(new.device)
                with pytest.raises(DeviceLost, match="another device"):
                    read_for(source, 5.0)

    @every_serial_driver
    def test_a_busy_port_names_the_holder(self, driver: Driver, tmp_path: Path) -> None:
        """A port that another process holds is DeviceBusy, with that process's command and pid."""
        program = (
            "import serial, sys; p = serial.Serial(sys.argv[1], exclusive=True); print(); input()"
        )
        with Pty(tmp_path / "port") as pty:
            holder = subprocess.Popen(
                [sys.executable, "-c", program, str(pty.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            with holder:
                assert holder.stdout is not None
                holder.stdout.readline()
                with pytest.raises(DeviceBusy, match=rf"python\S* \(pid {holder.pid}\)"):
                    open_source(driver.name, str(pty.path), {})
                holder.communicate(b"\n")
            with open_source(driver.name, str(pty.path), {}) as source:
                assert source.read(0.0) == []

    def test_a_port_used_twice_by_one_station_says_so(self, tmp_path: Path) -> None:
        """Two readers with one port: the second is told that this very process holds it."""
        with (
            Pty(tmp_path / "port") as pty,
            open_source("text", str(pty.path), {}),
            pytest.raises(DeviceBusy, match=r"this process .* for another reader"),
        ):
            open_source("rdm6300", str(pty.path), {})

    @every_wired_driver
    def test_a_forbidden_port_names_the_group(self, driver: Driver, tmp_path: Path) -> None:
        """A port this user may not open says which group the user lacks."""
        group = {"serial": "dialout", "input": "input"}[driver.link]
        with plugged(driver, tmp_path / "port") as port:
            with open_source(driver.name, port.device, {}):
                Path(port.device).chmod(0o000)
            with unprivileged(), pytest.raises(DeviceDenied, match=f"group {group}"):
                open_source(driver.name, port.device, {})

    @pytest.mark.parametrize("port", ["", "a\0b", "/", "/dev/null"])
    def test_what_is_no_port_is_missing(self, port: str) -> None:
        """Nonsense for a port is a clear error and leaves no descriptor open."""
        before = held_descriptors(port)
        with pytest.raises(DeviceMissing):
            open_source("text", port, {})
        assert held_descriptors(port) == before


class TestNetworkDrivers:
    """Readers on the network that lose power, are taken, or are not there."""

    @every_network_driver
    def test_without_power_and_with_it_again(self, driver: Driver) -> None:
        """A reader that comes back at the same address is read again."""
        recording, heard = recordings_of(driver.name)[0], Heard()
        values = [("read", it["value"]) for it in recording.expected]
        with (
            TcpPort("tcp://127.0.0.1:0") as port,
            running(lambda: open_source(driver.name, port.link, recording.options), heard),
        ):
            for _ in range(2):
                assert heard.wait_for("up") == ""
                assert eventually(lambda: port.receive(0.0) == b"" and port.listened)
                port.send(recording.data)
                assert [heard.next() for _ in values] == values
                port.unplug()
                assert "connection" in heard.wait_for("down")
                port.plug()

    @every_network_driver
    def test_a_reader_that_is_taken_says_so(self, driver: Driver) -> None:
        """A second client is told that the reader has one."""
        with make_outlet(driver.name, "tcp://127.0.0.1:0") as port:
            assert isinstance(port, TcpPort)
            with open_source(driver.name, port.link, {}):
                port.receive(0.0)
                with open_source(driver.name, port.link, {}) as second:
                    assert eventually(lambda: port.receive(0.0) == b"")
                    with pytest.raises(DeviceLost, match="another client"):
                        second.read(5.0)

    @every_network_driver
    def test_the_last_word_arrives(self, driver: Driver) -> None:
        """A reader that has to be left is told so before the connection ends."""
        assert driver.converse is not None
        farewell = driver.converse(check_options(driver, {})[0]).farewell
        heard = bytearray()

        def left() -> bool:
            heard.extend(port.receive(0.0))
            return not port.listened

        with make_outlet(driver.name, "tcp://127.0.0.1:0") as port:
            with open_source(driver.name, str(port.link), {}) as source:
                port.receive(0.0)
                source.read(0.1)
            assert eventually(left)
        assert heard.endswith(farewell)

    @every_network_driver
    def test_a_reader_that_refuses_says_so(self, driver: Driver) -> None:
        """Where nobody listens, the error asks for another program."""
        with TcpPort("tcp://127.0.0.1:0") as port:
            address = port.link
        with pytest.raises(DeviceDenied, match="another program"):
            open_source(driver.name, address, {})

    @pytest.mark.parametrize("port", ["", "10.0.0.7", "tcp://", "tcp://h:x", "tcp://h:5084/x"])
    def test_what_is_no_address_is_missing(self, port: str) -> None:
        """Nonsense for an address is a clear error."""
        for driver in network_drivers:
            with pytest.raises(DeviceMissing, match="write it as"):
                open_source(driver.name, port, {})


def read_for(source: Source, seconds: float) -> None:
    """Read in short turns, as an agent does, so that a loss ends it early."""
    for _ in range(round(seconds / 0.1)):
        source.read(0.1)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Run as nobody where the tests run as root."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
