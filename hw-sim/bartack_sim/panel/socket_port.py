"""A Unix socket where a program finds a chip or a bus. One program holds it at a time.

The first packet that a program gets is an error number in decimal digits: 0 where the device is
free, EBUSY where another one has it. Each packet that it sends is answered by such a number.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from types import TracebackType
from typing import Protocol, Self

from bartack_sim.devices.pty import PortError

PACKET_MAX_BYTES = 65536
TURN_S = 0.1


class Panel(Protocol):
    """What is behind the socket."""

    def receive(self, packet: bytes, at_s: float) -> int:
        """Take a packet at a monotonic time; the error number for its answer."""

    def release(self) -> None:
        """The program that held it is gone."""


class SocketPort:
    """Serves ``panel`` at ``link`` from a thread of its own, from the beginning to the end of its
    ``with`` block. Unplugged, it cuts the program off and is not found."""

    def __init__(
        self, link: Path, panel: Panel, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Raises ``PortError`` when the socket cannot be made there."""
        self.link = link
        self._panel = panel
        self._clock = clock
        self._holder: socket.socket | None = None
        self._ending = threading.Event()
        self._listener: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.plug()

    @property
    def held(self) -> bool:
        """Whether a program has the device now."""
        return self._holder is not None

    def plug(self) -> None:
        """Make the socket and begin to serve. Raises ``PortError``."""
        self._listener = _listening(self.link)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"panel {self.link}", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Cut off who holds the device, and let nobody find it any more."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _serve(self) -> None:
        listener = self._listener
        assert listener is not None  # noqa: S101 - plug made it
        with listener, DefaultSelector() as waiting:
            waiting.register(listener, EVENT_READ)
            while not self._ending.is_set():
                for key, _ in waiting.select(TURN_S):
                    if key.fileobj is listener:
                        self._greet(listener.accept()[0], waiting)
                    elif not self._answer():
                        self._drop(waiting)
            self._drop(waiting)
            self.link.unlink(missing_ok=True)

    def _greet(self, program: socket.socket, waiting: DefaultSelector) -> None:
        if self._holder is not None and self._answered_nothing_yet():
            self._drop(waiting)
        if self._holder is not None:
            _tell(program, errno.EBUSY)
            program.close()
            return
        self._holder = program
        waiting.register(program, EVENT_READ)
        _tell(program, 0)

    def _answered_nothing_yet(self) -> bool:
        """Whether the holder hung up a moment ago and is only not noticed yet."""
        assert self._holder is not None  # noqa: S101 - asked only then
        try:
            return not self._holder.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _answer(self) -> bool:
        """Take one packet of the holder; False when it is gone."""
        holder = self._holder
        if holder is None:
            return True
        try:
            packet = holder.recv(PACKET_MAX_BYTES)
        except OSError:
            return False
        return bool(packet) and _tell(holder, self._panel.receive(packet, self._clock()))

    def _drop(self, waiting: DefaultSelector) -> None:
        if self._holder is not None:
            waiting.unregister(self._holder)
            self._holder.close()
            self._holder = None
            self._panel.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.unplug()


def _tell(program: socket.socket, number: int) -> bool:
    try:
        program.send(str(number).encode())
    except OSError:
        return False
    return True


def _listening(link: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    unready = link.with_name(f".{link.name}")
    try:
        if link.is_socket() and not _is_served(link):
            link.unlink()  # left behind by one that was killed
        unready.unlink(missing_ok=True)
        listener.bind(os.fspath(unready))
        listener.listen()
        link.hardlink_to(unready)  # whoever finds it can connect, and one that is there stays
        unready.unlink()
    except OSError as error:
        listener.close()
        reason = error.strerror or str(error)
        raise PortError(f"{link}: {reason}; choose another path for --link") from error
    return listener


def _is_served(link: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as probe:
        try:
            probe.connect(os.fspath(link))
        except OSError:
            return False
        return True
