"""Simulated readers on real pseudo-terminals."""

from __future__ import annotations

import os
import random
import select
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_sim.devices.pty import Port, PortError
from bartack_sim.devices.rdm6300 import BadgeReader, frame
from bartack_sim.devices.scanner import Scanner, ScannerSettings
from bartack_sim.faults import LineFaults

SHEET_FRAME = bytes.fromhex("02 36 32 45 33 30 38 36 43 45 44 30 38 03")


def no_pause(seconds: float) -> None:
    """Devices on a test bench need not keep their rhythm."""


def open_port(link: Path) -> int:
    return os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)


def read_bytes(port: int, count: int, limit_s: float = 5.0) -> bytes:
    """Read until ``count`` bytes are there; fails when they do not come in time."""
    data = b""
    deadline = time.monotonic() + limit_s
    while len(data) < count:
        ready, _, _ = select.select([port], [], [], max(0.0, deadline - time.monotonic()))
        assert ready, f"only {data!r} came"
        data += os.read(port, 4096)
    return data


def listened(port: Port) -> bool:
    return port.listened


def hung_up(port: int) -> bool:
    try:
        return os.read(port, 1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def test_the_frame_of_the_fact_sheet() -> None:
    """Badge 62E3086CED is the 14 bytes that the module's documentation shows."""
    assert frame("62E3086CED") == SHEET_FRAME
    assert frame("62e3086ced") == SHEET_FRAME


@given(st.integers(0, 2**40 - 1))
def test_every_frame_has_its_parts(number: int) -> None:
    """STX, ten digits, the XOR of the five bytes in two digits, ETX."""
    made = frame(f"{number:010X}")
    five = number.to_bytes(5, "big")
    total = five[0] ^ five[1] ^ five[2] ^ five[3] ^ five[4]
    assert made == b"\x02" + f"{number:010X}{total:02X}".encode() + b"\x03"


@pytest.mark.parametrize("badge", ["", "62E3086CE", "62E3086CEDD", "62E3086CEX", "٠١٢٣٤٥٦٧٨٩"])
def test_a_badge_that_is_no_badge_is_refused(badge: str) -> None:
    """Anything but ten hex digits is refused, and the text says what is needed."""
    with pytest.raises(ValueError, match="ten hex digits"):
        frame(badge)


def test_a_held_badge_repeats(tmp_path: Path) -> None:
    """A badge held for half a second is sent as eight identical frames."""
    with Port(tmp_path / "badge") as port:
        program = open_port(port.link)
        BadgeReader(port, pause=no_pause).tap("62E3086CED", 0.5)
        assert read_bytes(program, 8 * 14) == SHEET_FRAME * 8
        os.close(program)


def test_ghosts_and_false_checksums_are_sent_when_asked_for(tmp_path: Path) -> None:
    """At rate 1 each frame comes after an all-zero one and has a false checksum."""
    with Port(tmp_path / "badge") as port:
        program = open_port(port.link)
        faults = LineFaults(ghost=1.0, wrong_checksum=1.0)
        BadgeReader(port, faults, random.Random(1), no_pause).tap("62E3086CED", 0.0)
        sent = read_bytes(program, 28)
        os.close(program)
    assert sent[:14] == frame("0000000000")
    assert sent[14:25] == SHEET_FRAME[:11]
    assert sent[25:27] != SHEET_FRAME[11:13]


def test_garbage_at_power_up(tmp_path: Path) -> None:
    """A module that is asked to sends stray bytes when power comes."""
    with Port(tmp_path / "badge") as port:
        program = open_port(port.link)
        BadgeReader(port, LineFaults(power_up=1.0), random.Random(1), no_pause).power_up()
        assert read_bytes(program, 1)
        os.close(program)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (ScannerSettings(), b"B000123\r"),
        (ScannerSettings(suffix="crlf"), b"B000123\r\n"),
        (ScannerSettings(suffix="none"), b"B000123"),
        (ScannerSettings(suffix="tab", prefix="S1:", aim="code128"), b"]C0S1:B000123\t"),
        (ScannerSettings(suffix="lf", aim="qr"), b"]Q1B000123\n"),
    ],
)
def test_the_line_of_a_scanner(tmp_path: Path, settings: ScannerSettings, expected: bytes) -> None:
    """A label goes out as AIM identifier, prefix, text and suffix, as the scanner was set up."""
    with Port(tmp_path / "scanner") as port:
        program = open_port(port.link)
        Scanner(port, settings, pause=no_pause).scan("B000123")
        assert read_bytes(program, len(expected)) == expected
        os.close(program)


def test_a_held_trigger_reads_twice(tmp_path: Path) -> None:
    """A double trigger sends the same line once more."""
    with Port(tmp_path / "scanner") as port:
        program = open_port(port.link)
        Scanner(port, double_trigger=1.0, rng=random.Random(1), pause=no_pause).scan("B000123")
        assert read_bytes(program, 16) == b"B000123\r" * 2
        os.close(program)


def test_a_wire_that_nobody_listens_to_loses_its_bytes(tmp_path: Path) -> None:
    """What is sent while no program has the port open is lost, and counted."""
    with Port(tmp_path / "port") as port:
        assert not listened(port)
        assert port.send(b"early") == 0
        assert port.lost_bytes == 5
        program = open_port(port.link)
        assert listened(port)
        assert port.send(b"now") == 3
        assert read_bytes(program, 3) == b"now"
        os.close(program)
        assert not listened(port)


def test_a_program_that_does_not_read_never_stalls_the_device(tmp_path: Path) -> None:
    """Sending returns at once when the wire is full; what does not fit is lost and counted."""
    with Port(tmp_path / "port") as port:
        program = open_port(port.link)
        sent = sum(port.send(b"x" * 1000) for _ in range(100))
        assert sent < 100_000
        assert port.lost_bytes == 100_000 - sent
        os.close(program)


def test_unplugging_hangs_up_and_removes_the_link(tmp_path: Path) -> None:
    """The program's port hangs up, the link is gone, and plugging makes both work anew."""
    link = tmp_path / "port"
    with Port(link) as port:
        program = open_port(link)
        port.unplug()
        assert hung_up(program)
        assert not link.is_symlink()
        assert port.send(b"lost") == 0
        os.close(program)
        port.plug()
        program = open_port(link)
        port.send(b"back")
        assert read_bytes(program, 4) == b"back"
        assert port.drain(1.0)
        os.close(program)
    assert not link.is_symlink()


def test_the_line_is_raw_for_every_program(tmp_path: Path) -> None:
    """Control bytes pass unchanged and nothing is echoed, also for the second program."""
    everything = bytes(range(256))
    with Port(tmp_path / "port") as port:
        for _ in range(2):
            program = open_port(port.link)
            port.send(everything)
            assert read_bytes(program, 256) == everything
            os.close(program)


def test_a_file_at_the_path_is_not_overwritten(tmp_path: Path) -> None:
    """A port refuses a path where something other than a link stands, and leaves it be."""
    path = tmp_path / "precious"
    path.write_text("keep me")
    with pytest.raises(PortError, match="precious"):
        Port(path)
    assert path.read_text() == "keep me"
