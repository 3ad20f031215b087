"""The dashboard's web server: one page, its files, a snapshot and a stream of changes.

Read-only by construction: nothing but GET and HEAD has a route. The page may load and talk to
nothing but this server, and the headers say so to the browser.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route

from bartack.serving.files import page_files
from bartack.serving.headers import SafeHeaders
from bartack.serving.thread import Limits, Serving, start
from bartack_hub.feed import Feed, TooManyStreamsError

STATIC: Final = Path(__file__).with_name("static")

RETRY_MS: Final = 1000
KEEP_ALIVE_S: Final = 15
SEND_TIMEOUT_S: Final = 30
"""A browser that takes nothing for this long is let go."""

LIMITS: Final = Limits(connections=400, stop_timeout_s=2)


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
            Mount("/static", page_files(STATIC)),
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


def serve(app: Starlette, host: str, port: int) -> Serving:
    """Serve what ``build_app`` made on a thread of its own; port 0 takes a free one.

    Raises ``OSError`` when the port cannot be had.
    """
    feed: Feed = app.state.feed
    return start(app, host, port, name="web", limits=LIMITS, end_answers=feed.end_streams)
