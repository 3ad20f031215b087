"""Devices that tests plug in and pull out: terminals, pipes, an MJPEG server. All real I/O."""

from __future__ import annotations

import http.server
import os
import pty
import queue
import threading
import time
import tty
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from bartack_drivers.base import Counters, DeviceMissing, Read, Source
from bartack_drivers.driver import Driver
from bartack_drivers.runner import run

PATIENCE_S = 15.0
"""How long a test waits for what must happen, on a machine that is busy."""


class Pty:
    """A pseudo-terminal whose far end stands for a reader, plugged in at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reader, self._port = pty.openpty()
        tty.setraw(self._port)
        self.device = os.ttyname(self._port)
        path.unlink(missing_ok=True)
        path.symlink_to(self.device)

    def send(self, data: bytes) -> None:
        os.write(self._reader, data)

    def unplug(self) -> None:
        """Hang up and take the path away, as the kernel and udev do."""
        self.path.unlink(missing_ok=True)
        if self._reader >= 0:
            os.close(self._port)
            os.close(self._reader)
            self._reader = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.unplug()


class Fifo:
    """A named pipe whose far end stands for an input device, plugged in at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.device = str(path)
        os.mkfifo(path)
        # Open both ways, so that it does not wait for a reader and nothing sent early is lost.
        self._device = os.open(path, os.O_RDWR)

    def send(self, data: bytes) -> None:
        os.write(self._device, data)

    def unplug(self) -> None:
        """Hang up and take the path away, as the kernel and udev do."""
        self.path.unlink(missing_ok=True)
        if self._device >= 0:
            os.close(self._device)
            self._device = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.unplug()


def plugged(driver: Driver, path: Path) -> Pty | Fifo:
    """What stands for this driver's device, plugged in at ``path``."""
    return Fifo(path) if driver.link == "input" else Pty(path)


class MjpegServer:
    """Serves pictures as an endless MJPEG stream, until told to stall, refuse or hang up."""

    def __init__(self, parts: Sequence[bytes], period_s: float = 0.05) -> None:
        """``parts``: pieces of a multipart body with boundary ``frame``, sent over and over."""
        self._parts = parts
        self._period_s = period_s
        self._ending = threading.Event()
        self._stalled = threading.Event()
        self._refusing = threading.Event()
        self._connections: list[threading.Event] = []
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/stream"

    def stall(self) -> None:
        """Keep the connection but send nothing more."""
        self._stalled.set()

    def refuse(self) -> None:
        """Answer every request with 503 and end the connections there are."""
        self._refusing.set()

    def serve(self) -> None:
        """Send pictures again."""
        self._stalled.clear()
        self._refusing.clear()

    @property
    def open_connections(self) -> int:
        return sum(not closed.is_set() for closed in self._connections)

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if server._refusing.is_set():
                    self.send_error(503)
                    return
                closed = threading.Event()
                server._connections.append(closed)
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                try:
                    for part in server._stream():
                        self.wfile.write(part)
                except OSError:
                    self.close_connection = True  # the camera's user went away
                finally:
                    closed.set()

            def log_message(self, format: str, *args: Any) -> None:
                """Keep the test's output clean."""

        return Handler

    def _stream(self) -> Iterator[bytes]:
        while True:
            for part in self._parts:
                if self._ending.wait(self._period_s) or self._refusing.is_set():
                    return
                # A stalled connection is only found closed by sending; nothing is no picture.
                yield b"" if self._stalled.is_set() else part

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ending.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Heard:
    """A listener that keeps what it hears, for a test to wait on."""

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[str, str]] = queue.Queue()
        self.ticks: queue.Queue[Counters | None] = queue.Queue()

    def on_read(self, read: Read) -> None:
        self.events.put(("read", read.value))

    def on_up(self) -> None:
        self.events.put(("up", ""))

    def on_down(self, reason: str) -> None:
        self.events.put(("down", reason))

    def on_trouble(self, trouble: str) -> None:
        self.events.put(("trouble", trouble))

    def on_tick(self, counters: Counters | None) -> None:
        self.ticks.put(counters)

    def next(self) -> tuple[str, str]:
        return self.events.get(timeout=PATIENCE_S)

    def wait_for(self, kind: str) -> str:
        """Drop what is heard until ``kind``, and return what came with it."""
        while (event := self.next())[0] != kind:
            pass
        return event[1]


@contextmanager
def running(open_device: Callable[[], Source], heard: Heard) -> Iterator[threading.Event]:
    """Run a device's loop in a thread; on leaving, it must end within a second."""
    stop = threading.Event()
    thread = threading.Thread(target=run, args=(open_device, heard, stop, (0.02, 0.1)))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(1.0)
        late = thread.is_alive()
        thread.join(PATIENCE_S)
    assert not late, "the loop did not end within a second of being told to"


def read_until(source: Source, count: int) -> list[Read]:
    """Read until ``count`` reads came, or fail when they do not come."""
    reads: list[Read] = []
    silences = 0
    while len(reads) < count and silences < PATIENCE_S / 0.1:
        got = source.read(0.1)
        reads += got
        silences = 0 if got else silences + 1
    return reads


def eventually(condition: Callable[[], bool]) -> bool:
    """Look at ``condition`` until it holds or patience ends."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < deadline_s:
        time.sleep(0.01)
    return condition()


def missing(port: str) -> Source:
    """Open a device that is not there."""
    raise DeviceMissing(port, "no such device")


def held_descriptors(target: str) -> int:
    """How many descriptors of this process lead to ``target``."""
    count = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            count += str(descriptor.readlink()) == target
        except OSError:  # the descriptor of this very listing
            continue
    return count
