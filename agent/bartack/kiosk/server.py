"""The operator's screen as a web server: on this machine only, and taking acts only from its page.

``GET /stream`` gives whole documents as server-sent events, ``POST /act`` takes what was pressed.
An act must come with the token that stands in the stream's first message, which a page of another
origin cannot read, and from this server's own origin.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route

from bartack.kiosk.pressed import BODY_BYTES_MAX, Allowance, BadPressError, Pressed, parse
from bartack.kiosk.screen import Screen
from bartack.languages import load_languages
from bartack.serving.files import page_files
from bartack.serving.headers import SafeHeaders
from bartack.serving.loopback import HOST, HOST_NAMES, known_names_only
from bartack.serving.thread import Limits, Serving, start

STATIC: Final = Path(__file__).with_name("static")
DEFAULT_PORT: Final = 8088

RETRY_MS: Final = 500
KEEP_ALIVE_S: Final = 15
SEND_TIMEOUT_S: Final = 30
"""A browser that takes nothing for this long is let go."""

BURST: Final = 12
PER_S: Final = 4.0
"""Faster than this no hand presses; what comes beyond is refused."""

TOKEN_HEADER: Final = "X-Bartack-Token"  # noqa: S105 - the name of a header
LIMITS: Final = Limits(connections=48, stop_timeout_s=1)

OnAct = Callable[[str, str, int | None], bool]
"""Takes command, argument and seq; whether it was taken. On the server's loop: it only hands on."""


def serve(screen: Screen, port: int, on_act: OnAct) -> Serving:
    """Serve on a thread of its own at 127.0.0.1; port 0 takes a free one.

    Raises ``OSError`` when the port cannot be had.
    """
    app = build_app(screen, on_act, secrets.token_urlsafe(24))
    return start(app, HOST, port, name="kiosk", limits=LIMITS, end_answers=screen.end)


def build_app(screen: Screen, on_act: OnAct, token: str) -> Starlette:
    """The application: ``/``, ``/static/…``, ``/words/LANGUAGE``, ``/stream`` and ``/act``."""
    words = load_languages().by_code
    door = _Door(token, on_act, Allowance(BURST, PER_S, time.monotonic()))

    async def page(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    async def catalogue(request: Request) -> Response:
        found = words.get(request.path_params["language"])
        if found is None:
            return _refusal(404, f"no such language; there are {', '.join(words)}")
        return JSONResponse(dict(found.texts))

    async def stream(request: Request) -> Response:
        if not _is_own(request):
            return _refusal(403, "this stream is for the station's own page")
        if screen.is_full:
            return _refusal(503, "too many open pages; close one and load this one again")
        return EventSourceResponse(
            _messages(screen, token), ping=KEEP_ALIVE_S, send_timeout=SEND_TIMEOUT_S
        )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        screen.attach()
        yield

    return Starlette(
        routes=[
            Route("/", page),
            Route("/words/{language}", catalogue),
            Route("/stream", stream),
            Route("/act", door.act, methods=["POST"]),
            Mount("/static", page_files(STATIC)),
        ],
        middleware=[Middleware(SafeHeaders), known_names_only()],
        lifespan=lifespan,
    )


async def _messages(screen: Screen, token: str) -> AsyncIterator[ServerSentEvent]:
    yield ServerSentEvent(data=version("bartack"), event="version", retry=RETRY_MS)
    yield ServerSentEvent(data=orjson.dumps({"token": token}).decode(), event="token")
    async for text in screen.documents():
        yield ServerSentEvent(data=text, event="document")


@dataclass(frozen=True, slots=True)
class _Door:
    """Lets acts in: from the own page, with the token, small, well-formed and not too many."""

    token: str
    on_act: OnAct
    allowance: Allowance

    async def act(self, request: Request) -> Response:
        refusal = self._stranger(request)
        if refusal is not None:
            return refusal
        body = await _body(request)
        if body is None:
            return _refusal(413, f"an act has at most {BODY_BYTES_MAX} bytes")
        try:
            pressed = parse(body)
        except BadPressError as error:
            return _refusal(422, str(error))
        if not self.allowance.take(time.monotonic()):
            return _refusal(429, "too fast; nothing was done", {"Retry-After": "1"})
        return self._hand_on(pressed)

    def _stranger(self, request: Request) -> Response | None:
        given = request.headers.get(TOKEN_HEADER, "")
        if not _is_own(request):
            return _refusal(403, "acts are taken from the station's own page only")
        if not secrets.compare_digest(given.encode(), self.token.encode()):
            return _refusal(403, f"{TOKEN_HEADER}: not the token of this start; load the page anew")
        if request.headers.get("Content-Type", "").partition(";")[0].strip() != "application/json":
            return _refusal(415, "Content-Type: an act is application/json")
        return None

    def _hand_on(self, pressed: Pressed) -> Response:
        if not self.on_act(pressed.command, pressed.argument, pressed.seq):
            return _refusal(503, "the station is busy; nothing was done", {"Retry-After": "1"})
        return JSONResponse({}, status_code=202)


def _is_own(request: Request) -> bool:
    """Whether the request comes from a page of this very server, or from no page at all.

    Another port of this machine is another origin. Browsers send ``Sec-Fetch-Site`` themselves, and
    ``Origin`` with every POST; a program that sends neither still needs the token.
    """
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    return origin in {f"http://{name}:{request.url.port or 80}" for name in HOST_NAMES} and (
        urlsplit(origin).netloc == request.headers.get("Host", "")
    )


async def _body(request: Request) -> bytes | None:
    """The body; None when it is too long, whatever its length is said to be."""
    taken = bytearray()
    try:
        async for chunk in request.stream():
            taken += chunk
            if len(taken) > BODY_BYTES_MAX:
                return None
    except ClientDisconnect:
        return None
    return bytes(taken)


def _refusal(status: int, why: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": why}, status_code=status, headers=dict(headers or {}))
