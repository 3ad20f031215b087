"""The web server: what it answers, what it refuses, and how it stops."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, time
from http.client import HTTPConnection, HTTPResponse
from time import monotonic
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from bartack.reasons import Refused
from bartack.serving.thread import Serving
from bartack_hub.board import Board, LinePlan
from bartack_hub.feed import Feed
from bartack_hub.web.app import STATIC, build_app, serve

NOW = datetime(2026, 11, 21, 10, tzinfo=ZoneInfo("Asia/Dhaka"))
PLAN = LinePlan("l03", "Asia/Dhaka", time(8), time(17), (), 800)


@contextmanager
def serving(streams_max: int = 5) -> Iterator[Serving]:
    feed = Feed(Board("dhk1", {"l03": PLAN}), lambda: NOW, streams_max)
    running = serve(build_app(feed, "9.9.9"), "127.0.0.1", 0)
    try:
        yield running
    finally:
        running.stop()


@contextmanager
def asked(running: Serving, path: str, method: str = "GET") -> Iterator[HTTPResponse]:
    with closing(HTTPConnection("127.0.0.1", running.port, timeout=10)) as connection:
        connection.request(method, path)
        yield connection.getresponse()


@pytest.mark.parametrize("path", ["/", "/api/snapshot", "/healthz", "/static/main.js", "/nothing"])
def test_every_answer_is_armoured(path: str) -> None:
    """Every answer forbids foreign content, inline code, framing and guessing of types."""
    with serving() as running, asked(running, path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Cache-Control"] in {"no-cache", "no-store"}
        assert answer.headers["Server"] is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/api/snapshot", "/api/stream", "/static/main.js"])
def test_nothing_can_be_written(method: str, path: str) -> None:
    """The dashboard only reads: any other method is refused."""
    with serving() as running, asked(running, path, method) as answer:
        assert answer.status == 405


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "//etc/passwd",
        "/static//etc/passwd",
    ],
)
def test_only_its_own_files(path: str) -> None:
    """No path leads out of the folder of static files."""
    with serving() as running, asked(running, path) as answer:
        assert answer.status == 404


def test_health_and_snapshot() -> None:
    """The health address says that the hub lives and has no broker yet; the snapshot is whole."""
    with serving() as running:
        with asked(running, "/healthz") as answer:
            assert json.load(answer) == {"ok": True, "version": "9.9.9", "broker": False}
        with asked(running, "/api/snapshot") as answer:
            assert json.load(answer).keys() >= {"at", "lines", "stations", "refusals", "link"}


def test_stream_starts_with_version_and_snapshot() -> None:
    """An event stream says the server's version, then everything."""
    with serving() as running, asked(running, "/api/stream") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = [answer.readline().strip() for _ in range(6)]
        assert [line for line in lines if line.startswith(b"event: ")] == [
            b"event: version",
            b"event: snapshot",
        ]


def test_head_of_a_stream_ends() -> None:
    """Asking for the headers of the stream does not hold the connection."""
    with serving() as running, asked(running, "/api/stream", "HEAD") as answer:
        assert answer.status == 200
        assert answer.read() == b""


def test_too_many_streams_are_told_so() -> None:
    """Beyond the bound a browser is told to come later; the others are not disturbed."""
    with serving(streams_max=1) as running, asked(running, "/api/stream") as first:
        while first.readline().strip() != b"event: snapshot":
            pass
        with asked(running, "/api/stream") as second:
            assert second.status == 503
            assert second.headers["Retry-After"] == "10"
        assert first.readline().startswith(b"data: ")


def test_stop_does_not_wait_for_streams() -> None:
    """The server stops at once with a stream open, and its port is free again."""
    with serving() as running, asked(running, "/api/stream") as answer:
        answer.readline()
        started = monotonic()
        running.stop()
        assert monotonic() - started < 1.5
        assert not running.is_alive
        with closing(socket.create_server(("127.0.0.1", running.port))):
            pass


def test_busy_port_is_an_error_at_once() -> None:
    """A port that another program has is reported before anything is started."""
    feed = Feed(Board("dhk1", {}), lambda: NOW)
    with serving() as running, pytest.raises(OSError, match="in use"):
        serve(build_app(feed, "9.9.9"), "127.0.0.1", running.port)


def test_every_sentence_is_there() -> None:
    """Every sentence that the page asks for by name is in the language file, with its advice."""
    words = json.loads((STATIC / "language" / "en.json").read_text(encoding="utf-8"))
    for file in STATIC.glob("*.js"):
        source = file.read_text(encoding="utf-8")
        for key in re.findall(r'\bsay\(\s*"([\w.]+)"', source):
            assert key in words, f"{file.name}: {key}"
        for key in re.findall(r'\bsayCount\(\s*"([\w.]+)"', source):
            assert f"{key}.one" in words, f"{file.name}: {key}"
            assert f"{key}.other" in words, f"{file.name}: {key}"
    refusals = {key.split(".")[1] for key in words if key.startswith("refusal.")}
    assert {f"refusal.{reason}.do" for reason in refusals} <= words.keys()
    assert set(get_args(Refused)) <= refusals, "every refusal of a station has its words"
