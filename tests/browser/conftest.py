"""Chromium, and a dashboard with a made-up floor behind it.

The browser lives as long as one module: Playwright keeps an event loop on the thread, which tests
of other modules may want for themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from bartack.serving.thread import Serving
from bartack_hub.board import Board, LinePlan
from bartack_hub.feed import Feed
from bartack_hub.web.app import build_app, serve
from browser.floor import PLAN, Station, operations, operators, running_clock
from installed import Require

WALL: ViewportSize = {"width": 1920, "height": 1080}


@pytest.fixture(scope="module")
def chromium(require: Require) -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program = require("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(slots=True)
class Tab:
    """A browser tab, what it asked for and what it complained about."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def value(self, name: str) -> str:
        return f"#line [data-value={name}]"


@dataclass(slots=True)
class Dashboard:
    """A dashboard in this process: stations tell it what happens, tabs look at it."""

    feed: Feed
    serving: Serving

    @property
    def address(self) -> str:
        return self.serving.address

    def now(self) -> datetime:
        return datetime.fromisoformat(str(self.feed.snapshot()["at"]))

    def report(self, station: Station) -> None:
        """The station says that it is well."""
        now = self.now()
        self.feed.status(station.line, station.name, station.status(now), now)


@contextmanager
def dashboard_of(plans: dict[str, LinePlan], streams_max: int = 20) -> Iterator[Dashboard]:
    feed = Feed(Board("dhk1", plans), running_clock(), streams_max)
    feed.reference(operators(), operations())
    feed.link(True, "connected")
    serving = serve(build_app(feed, "0.1.0"), "127.0.0.1", 0)
    try:
        yield Dashboard(feed, serving)
    finally:
        serving.stop()


@pytest.fixture
def dashboard() -> Iterator[Dashboard]:
    """A dashboard of one line with no station yet."""
    with dashboard_of({"l03": PLAN}) as running:
        yield running


@contextmanager
def tab_of(chromium: Browser, size: ViewportSize = WALL, scheme: str = "dark") -> Iterator[Tab]:
    context = chromium.new_context(
        viewport=size, color_scheme="light" if scheme == "light" else "dark"
    )
    tab = Tab(context.new_page())
    tab.page.on("request", lambda request: tab.requests.append(request.url))
    tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.page.on(
        "console",
        lambda line: (
            tab.complaints.append(line.text) if line.type in {"error", "warning"} else None
        ),
    )
    try:
        yield tab
    finally:
        context.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Tab]:
    """A tab of the size of a wall screen."""
    with tab_of(chromium) as opened:
        yield opened
