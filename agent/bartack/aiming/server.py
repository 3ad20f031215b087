"""The aiming page's web server: on this machine only, for a few browsers at once.

A browser asks for the next glimpse, gets picture and figures in one answer, and asks again: what it
is too slow for it never gets, and it holds up neither the camera nor another browser.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bartack.aiming.eye import Glimpse
from bartack.aiming.gauges import page_document
from bartack_drivers.camera.aiming.words import ENGLISH

STATIC: Final = Path(__file__).with_name("static")

HOST: Final = "127.0.0.1"
HOST_NAMES: Final = ("127.0.0.1", "localhost")
"""What a browser may call this server; a foreign name that leads here is an attack."""

WAIT_MAX_S: Final = 5.0
"""A browser that asked for the next glimpse gets an answer within this time."""

CONNECTIONS_MAX: Final = 40
STOP_TIMEOUT_S: Final = 1

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


class Shown:
    """The newest glimpse: put by the thread that looks, waited for by any number of browsers."""

    def __init__(self, first: Glimpse) -> None:
        self._newest = first
        self._ended = False
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self) -> None:
        """Name the running event loop as the one in which browsers wait."""
        self._loop = asyncio.get_running_loop()

    def put(self, glimpse: Glimpse) -> None:
        self._newest = glimpse
        self._wake()

    def end(self) -> None:
        """Let nobody wait any longer."""
        self._ended = True
        self._wake()

    async def after(self, number: str) -> Glimpse:
        """The newest glimpse, as soon as its number is another; the same one where none comes."""
        try:
            async with asyncio.timeout(WAIT_MAX_S):
                while str(self._newest.number) == number and not self._ended:
                    await self._changed.wait()
        except TimeoutError:
            pass
        return self._newest

    def _wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self._changed, rung = asyncio.Event(), self._changed
        rung.set()


def build_app(shown: Shown) -> Starlette:
    """The application: ``/``, ``/static/…``, ``/words`` and ``/glimpse?after=NUMBER``.

    A glimpse is a line of JSON and, after its line feed, the bytes of the JPEG picture.
    """

    async def page(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def words(_: Request) -> Response:
        return JSONResponse(dict(ENGLISH))

    async def glimpse(request: Request) -> Response:
        newest = await shown.after(request.query_params.get("after", ""))
        line = json.dumps(page_document(newest)).encode("ascii")
        return Response(line + b"\n" + newest.jpeg, media_type="application/octet-stream")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        shown.attach()
        yield

    return Starlette(
        routes=[
            Route("/", page),
            Route("/words", words),
            Route("/glimpse", glimpse),
            Mount("/static", StaticFiles(directory=STATIC)),
        ],
        middleware=[
            Middleware(_SafeHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOST_NAMES), www_redirect=False),
        ],
        lifespan=lifespan,
    )


class _SafeHeaders:
    """Puts the safety headers on every answer, also on refusals."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server. ``address`` is what to type into a browser on this machine."""

    address: str
    _shown: Shown
    _server: uvicorn.Server
    _thread: threading.Thread

    def put(self, glimpse: Glimpse) -> None:
        """Show a glimpse to every browser that waits."""
        self._shown.put(glimpse)

    def stop(self) -> None:
        """End open answers and stop; returns when the port is free again."""
        self._server.should_exit = True
        self._shown.end()
        self._thread.join()


def serve(first: Glimpse, port: int) -> Serving:
    """Serve on a thread of its own at 127.0.0.1; port 0 takes a free one.

    Raises ``OSError`` when the port cannot be had.
    """
    shown = Shown(first)
    listener = socket.create_server((HOST, port))
    taken = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            build_app(shown),
            log_config=None,
            access_log=False,
            server_header=False,
            ws="none",
            lifespan="on",
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=STOP_TIMEOUT_S,
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="aiming", daemon=True)
    thread.start()
    return Serving(f"http://{HOST}:{taken}/", shown, server, thread)
