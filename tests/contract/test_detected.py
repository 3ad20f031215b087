"""Detection of every simulated reader there is, by the command, on real pseudo-terminals."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from bartack_drivers.detect import detect
from bartack_drivers.driver import Driver
from bartack_drivers.registry import DRIVERS
from bartack_sim.devices.pty import Port
from bartack_sim.devices.wire import Wire, make_device
from bartack_sim.faults import CLEAN, LineFaults
from contract.devices import PATIENCE_S, Pty

BARTACK = Path(sys.executable).parent / "bartack"
DETECTED = [it for it in DRIVERS.values() if it.link == "serial" and (it.heard_at or it.probes)]
every_detected_driver = pytest.mark.parametrize("driver", DETECTED, ids=lambda driver: driver.name)

STATION = """\
site = "dhk1"
line = "l03"
station = "st07"
[broker]
host = "127.0.0.1"
insecure = true
"""


@contextmanager
def in_use(driver: Driver, link: Path, faults: LineFaults = CLEAN) -> Iterator[str]:
    """The driver's simulated reader with something before it, again and again."""
    value: str = import_module(f"bartack_sim.devices.{driver.name}").EXAMPLES[0]
    ending = threading.Event()

    def show(wire: Wire) -> None:
        while not ending.wait(0.02):
            wire.show(value, 0.15)

    with Port(link) as port, Wire(port, make_device(driver.name), faults, random.Random(3)) as wire:
        wire.power_up()
        thread = threading.Thread(target=show, args=(wire,))
        thread.start()
        try:
            yield str(link)
        finally:
            ending.set()
            thread.join()


@contextmanager
def noisy(link: Path) -> Iterator[str]:
    """A port on which nothing but noise arrives."""
    ending, rng = threading.Event(), random.Random(11)

    def rustle(port: Port) -> None:
        while not ending.wait(0.01):
            port.send(rng.randbytes(rng.randint(1, 20)))

    with Port(link) as port:
        thread = threading.Thread(target=rustle, args=(port,))
        thread.start()
        try:
            yield str(link)
        finally:
            ending.set()
            thread.join()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BARTACK, "detect", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@dataclass(frozen=True, slots=True)
class Floor:
    """Every reader on a port of its own and a port with noise, and what the command found."""

    folder: Path
    result: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Floor:
    folder = tmp_path_factory.mktemp("floor")
    with ExitStack() as plugged_in:
        ports = [plugged_in.enter_context(noisy(folder / "noise"))]
        ports += [plugged_in.enter_context(in_use(it, folder / it.name)) for it in DETECTED]
        return Floor(folder, run(*(part for port in ports for part in ("--port", port))))


@every_detected_driver
def test_a_reader_is_found_among_others(driver: Driver, floor: Floor) -> None:
    """A reader in use is found as what it is, first where others cannot be told from it."""
    readers = tomllib.loads(floor.result.stdout)["reader"]
    drivers = {reader["port"]: reader["driver"] for reader in readers}
    assert drivers[str(floor.folder / driver.name)] == driver.name, floor.result.stderr


def test_noise_is_no_reader(floor: Floor) -> None:
    """On a port with nothing but noise no reader is found, and the noise is told."""
    noise = str(floor.folder / "noise")
    assert noise not in floor.result.stdout
    assert f"{noise}: bytes came at " in floor.result.stderr


def test_what_is_printed_passes_the_check(floor: Floor, tmp_path: Path) -> None:
    """The tables that are printed make a station file without a mistake; it takes 16 readers."""
    tables = [f"[[reader]]{table}" for table in floor.result.stdout.split("\n[[reader]]")[1:]]
    assert len(tables) == len(DETECTED)
    for first in range(0, len(tables), 16):
        station = tmp_path / "station.toml"
        station.write_text("\n".join([STATION, *tables[first : first + 16]]), encoding="utf-8")
        checked = subprocess.run(
            [BARTACK, "config", "check", station], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr


@pytest.fixture(scope="module")
def bad_wires(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Every reader on a bad wire: its name, and the drivers found there when looked at twice."""
    folder = tmp_path_factory.mktemp("bad-wires")
    faults = LineFaults(noise=0.1, split=0.5)
    with ExitStack() as plugged_in:
        ports = [plugged_in.enter_context(in_use(it, folder / it.name, faults)) for it in DETECTED]
        reports = [report for _ in range(2) for report in detect(ports, list(DRIVERS.values()))]
    found: dict[str, set[str]] = {}
    for report in reports:
        names = {it.driver for it in report.found}
        found.setdefault(Path(report.port).name, set()).update(names)
    return found


@every_detected_driver
def test_a_reader_on_a_bad_wire_is_found(driver: Driver, bad_wires: dict[str, set[str]]) -> None:
    """Stray bytes and frames in pieces do not hide a reader."""
    assert driver.name in bad_wires[driver.name]


def test_an_echoing_port_is_no_reader(tmp_path: Path) -> None:
    """A console that sends back what it hears is told as such."""
    with Port(tmp_path / "console") as port:
        ending = threading.Event()

        def echo() -> None:
            while not ending.is_set():
                port.send(port.receive(0.02))

        thread = threading.Thread(target=echo)
        thread.start()
        result = run("--port", str(port.link), "--json")
        ending.set()
        thread.join()
    assert result.returncode == 4
    (report,) = json.loads(result.stdout)["ports"]
    assert report["found"] == []
    asked = any(driver.probes for driver in DETECTED)
    assert any("sends back" in it for it in report["noticed"]) == asked


def test_a_busy_port_names_its_holder_and_the_others_go_on(tmp_path: Path) -> None:
    """Who holds a port is told with pid; the reader at the other port is found."""
    program = "import serial, sys; p = serial.Serial(sys.argv[1], exclusive=True); print(); input()"
    with (
        Pty(tmp_path / "busy") as busy,
        in_use(DRIVERS["rdm6300"], tmp_path / "badge") as port,
        subprocess.Popen(
            [sys.executable, "-c", program, str(busy.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as holder,
    ):
        assert holder.stdout is not None
        holder.stdout.readline()
        result = run("--port", str(busy.path), "--port", port, "--json")
        holder.communicate(b"\n", timeout=PATIENCE_S)
    assert result.returncode == 0
    reports: list[dict[str, Any]] = json.loads(result.stdout)["ports"]
    assert f"(pid {holder.pid})" in reports[0]["unusable"]
    assert [it["driver"] for it in reports[1]["found"]] == ["rdm6300"]


def test_nothing_found_says_the_way_out(tmp_path: Path) -> None:
    """Exit 4, nothing on standard output, and what to try next."""
    with Pty(tmp_path / "silent") as pty:
        result = run("--port", str(pty.path), "--port", os.devnull)
    assert (result.returncode, result.stdout) == (4, "")
    assert "nothing was heard and nothing answered" in result.stderr
    assert "hold a badge" in result.stderr
    assert "--listen" in result.stderr
