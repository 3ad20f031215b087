"""A pseudo-terminal that stands for a serial port and can be unplugged.

The reader's program opens a symbolic link, as it would open one below ``/dev/serial/by-path``.
Bytes sent while no program holds the port open are lost, as they are on a real wire, and a
program that does not read never stalls the device: what does not fit is lost and counted.
"""

from __future__ import annotations

import array
import fcntl
import os
import select
import termios
import threading
import time
import tty
from pathlib import Path
from types import TracebackType
from typing import Self

RECEIVE_MAX_BYTES = 4096


class PortError(Exception):
    """The port cannot be made at this path; the text says why and what to do."""


class Port:
    """One end of a wire: devices ``send`` bytes into it, a program opens ``link``.

    Safe to use from several threads. The port is plugged in when it is made.
    """

    def __init__(self, link: Path) -> None:
        self.link = link
        self._lock = threading.Lock()
        self._master: int | None = None
        self._lost_bytes = 0
        self.plug()

    @property
    def plugged(self) -> bool:
        return self._master is not None

    @property
    def lost_bytes(self) -> int:
        """How many bytes nobody could receive so far."""
        return self._lost_bytes

    @property
    def listened(self) -> bool:
        """Whether a program holds the port open now."""
        with self._lock:
            return self._master is not None and not _hung_up(self._master)

    def plug(self) -> None:
        """Give the link a new pseudo-terminal; nothing happens when it has one.

        Raises ``PortError`` when something other than a symbolic link stands at the path.
        """
        with self._lock:
            if self._master is not None:
                return
            if self.link.exists() and not self.link.is_symlink():
                raise PortError(f"{self.link}: is there and is no link; choose another path")
            master, slave = os.openpty()
            try:
                tty.setraw(slave)
                os.set_blocking(master, False)
                _point(self.link, os.ttyname(slave))
            except OSError as error:
                os.close(master)
                raise PortError(f"{self.link}: cannot be made: {error.strerror}") from error
            finally:
                # With no slave open the master reads as hung up until a program opens the link.
                os.close(slave)
            self._master = master

    def unplug(self) -> None:
        """Pull the cable: the program's port hangs up and the link is gone."""
        with self._lock:
            if self._master is None:
                return
            self.link.unlink(missing_ok=True)
            os.close(self._master)
            self._master = None

    def send(self, data: bytes) -> int:
        """Put ``data`` on the wire without waiting; returns how many bytes a program can read."""
        with self._lock:
            sent = 0
            if self._master is not None and not _hung_up(self._master):
                try:
                    sent = os.write(self._master, data)
                except BlockingIOError:
                    sent = 0
            self._lost_bytes += len(data) - sent
            return sent

    def receive(self, timeout_s: float) -> bytes:
        """Wait up to ``timeout_s`` for what a program sends; empty where nothing comes."""
        with self._lock:
            master = None if self._master is None else os.dup(self._master)
        if master is None:
            time.sleep(timeout_s)
            return b""
        try:
            poll = select.poll()
            poll.register(master, select.POLLIN)
            for _, events in poll.poll(timeout_s * 1000):
                if events & select.POLLIN:
                    return os.read(master, RECEIVE_MAX_BYTES)
                time.sleep(timeout_s)  # hung up: no program has the port open
        except OSError:
            pass  # the program closed the port this moment
        finally:
            os.close(master)
        return b""

    def drain(self, timeout_s: float) -> bool:
        """Wait until the program has read what was sent; False when it did not in time."""
        deadline = time.monotonic() + timeout_s
        while self.listened:
            if self._unread_bytes() == 0:
                return True
            if time.monotonic() >= deadline:
                return False
            select.select([], [], [], 0.02)
        return False

    def _unread_bytes(self) -> int:
        slave = os.open(self.link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            count = array.array("i", [0])
            fcntl.ioctl(slave, termios.FIONREAD, count)
            return count[0]
        finally:
            os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.unplug()


def _hung_up(master: int) -> bool:
    poll = select.poll()
    poll.register(master, 0)
    return any(events & select.POLLHUP for _, events in poll.poll(0))


def _point(link: Path, target: str) -> None:
    """Make ``link`` point at ``target`` in one step, so that no reader sees it half made."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
