"""The aiming page's web server: on this machine only, for a few browsers at once.

A browser asks for the next glimpse, gets picture and figures in one answer, and asks again: what it
is too slow for it never gets, and it holds up neither the camera nor another browser.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from bartack.aiming.eye import Glimpse
from bartack.aiming.gauges import page_document
from bartack.serving.files import page_files
from bartack.serving.headers import SafeHeaders
from bartack.serving.loopback import HOST, known_names_only
from bartack.serving.newest import Newest
from bartack.serving.thread import Limits, Serving, start
from bartack_drivers.camera.aiming.words import ENGLISH

STATIC: Final = Path(__file__).with_name("static")

WAIT_MAX_S: Final = 5.0
"""A browser that asked for the next glimpse gets an answer within this time."""

LIMITS: Final = Limits(connections=40, stop_timeout_s=1)


def build_app(shown: Newest[Glimpse]) -> Starlette:
    """The application: ``/``, ``/static/…``, ``/words`` and ``/glimpse?after=NUMBER``.

    A glimpse is a line of JSON and, after its line feed, the bytes of the JPEG picture.
    """

    async def page(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def words(_: Request) -> Response:
        return JSONResponse(dict(ENGLISH))

    async def glimpse(request: Request) -> Response:
        after = request.query_params.get("after", "")
        newest = await shown.wait(lambda glimpse: str(glimpse.number) != after, WAIT_MAX_S)
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
            Mount("/static", page_files(STATIC)),
        ],
        middleware=[Middleware(SafeHeaders, cache="no-store"), known_names_only()],
        lifespan=lifespan,
    )


@dataclass(frozen=True, slots=True)
class Aiming:
    """A running server of the page. ``address`` is what to type into a browser on this machine."""

    address: str
    _shown: Newest[Glimpse]
    _serving: Serving

    def put(self, glimpse: Glimpse) -> None:
        """Show a glimpse to every browser that waits."""
        self._shown.put(glimpse)

    def stop(self) -> None:
        """End open answers and stop; returns when the port is free again."""
        self._serving.stop()


def serve(first: Glimpse, port: int) -> Aiming:
    """Serve on a thread of its own at 127.0.0.1; port 0 takes a free one.

    Raises ``OSError`` when the port cannot be had.
    """
    shown = Newest(first)
    serving = start(
        build_app(shown), HOST, port, name="aiming", limits=LIMITS, end_answers=shown.end
    )
    return Aiming(serving.address, shown, serving)
