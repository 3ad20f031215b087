"""A light with a thread of its own: the core hands an answer over, and the newest one is shown.

A device that is missing or lost is tried again; until it is there, each answer raises the alarm.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Final, Protocol

from bartack.events import Json
from bartack.station import Feedback
from bartack_drivers.base import DriverError

BEAT_S: Final = 0.25
"""Longest wait between two looks at ``stop``."""

REFRESH_S: Final = 5.0
"""A device that is not asked for anything is written to this often, to find out that it is lost."""

FRESH_S: Final = 1.0
"""An answer that waited longer for its device is not shown: it would pass for the next one's."""

STUCK_S: Final = 3.0
"""A device that takes no answer for so long is in fault. A pattern ends within half of it."""

RETRY_S: Final = 2.0

Document = Mapping[str, Json]
"""An answer as on the console."""

Rest = Callable[[float], bool]
"""Wait so many seconds; at once True when a newer answer came, or the end."""


class Showing(Protocol):
    """An open device that shows answers. Its calls may take time and raise ``DriverError``."""

    def play(self, document: Document, rest: Rest) -> None:
        """Show an answer from beginning to end, or until ``rest`` says that it is over."""

    def refresh(self) -> None:
        """Nothing is asked: write again what should be seen."""

    def close(self) -> None: ...


class HandedOver:
    """The core's side of a device, and the loop of its thread."""

    def __init__(
        self,
        name: str,
        open_device: Callable[[], Showing],
        mono_s: Callable[[], float],
        on_fault: Callable[[str, str], None],
        retry_s: float = RETRY_S,
    ) -> None:
        """``on_fault`` is told name and reason, once for each new reason, from the thread."""
        self.name = name
        self._open_device = open_device
        self._mono_s = mono_s
        self._on_fault = on_fault
        self._retry_s = retry_s
        self._changed = threading.Condition()
        self._newest: Document | None = None
        self._given_s = 0.0
        self._waits_since_s = 0.0
        self._fault = ""

    def show(self, feedback: Feedback) -> None:
        """Hand over and return. Raises ``OSError`` while the device is in fault."""
        document = feedback.document()
        with self._changed:
            now_s = self._mono_s()
            if self._newest is None:
                self._waits_since_s = now_s
            self._newest, self._given_s = document, now_s
            waited_s = now_s - self._waits_since_s
            fault = self._fault
            self._changed.notify()
        if fault:
            raise OSError(f"{self.name}: {fault}")
        if waited_s > STUCK_S:
            raise OSError(f"{self.name}: has taken no answer for {waited_s:.0f} s")

    def close(self) -> None:
        """Nothing to do: the thread closes the device when it is told to stop."""

    def run(self, stop: threading.Event) -> None:
        """Show answers until ``stop`` is set; return within a beat of that."""
        while not stop.is_set():
            try:
                with closing(self._open_device()) as device:
                    self._fault = ""
                    self._serve(device, stop)
            except (DriverError, OSError) as error:
                reason = str(error)
                if reason != self._fault:
                    self._on_fault(self.name, reason)
                self._fault = reason
                stop.wait(self._retry_s)

    def _serve(self, device: Showing, stop: threading.Event) -> None:
        while not stop.is_set():
            self._wait(REFRESH_S, stop)
            document = self._take()
            if document is not None:
                device.play(document, lambda for_s: self._wait(for_s, stop))
            elif not stop.is_set():
                device.refresh()

    def _take(self) -> Document | None:
        with self._changed:
            newest, self._newest = self._newest, None
            return newest if self._mono_s() - self._given_s <= FRESH_S else None

    def _wait(self, for_s: float, stop: threading.Event) -> bool:
        until_s = self._mono_s() + for_s
        with self._changed:
            while self._newest is None and not stop.is_set():
                left_s = until_s - self._mono_s()
                if left_s <= 0:
                    return False
                self._changed.wait(min(left_s, BEAT_S))
            return True
