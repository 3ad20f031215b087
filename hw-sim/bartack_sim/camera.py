"""A camera that serves what lies on its table as MJPEG over HTTP on 127.0.0.1.

It behaves like a cheap network camera: a stream of JPEG pictures in ``multipart/x-mixed-replace``
for as many viewers as come. It can stall (the connection stands, no picture comes), freeze (the
same picture comes for ever) and be unplugged (connections are cut and nobody answers at the port).
"""

from __future__ import annotations

import itertools
import random
import socket
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from bartack_sim.ticket import Scene, Ticket, render_scene, to_jpeg

BOUNDARY = "frame"
_VARIANTS = 3
"""Pictures of one scene that take turns; only their noise differs."""


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
        self._server: _Server | None = None
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
            self._server.start()

    def unplug(self) -> None:
        """Cut every connection and answer no more."""
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    close = unplug

    def pictures(self, stopped: threading.Event) -> Iterable[bytes]:
        """The stream's pictures at the camera's rate until ``stopped`` is set."""
        picture = self._pictures[0]
        for turn in itertools.count():
            if not self._stalled.is_set():
                if not self._frozen.is_set():
                    picture = self._pictures[turn % _VARIANTS]
                yield picture
            if stopped.wait(self._interval_s):
                return

    def _render(self, ticket: Ticket | None, scene: Scene) -> tuple[bytes, ...]:
        seeds = [self._seeds.getrandbits(32) for _ in range(_VARIANTS)]
        return tuple(to_jpeg(render_scene(ticket, scene, seed)) for seed in seeds)

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
