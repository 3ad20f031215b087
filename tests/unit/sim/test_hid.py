"""The simulated keyboard reader: its pipe, what it types, and that the driver reads just that."""

from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import pytest

from bartack_drivers.registry import open_source
from bartack_sim.devices.fifo import FifoPort
from bartack_sim.devices.hid import FORMS, badge_text
from bartack_sim.devices.pty import PortError
from bartack_sim.devices.wire import Wire, make_device
from contract.devices import read_until

BADGE = "01026F6C3A"


def opened(link: Path) -> int:
    return os.open(link, os.O_RDONLY | os.O_NONBLOCK)


def listened(port: FifoPort) -> bool:
    return port.listened


@pytest.mark.parametrize("form", FORMS)
def test_a_badge_is_read_in_every_form(form: str, tmp_path: Path) -> None:
    """A badge reader of any form is read as the badge it was shown."""
    with (
        FifoPort(tmp_path / "port") as port,
        Wire(port, make_device("hid", {"form": form, "stray_enter": "true"})) as wire,
        open_source("hid", str(port.link), {"badge_form": form}) as source,
    ):
        wire.power_up()
        wire.place(BADGE)
        (read,) = read_until(source, 1)
        assert read.medium == "em4100"
        assert BADGE.endswith(read.value)
        assert len(read.value) >= 6
        assert source.trouble == ""


def test_a_badge_in_another_form_is_a_trouble(tmp_path: Path) -> None:
    """A reader of another form than the configured one gives no read, and says what it sends."""
    with (
        FifoPort(tmp_path / "port") as port,
        Wire(port, make_device("hid", {"form": "10H"})) as wire,
        open_source("hid", str(port.link), {"badge_form": "8H10D"}) as source,
    ):
        wire.place(BADGE)
        deadline_s = time.monotonic() + 10.0
        while not source.trouble and time.monotonic() < deadline_s:
            assert source.read(0.1) == []
        assert "'01026F6C3A', which is not of the form 8H10D" in source.trouble


def test_a_line_feed_after_enter_is_nothing(tmp_path: Path) -> None:
    """Ctrl+Shift+J after each Enter changes no label."""
    with (
        FifoPort(tmp_path / "port") as port,
        Wire(port, make_device("hid", {"lf": "true", "prefix": "*", "suffix": "tab"})) as wire,
        open_source("hid", str(port.link), {"prefix": "*"}) as source,
    ):
        for label in ("B000123", "B000124"):
            wire.place(label)
        assert [read.value for read in read_until(source, 2)] == ["B000123", "B000124"]


def test_a_reader_without_enter_is_read_after_a_pause(tmp_path: Path) -> None:
    """With suffix none each label is read half a second after its last key."""
    with (
        FifoPort(tmp_path / "port") as port,
        Wire(port, make_device("hid", {"suffix": "none"})) as wire,
        open_source("hid", str(port.link), {"suffix": "none"}) as source,
    ):
        wire.place("B000123")
        assert [read.value for read in read_until(source, 1)] == ["B000123"]


def test_keys_take_time() -> None:
    """A scan comes when its last key is down, with times of keys that a scanner needs."""
    device = make_device("hid")
    device.place("123")
    assert device.turn(100.0) == []
    (scan,) = device.turn(100.1)
    events = list(struct.iter_unpack("@llHHi", scan))
    downs = [
        seconds + microseconds / 1e6
        for seconds, microseconds, kind, _, value in events
        if (kind, value) == (1, 1)
    ]
    assert downs == pytest.approx([100.0, 100.006, 100.012, 100.018])
    assert device.turn(100.2) == []


@pytest.mark.parametrize("text", ["März", "B1\n", "衬衫"])
def test_what_no_keyboard_has_is_refused(text: str) -> None:
    """A label that cannot be typed is refused, and the text says why."""
    with pytest.raises(ValueError, match="not on a US keyboard"):
        make_device("hid").place(text)


@pytest.mark.parametrize("settings", [{"form": "8D"}, {"suffix": "crlf"}, {"colour": "red"}])
def test_an_unknown_setting_is_refused(settings: dict[str, str]) -> None:
    """A setting that the reader does not have is a clear error."""
    with pytest.raises(ValueError, match=r"8D|crlf|colour"):
        make_device("hid", settings)


def test_a_badge_that_is_no_badge_is_refused() -> None:
    """Anything but ten hex digits is refused, and the text says what is needed."""
    with pytest.raises(ValueError, match="ten hex digits"):
        badge_text("0040856634X", "8H10D")


def test_a_pipe_that_nobody_listens_to_loses_its_bytes(tmp_path: Path) -> None:
    """What is sent while no program has the pipe open is lost, also for the next program."""
    with FifoPort(tmp_path / "port") as port:
        assert not listened(port)
        assert port.send(b"early") == 0
        assert port.lost_bytes == 5
        program = opened(port.link)
        assert listened(port)
        assert port.send(b"now") == 3
        assert not port.drain(0.0)
        assert os.read(program, 10) == b"now"
        assert port.drain(1.0)
        port.send(b"unread")
        os.close(program)
        assert not listened(port)
        program = opened(port.link)
        assert listened(port)
        with pytest.raises(BlockingIOError):
            os.read(program, 10)
        os.close(program)


def test_a_program_that_does_not_read_never_stalls_the_reader(tmp_path: Path) -> None:
    """Sending returns at once when the pipe is full; what does not fit is lost and counted."""
    with FifoPort(tmp_path / "port") as port:
        program = opened(port.link)
        sent = sum(port.send(b"x" * 1000) for _ in range(200))
        assert sent < 200_000
        assert port.lost_bytes == 200_000 - sent
        os.close(program)


@pytest.mark.parametrize("spoken", [True, False], ids=["after bytes", "at once"])
def test_unplugging_hangs_up_and_removes_the_path(spoken: bool, tmp_path: Path) -> None:
    """The program's end hangs up, the path is gone, and plugging makes both work anew."""
    link = tmp_path / "port"
    with FifoPort(link) as port:
        program = opened(link)
        if spoken:
            port.send(b"x")
            assert os.read(program, 1) == b"x"
        port.unplug()
        port.unplug()
        assert os.read(program, 1) == b""
        assert not link.exists()
        assert not port.plugged
        assert port.send(b"lost") == 0
        os.close(program)
        port.plug()
        port.plug()
        program = opened(link)
        port.send(b"back")
        assert os.read(program, 4) == b"back"
        os.close(program)
    assert not link.exists()


def test_a_file_at_the_path_is_not_overwritten(tmp_path: Path) -> None:
    """A port refuses a path where something other than a pipe stands, and leaves it be."""
    path = tmp_path / "precious"
    path.write_text("keep me")
    with pytest.raises(PortError, match="precious"):
        FifoPort(path)
    assert path.read_text() == "keep me"


def test_a_pipe_that_a_killed_simulator_left_is_replaced(tmp_path: Path) -> None:
    """A stale pipe does not stand in the way."""
    os.mkfifo(tmp_path / "port")
    with FifoPort(tmp_path / "port") as port:
        program = opened(port.link)
        assert port.send(b"x") == 1
        os.close(program)
