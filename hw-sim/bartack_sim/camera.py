"""A camera that serves what lies on its table as MJPEG over HTTP on 127.0.0.1.

It behaves like a cheap network camera: a stream of JPEG pictures in ``multipart/x-mixed-replace``
for as many viewers as come, the same picture for all of them at a time. It can stall (the
connection stands, no picture comes), freeze (the same picture comes for ever) and be unplugged
(connections are cut and nobody answers at the port). It plays presentations and tells what was
shown when.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from bartack_sim.ticket import Frame, Presentation, Scene, Ticket, shoot

BOUNDARY = "frame"
_VARIANTS = 3
"""Pictures of one scene that take turns; only their noise differs."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A frame that lay under the camera at ``time.monotonic()`` time ``at_s``.

    ``sent`` is false where the camera was stalled or frozen then, so that no viewer could see it.
    """

    frame: Frame
    at_s: float
    sent: bool


@dataclass(frozen=True, slots=True)
class Film:
    """A presentation whose pictures are made, ready to be played at the camera's rate."""

    presentation: Presentation
    pictures: tuple[bytes, ...]


def develop(presentation: Presentation) -> Film:
    """Make all pictures of a presentation, which takes some tens of ms for each."""
    return Film(presentation, tuple(frame.jpeg() for frame in presentation.frames))


class Camera:
    """One camera. Plugged in when it is made; leave the ``with`` block to switch it off."""

    def __init__(
        self,
        port: int = 0,
        scene: Scene | None = None,
        seed: int = 0,
        frames_per_s: float = 10.0,
    ) -> None:
        self._scene = scene or Scene()
        self._seeds = random.Random(seed)
        self._interval_s = 1.0 / frames_per_s
        self._stalled = threading.Event()
        self._frozen = threading.Event()
        self._pictures: tuple[bytes, ...] = self._render(None, self._scene)
        self._film: deque[tuple[Frame, bytes]] = deque()
        self._shown: list[Shown] = []
        self._sent = (0, self._pictures[0])
        self._turn = threading.Condition()
        self._server: _Server | None = None
        self._shutter = threading.Thread()
        self._port = port
        self.plug()

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/stream.mjpg"

    @property
    def plugged(self) -> bool:
        return self._server is not None

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return 0 if self._server is None else len(self._server.connections)

    def show(self, ticket: Ticket, scene: Scene | None = None) -> None:
        """Put a ticket under the camera."""
        self._pictures = self._render(ticket, scene or self._scene)

    def clear(self) -> None:
        """Take the ticket away."""
        self._pictures = self._render(None, self._scene)

    def present(self, presentation: Presentation) -> tuple[Shown, ...]:
        """Move a ticket in, hold it and take it away; as ``play`` does."""
        return self.play(develop(presentation))

    def play(self, film: Film) -> tuple[Shown, ...]:
        """Show each picture once at the camera's rate, then what lay there before.

        Returns the truth when the last one was shown: what was shown when. It holds fewer frames
        than the film when the camera was unplugged meanwhile. Raises ``RuntimeError`` while
        another film is played.
        """
        with self._turn:
            if self._film:
                raise RuntimeError("the camera plays another presentation")
            self._shown = shown = list[Shown]()
            if self.plugged:
                self._film.extend(zip(film.presentation.frames, film.pictures, strict=True))
            self._turn.wait_for(lambda: not self._film)
            return tuple(shown)

    def stall(self) -> None:
        """Send no more pictures, but keep every connection."""
        self._stalled.set()

    def freeze(self) -> None:
        """Send the picture of now over and over, bit for bit, whatever lies there later."""
        self._frozen.set()

    def resume(self) -> None:
        """Send pictures as they are again after ``stall`` or ``freeze``."""
        self._stalled.clear()
        self._frozen.clear()

    def plug(self) -> None:
        """Answer at the port; raises ``OSError`` when another program has it."""
        if self._server is None:
            self._server = _Server(("127.0.0.1", self._port), self)
            self._port = self._server.server_address[1]
            self._shutter = threading.Thread(
                target=self._run, args=(self._server.stopped,), name="shutter"
            )
            self._shutter.start()
            self._server.start()

    def unplug(self) -> None:
        """Cut every connection and answer no more."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()
            self._shutter.join()

    close = unplug

    def pictures(self, stopped: threading.Event) -> Iterable[bytes]:
        """The stream's pictures at the camera's rate until ``stopped`` is set.

        A viewer that is too slow for the rate misses pictures, as at a real camera.
        """
        number = self._sent[0]
        while True:
            number, picture = self._next(number, stopped)
            if stopped.is_set():
                return
            yield picture

    def _next(self, number: int, stopped: threading.Event) -> tuple[int, bytes]:
        """Wait for a picture later than this one, or until ``stopped`` is set."""
        with self._turn:
            self._turn.wait_for(lambda: self._sent[0] != number or stopped.is_set())
            return self._sent

    def _run(self, stopped: threading.Event) -> None:
        """The shutter: one picture in each interval, whether anybody looks or not."""
        due_s = time.monotonic()
        number = 0
        while not stopped.wait(max(0.0, due_s - time.monotonic())):
            # After a pause of the machine the rate goes on from now: no burst makes up for it.
            due_s = max(due_s, time.monotonic() - self._interval_s) + self._interval_s
            number += 1
            with self._turn:
                self._expose(number)
                self._turn.notify_all()
        with self._turn:
            self._film.clear()
            self._turn.notify_all()

    def _expose(self, number: int) -> None:
        """Take the picture of what lies there, and send it unless something is wrong."""
        picture = self._pictures[number % _VARIANTS]
        sent = not self._stalled.is_set() and not self._frozen.is_set()
        if self._film:
            frame, picture = self._film.popleft()
            self._shown.append(Shown(frame, time.monotonic(), sent))
        if not self._stalled.is_set():
            self._sent = (number, self._sent[1] if self._frozen.is_set() else picture)

    def _render(self, ticket: Ticket | None, scene: Scene) -> tuple[bytes, ...]:
        seeds = [self._seeds.getrandbits(32) for _ in range(_VARIANTS)]
        return tuple(shoot(ticket, scene, seed) for seed in seeds)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.unplug()


class _Server(ThreadingHTTPServer):
    """The HTTP half: a thread to accept, one for each viewer; ``stop`` waits for all of them."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, address: tuple[str, int], camera: Camera) -> None:
        super().__init__(address, _Viewer)
        self.camera = camera
        self.stopped = threading.Event()
        self.connections: set[socket.socket] = set()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.1}, name="camera"
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.stopped.set()
        self.shutdown()
        self._thread.join()
        for connection in tuple(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the viewer was quicker
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A viewer that goes away ends its own stream; there is nobody to tell."""


class _Viewer(BaseHTTPRequestHandler):
    """One viewer's connection."""

    server: _Server
    timeout = 2.0  # a viewer that does not read is cut off after so many seconds

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.close_connection = True
        self.server.connections.add(self.connection)
        try:
            for picture in self.server.camera.pictures(self.server.stopped):
                self.wfile.write(
                    f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\n"
                    f"Content-Length: {len(picture)}\r\n\r\n".encode("ascii")
                )
                self.wfile.write(picture)
                self.wfile.write(b"\r\n")
        except OSError:
            return  # the viewer went away or was cut off
        finally:
            self.server.connections.discard(self.connection)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a simulated camera keeps no access log."""
