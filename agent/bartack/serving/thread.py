"""A web server on a thread of its own: started when its port is taken, ended when it is free."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a server takes on: open connections at a time, and how long it waits at its end."""

    connections: int
    stop_timeout_s: int


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server. ``address`` is what to type into a browser."""

    address: str
    port: int
    _server: uvicorn.Server
    _thread: threading.Thread
    _end_answers: Callable[[], None]

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """End open answers and stop; returns when the port is free again."""
        self._server.should_exit = True
        self._end_answers()
        self._thread.join()


def start(
    app: Starlette,
    host: str,
    port: int,
    *,
    name: str,
    limits: Limits,
    end_answers: Callable[[], None],
) -> Serving:
    """Serve ``app``; port 0 takes a free one.

    ``name`` is the thread's. ``end_answers`` lets answers end that would stay open for ever; it is
    called by the thread that stops the server.

    Raises ``OSError`` when the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=128)
    taken: int = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            limit_concurrency=limits.connections,
            timeout_graceful_shutdown=limits.stop_timeout_s,
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name=name, daemon=True)
    thread.start()
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    return Serving(f"http://{shown}:{taken}/", taken, server, thread, end_answers)
