"""A station's screen in this process: a test puts documents, a tab shows them and presses."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from bartack.kiosk.screen import Screen
from bartack.kiosk.server import serve
from bartack.serving.thread import Serving
from browser.conftest import Tab, tab_of
from browser.shift import Document, Shift

PANEL: ViewportSize = {"width": 800, "height": 480}
ANSWER_S = 5.0
Act = tuple[str, str, int | None]

HEARD = """
    window.heard = [];
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
        window.heard.push(this.frequency.value);
        return start.apply(this, when);
    };
"""
"""Writes down the pitch of every note that is played."""


@dataclass(slots=True)
class Ahead:
    """The agent's monotonic clock, which a test can move on."""

    ahead_s: float = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_s


@dataclass(slots=True)
class Station:
    """What a test holds: the shift's documents, the running server, and the acts that came."""

    screen: Screen
    serving: Serving
    shift: Shift
    clock: Ahead
    acts: queue.Queue[Act] = field(default_factory=queue.Queue)

    def put(self, changes: Mapping[str, object] | None = None, **more: object) -> Document:
        document = self.shift.document(changes, **more)
        self.screen.put(document)
        return document

    def speak(self, language: str, numerals: str = "native") -> None:
        self.shift = Shift(language, numerals, after=self.shift)

    def pressed(self) -> Act:
        """The next act that came."""
        return self.acts.get(timeout=ANSWER_S)

    def begin(self) -> None:
        """Forget what was pressed and who was here."""
        while not self.acts.empty():
            self.acts.get_nowait()
        self.clock.ahead_s = 0.0
        self.speak("en")

    def restart(self) -> None:
        """The agent again, on the same port; call ``serving.stop`` before."""
        self.screen = Screen()
        self.serving = serve(self.screen, self.serving.port, taking(self.acts))


def taking(acts: queue.Queue[Act]) -> Callable[[str, str, int | None], bool]:
    """What a station does with a press: it takes it."""

    def take(command: str, argument: str, seq: int | None) -> bool:
        acts.put((command, argument, seq))
        return True

    return take


@contextmanager
def station_of() -> Iterator[Station]:
    acts: queue.Queue[Act] = queue.Queue()
    clock = Ahead()
    screen = Screen(clock=clock)
    serving = serve(screen, 0, taking(acts))
    station = Station(screen, serving, Shift(), clock, acts)
    try:
        yield station
    finally:
        station.serving.stop()


@contextmanager
def look(
    chromium: Browser, station: Station, size: ViewportSize = PANEL, scheme: str = "dark"
) -> Iterator[Tab]:
    """A tab that shows the station's first document. Its clock runs, and ``later`` moves it."""
    with tab_of(chromium, size, scheme) as tab:
        tab.page.add_init_script(HEARD)
        tab.page.clock.install()
        station.put()
        tab.page.goto(station.serving.address)
        expect(tab.page.locator("#head")).to_be_visible()
        yield tab


def tile(page: Page, kind: str) -> Locator:
    """The result tile, once it is of this kind."""
    return page.locator(f"#result[data-kind={kind}]")


def show(
    station: Station, page: Page, changes: Mapping[str, object] | None = None, **more: object
) -> None:
    """Put a document, and wait until the page has drawn it with its typefaces."""
    document = station.put(changes, **more)
    page.wait_for_function(
        "seen => document.documentElement.dataset.number === seen && document.fonts.ready",
        arg=str(document["number"]),
    )


def settle(page: Page) -> None:
    """Let the time pass in which a touch counts as part of the one before."""
    page.clock.fast_forward(600)
