"""Plays a recording as a device: on a pseudo-terminal that any program can open as a port.

As with a reader that is switched on by the program, time stands still while nobody has the port
open, so nothing of the recording is lost.
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
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from bartack_drivers.base import DeviceMissing
from bartack_drivers.recording import passages

_SETTLE_S: Final = 0.3
"""A program that opens a port drops what came before; it is given the time to."""
_LINGER_S: Final = 1.0
"""After its end the line stays up so long: silence may be what ends the last label."""
_LOOK_S: Final = 0.05


class Terminal:
    """A pseudo-terminal with a link to it. Used by one thread, in a ``with`` block."""

    def __init__(self, link: Path, stop: threading.Event) -> None:
        """Raises ``DeviceMissing`` where something that is no link stands at the path."""
        if link.exists() and not link.is_symlink():
            raise DeviceMissing(str(link), "is there and is no link; choose another path")
        self._link = link
        self._stop = stop
        self._master, slave = os.openpty()
        try:
            tty.setraw(slave)
            os.set_blocking(self._master, False)
            link.unlink(missing_ok=True)
            link.symlink_to(os.ttyname(slave))
        except OSError as error:
            os.close(self._master)
            raise DeviceMissing(str(link), f"cannot be made: {error.strerror}") from error
        finally:
            # With no other end open, the terminal is hung up until a program opens the link.
            os.close(slave)

    @property
    def is_open(self) -> bool:
        """Whether a program has the port open now."""
        poll = select.poll()
        poll.register(self._master, 0)
        return not any(events & select.POLLHUP for _, events in poll.poll(0))

    def send(self, data: bytes) -> None:
        """Send all of it, waiting for the program to open the port and to read."""
        while data and not self._stop.is_set():
            self.wait_open()
            try:
                data = data[os.write(self._master, data) :]
            except BlockingIOError:
                self.pass_time(_LOOK_S)

    def wait_open(self) -> None:
        """Wait until a program has the port open."""
        if self.is_open:
            return
        while not self.is_open and not self._stop.wait(_LOOK_S):
            pass
        self._stop.wait(_SETTLE_S)

    def pass_time(self, duration_s: float) -> None:
        """Wait; what the program sends meanwhile is not heard."""
        deadline_s = time.monotonic() + duration_s
        while not self._stop.is_set() and (left_s := deadline_s - time.monotonic()) > 0:
            if not self.is_open:
                self._stop.wait(min(left_s, _LOOK_S))
            elif select.select([self._master], [], [], min(left_s, _LOOK_S))[0]:
                self._drop_input()

    def drain(self) -> None:
        """Wait until the program has read everything, or closed the port."""
        while self.is_open and self._unread_bytes() and not self._stop.is_set():
            self.pass_time(_LOOK_S)

    def _drop_input(self) -> None:
        try:
            os.read(self._master, 4096)
        except OSError:
            return  # the program closed the port this moment

    def _unread_bytes(self) -> int:
        slave = os.open(self._link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            count = array.array("i", [0])
            fcntl.ioctl(slave, termios.FIONREAD, count)
            return count[0]
        finally:
            os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._link.unlink(missing_ok=True)
        os.close(self._master)


def play(
    file: Path,
    link: Path,
    stop: threading.Event,
    tell: Callable[[str], None],
    speed: float = 1.0,
    *,
    again: bool = False,
) -> None:
    """Play a recording at ``link`` until its end, or with ``again`` until ``stop`` is set.

    ``speed`` 2 plays it in half the time. ``tell`` is told what happens. Raises
    ``DeviceMissing`` for a file that cannot be read or is damaged, and for a path that is taken.
    """
    with Terminal(link, stop) as terminal:
        while not stop.is_set():
            if not terminal.is_open:
                tell(f"{link}: waiting for a program to open it")
            terminal.wait_open()
            tell(f"{link}: playing {file}")
            _play_once(file, terminal, speed, stop)
            terminal.drain()
            terminal.pass_time(_LINGER_S)
            if not again:
                return


def _play_once(file: Path, terminal: Terminal, speed: float, stop: threading.Event) -> None:
    started_s = time.monotonic()
    for passage in passages(file):
        if stop.is_set():
            return
        if passage.direction == "tx":
            continue
        terminal.pass_time(started_s + passage.t_s / speed - time.monotonic())
        closed_s = time.monotonic()
        terminal.wait_open()
        started_s += time.monotonic() - closed_s
        terminal.send(passage.data)
