"""A named pipe that stands for an input device and can be unplugged.

The kernel makes input devices for hardware only, or with rights that a test does not have. A pipe
is opened by its path, carries bytes one way and hangs up like one. As on a real device, what is
typed while no program has it open is lost, and nothing waits for the next program.
"""

from __future__ import annotations

import array
import fcntl
import os
import select
import termios
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from bartack_sim.devices.pty import PortError


class FifoPort:
    """The device's end of the pipe, with all that ``pty.Port`` has.

    Safe to use from several threads. The port is plugged in when it is made. Somebody has to
    ``send`` or ``receive`` often, for only then it is seen that a program came or went.
    """

    def __init__(self, link: Path) -> None:
        self.link = link
        self._lock = threading.Lock()
        self._plugged = False
        self._writer: int | None = None
        self._lost_bytes = 0
        self.plug()

    @property
    def plugged(self) -> bool:
        return self._plugged

    @property
    def lost_bytes(self) -> int:
        """How many bytes nobody could receive so far."""
        return self._lost_bytes

    @property
    def listened(self) -> bool:
        """Whether a program holds the port open now."""
        with self._lock:
            return self._reach() is not None

    def plug(self) -> None:
        """Put a new pipe at the path; nothing happens when there is one.

        Raises ``PortError`` when something other than a pipe stands there.
        """
        with self._lock:
            if self._plugged:
                return
            if os.path.lexists(self.link) and not self.link.is_fifo():
                raise PortError(f"{self.link}: is there and is no pipe; choose another path")
            fresh = self.link.with_name(f".{self.link.name}.new")
            try:
                fresh.unlink(missing_ok=True)
                os.mkfifo(fresh)
                fresh.replace(self.link)
            except OSError as error:
                raise PortError(f"{self.link}: cannot be made: {error.strerror}") from error
            self._plugged = True

    def unplug(self) -> None:
        """Pull the cable: the program's end hangs up and the path is gone."""
        with self._lock:
            if self._plugged:
                self._reach()  # only a pipe that had a writer hangs up
                self.link.unlink(missing_ok=True)
                self._plugged = False
                self._close()

    def send(self, data: bytes) -> int:
        """Put ``data`` into the pipe without waiting; returns how many bytes a program can read."""
        with self._lock:
            sent, writer = 0, self._reach()
            if writer is not None:
                try:
                    sent = os.write(writer, data)
                except (BlockingIOError, BrokenPipeError):
                    sent = 0
            self._lost_bytes += len(data) - sent
            return sent

    def receive(self, timeout_s: float) -> bytes:
        """Wait ``timeout_s``. Nothing comes: a program says nothing to a keyboard."""
        with self._lock:
            self._reach()
        time.sleep(timeout_s)
        return b""

    def drain(self, timeout_s: float) -> bool:
        """Wait until the program has read what was sent; False when it did not in time."""
        deadline_s = time.monotonic() + timeout_s
        while (unread := self._unread_bytes()) is not None:
            if unread == 0:
                return True
            if time.monotonic() >= deadline_s:
                return False
            time.sleep(0.02)
        return False

    def _unread_bytes(self) -> int | None:
        """How much the program has not read yet; None where there is no program."""
        with self._lock:
            writer = self._reach()
            if writer is None:
                return None
            count = array.array("i", [0])
            fcntl.ioctl(writer, termios.FIONREAD, count)
            return count[0]

    def _reach(self) -> int | None:
        """The writing end while a program has the other one open."""
        if self._writer is not None and _is_left(self._writer):
            self._close()  # and with it goes what the program has not read
        if self._writer is None and self._plugged:
            try:
                self._writer = os.open(self.link, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:  # nobody reads
                return None
        return self._writer

    def _close(self) -> None:
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.unplug()


def _is_left(writer: int) -> bool:
    poll = select.poll()
    poll.register(writer, 0)
    return any(events & select.POLLERR for _, events in poll.poll(0))
