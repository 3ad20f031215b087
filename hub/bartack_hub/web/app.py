"""The dashboard's web server: one page, its files, a snapshot and a stream of changes.

Read-only by construction: nothing but GET and HEAD has a route. The page may load and talk to
nothing but this server, and the headers say so to the browser.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bartack_hub.feed import Feed, TooManyStreamsError

STATIC: Final = Path(__file__).with_name("static")

RETRY_MS: Final = 1000
KEEP_ALIVE_S: Final = 15
SEND_TIMEOUT_S: Final = 30
"""A browser that takes nothing for this long is let go."""

CONNECTIONS_MAX: Final = 400
STOP_TIMEOUT_S: Final = 2

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def build_app(feed: Feed, version: str) -> Starlette:
    """The application: ``/``, ``/static/…``, ``/api/snapshot``, ``/api/stream``, ``/healthz``.

    ``version`` lets a page that was left open notice that its server was updated, and load anew.
    """

    async def page(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def snapshot(_: Request) -> Response:
        return JSONResponse(feed.snapshot() | {"version": version})

    async def health(request: Request) -> Response:
        pulse: asyncio.Task[None] = request.app.state.pulse
        alive = not pulse.done()
        answer = {"ok": alive, "version": version, "broker": feed.link_is_up()}
        return JSONResponse(answer, status_code=200 if alive else 503)

    async def stream(_: Request) -> Response:
        if feed.is_full:
            return PlainTextResponse(
                "Too many open dashboards. Close one and load this page again.\n",
                status_code=503,
                headers={"Retry-After": "10"},
            )
        return EventSourceResponse(
            _messages(feed, version), ping=KEEP_ALIVE_S, send_timeout=SEND_TIMEOUT_S
        )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        pulse = app.state.pulse = asyncio.create_task(feed.pulse())
        try:
            yield
        finally:
            pulse.cancel()
            with suppress(asyncio.CancelledError):
                await pulse

    app = Starlette(
        routes=[
            Route("/", page),
            Route("/healthz", health),
            Route("/api/snapshot", snapshot),
            Route("/api/stream", stream),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[Middleware(SafeHeaders)],
        lifespan=lifespan,
    )
    app.state.feed = feed
    return app


async def _messages(feed: Feed, version: str) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(data=version, event="version", retry=RETRY_MS)
    try:
        async for name, document in feed.stream():
            yield ServerSentEvent(data=document, event=name)
    except TooManyStreamsError:
        return  # taken between the check and the start; the browser asks again


class SafeHeaders:
    """Puts the safety headers on every answer, and asks browsers to check for a newer file."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self._app(scope, receive, send_with_headers)


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server. ``address`` is what to type into a browser on this machine."""

    address: str
    port: int
    _feed: Feed
    _server: uvicorn.Server
    _thread: threading.Thread

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        """End open streams and stop; returns when the port is free again."""
        self._server.should_exit = True
        self._feed.end_streams()
        self._thread.join()


def serve(app: Starlette, host: str, port: int) -> Serving:
    """Serve what ``build_app`` made on a thread of its own; port 0 takes a free one.

    Raises ``OSError`` when the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=128)
    taken = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=STOP_TIMEOUT_S,
            lifespan="on",
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="web", daemon=True)
    thread.start()
    shown = f"[{host}]" if family == socket.AF_INET6 else host
    return Serving(f"http://{shown}:{taken}/", taken, app.state.feed, server, thread)
