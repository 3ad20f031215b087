"""The operator's screen as a part of the agent: documents out of the state, by a thread of its own.

The core only says that there is an answer. What the screen shows is made here, after the commit and
beside the core, so that no page delays a scan.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from bartack.clock import Clock
from bartack.health import Health
from bartack.kiosk.document import ScreenSettings, Shown, screen_document
from bartack.kiosk.screen import Screen
from bartack.station import Feedback

EVERY_S: Final = 1.0
"""The screen is made anew this often even if nothing happens: time, link and alarms move on."""

RETRY_S: Final = 5.0
"""A port that could not be had is tried again after this time."""


class Served(Protocol):
    """A running web server."""

    def stop(self) -> None: ...


class ScreenLight:
    """Shows answers on the operator's screen. ``run`` is its thread's."""

    name: Final = "kiosk"

    def __init__(
        self,
        settings: ScreenSettings,
        clock: Clock,
        health: Health,
        serve: Callable[[Screen], Served],
    ) -> None:
        """``serve`` starts the web server; it raises ``OSError`` when the port cannot be had."""
        self._settings = settings
        self._clock = clock
        self._health = health
        self._serve = serve
        self._screen = Screen()
        self._changed = threading.Event()
        self._number = 0
        self._answer: Feedback | None = None
        self._fault = ""
        self._log = structlog.get_logger("kiosk")

    def show(self, feedback: Feedback) -> None:
        """Hand over and return. Raises ``OSError`` while there is no page to show it on."""
        self._number, self._answer = self._number + 1, feedback
        self._changed.set()
        if self._fault:
            raise OSError(self._fault)

    def close(self) -> None:
        """Nothing to do: the thread ends the server when it is told to stop."""

    def run(self, stop: threading.Event) -> None:
        """Serve and show until ``stop`` is set."""
        while not stop.is_set():
            try:
                served = self._serve(self._screen)
            except OSError as error:
                if not self._fault:
                    self._log.error("the operator's screen is not served", reason=str(error))
                self._fault = f"the operator's screen: {error.strerror or error}"
                self._health.alarm("feedback_failed", on=True)
                stop.wait(RETRY_S)
                continue
            self._fault = ""
            try:
                self._show_until(stop)
            finally:
                served.stop()

    def _show_until(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self._changed.clear()
            self._screen.put(self._document())
            self._changed.wait(EVERY_S)

    def _document(self) -> dict[str, object]:
        ledger, link = self._health.ledger, self._health.link
        shown = Shown(
            number=self._number,
            answer=self._answer,
            online=link.connected,
            unsent=max(0, ledger.head - link.acked),
            alarms=self._health.alarms(),
        )
        return {**screen_document(ledger.state, shown, self._clock.now(), self._settings)}
