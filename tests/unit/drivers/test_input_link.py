"""Input devices: grabbed, or refused with the reason and the way out.

There is no input device on a build machine: a character device and a recorded ``ioctl`` stand for
one, a named pipe for one that is read.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import subprocess
import time
from pathlib import Path

import pytest

from bartack_drivers.base import DeviceBusy, DeviceDenied, DeviceError, DeviceLost, DeviceMissing
from bartack_drivers.links import InputLink
from bartack_drivers.links.input_device import EVIOCGRAB, EVIOCSCLOCKID
from contract.devices import held_descriptors


class Kernel:
    """Stands for ``ioctl``: keeps what it was asked, and fails as it is told."""

    def __init__(self, failure: int | None = None) -> None:
        self.asked: list[tuple[int, object]] = []
        self._failure = failure

    def ioctl(self, descriptor: int, request: int, argument: object = 0) -> int:
        self.asked.append((request, argument))
        if self._failure is not None:
            raise OSError(self._failure, os.strerror(self._failure))
        return 0


def test_a_device_is_grabbed_and_tells_monotonic_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys reach no console, and pauses between them do not depend on the wall clock."""
    kernel = Kernel()
    monkeypatch.setattr(fcntl, "ioctl", kernel.ioctl)
    InputLink("/dev/zero").close()
    clock = struct.pack("i", time.CLOCK_MONOTONIC)
    assert kernel.asked == [(EVIOCGRAB, 1), (EVIOCSCLOCKID, clock)]


def test_a_device_begins_with_what_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first event is SYN_DROPPED, now: a scan may be half typed when a device is opened."""
    monkeypatch.setattr(fcntl, "ioctl", Kernel().ioctl)
    link = InputLink("/dev/zero")
    seconds, microseconds, *event = struct.unpack("@llHHi", link.read(0.0))
    assert event == [0, 3, 0]
    assert 0.0 <= time.monotonic() - seconds - microseconds / 1e6 < 5.0
    assert set(link.read(0.0)) == {0}
    link.close()


def test_the_requests_are_those_of_the_kernel() -> None:
    """A request is: host to kernel, size of an int, letter E, number."""
    assert [0x40000000 | 4 << 16 | ord("E") << 8 | number for number in (0x90, 0xA0)] == [
        EVIOCGRAB,
        EVIOCSCLOCKID,
    ]


def test_a_device_that_is_grabbed_names_its_holder(monkeypatch: pytest.MonkeyPatch) -> None:
    """EBUSY is DeviceBusy, with the command and pid of who has the device open."""
    monkeypatch.setattr(fcntl, "ioctl", Kernel(errno.EBUSY).ioctl)
    with Path("/dev/full").open("rb") as held:
        holder = subprocess.Popen(["sleep", "60"], stdin=held)
    try:
        with pytest.raises(DeviceBusy, match=rf"held by sleep \(pid {holder.pid}\)"):
            InputLink("/dev/full")
    finally:
        holder.kill()
        holder.wait()
    assert held_descriptors("/dev/full") == 0


FAILURES: list[tuple[int, type[DeviceError], str]] = [
    (errno.ENOTTY, DeviceMissing, "not an input device"),
    (errno.EINVAL, DeviceMissing, "not an input device"),
    (errno.ENODEV, DeviceMissing, "no such device"),
    (errno.EACCES, DeviceDenied, "91-bartack.rules, or add the user to group input"),
    (errno.EPERM, DeviceDenied, "group input"),
    (errno.ENOMEM, DeviceMissing, "not an input device that can be used"),
]


@pytest.mark.parametrize(("failure", "error", "text"), FAILURES)
def test_a_refusal_says_the_way_out(
    failure: int, error: type[DeviceError], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refusal of the kernel is an error of its kind, and leaves nothing open."""
    monkeypatch.setattr(fcntl, "ioctl", Kernel(failure).ioctl)
    with pytest.raises(error, match=text):
        InputLink("/dev/full")
    assert held_descriptors("/dev/full") == 0


@pytest.mark.parametrize("port", ["/dev/full", "/", __file__])
def test_what_is_no_input_device_cannot_be_grabbed(port: str) -> None:
    """Other devices, folders and files are refused by the kernel itself, and told apart."""
    with pytest.raises(DeviceMissing, match="not an input device"):
        InputLink(port)
    assert held_descriptors(port) == 0


@pytest.mark.parametrize("port", ["", "a\0b"])
def test_what_is_no_path_is_missing(port: str) -> None:
    """Nonsense for a port is a clear error."""
    with pytest.raises(DeviceMissing, match="is not a path"):
        InputLink(port)


def test_a_device_that_dies_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unplugged device answers a read with ENODEV."""

    def dead(descriptor: int, size: int) -> bytes:
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(fcntl, "ioctl", Kernel().ioctl)
    link = InputLink("/dev/zero")
    assert link.read(1.0)
    with monkeypatch.context() as patched:
        patched.setattr(os, "read", dead)
        with pytest.raises(DeviceLost, match="connection lost"):
            link.read(1.0)
    link.close()


def test_a_pipe_stands_for_a_device(tmp_path: Path) -> None:
    """A pipe is read as a device is, and its writer going away is the plug pulled out."""
    path = tmp_path / "port"
    os.mkfifo(path)
    link = InputLink(str(path))
    assert link.read(0.0) == b""
    writer = os.open(path, os.O_WRONLY)
    os.write(writer, b"events")
    assert link.read(1.0) == b"events"
    assert link.read(0.0) == b""
    link.write(b"nobody hears this")
    link.check_path()
    os.close(writer)
    with pytest.raises(DeviceLost, match="connection lost"):
        link.read(1.0)
    path.unlink()
    with pytest.raises(DeviceLost, match="path is gone"):
        link.check_path()
    link.close()
