"""The loop of a device's thread: open it, listen to it, and open it again when it was lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from typing import Final, Protocol

from bartack_drivers.base import Counters, DriverError, Read, Source

BEAT_S: Final = 0.25
"""Longest wait between two looks at ``stop``, and so between two ticks."""


class Listener(Protocol):
    """Who hears of a device. All calls come from the thread that runs ``run``."""

    def on_read(self, read: Read) -> None: ...

    def on_up(self) -> None:
        """The device was opened and answers."""

    def on_down(self, reason: str) -> None:
        """The device was lost or could not be opened; once for each new reason, not per retry."""

    def on_trouble(self, trouble: str) -> None:
        """The device is open and does not do as it is asked; an empty text: it does now."""

    def on_tick(self, counters: Counters | None) -> None:
        """Time goes on: at least once a second whatever happens, often more.

        ``counters`` are those of the open device, None while there is none.
        """


def run(
    open_device: Callable[[], Source],
    listener: Listener,
    stop: threading.Event,
    retry_s: Sequence[float] = (0.2, 0.5, 1.0, 2.0),
) -> None:
    """Pass the device's reads to ``listener`` until ``stop`` is set; return within 1 s of that.

    A device that is lost or cannot be opened is tried again after ``retry_s`` seconds, the last
    of them repeated. An exception that is not a ``DriverError`` is not caught.
    """
    told: str | None = None
    failures = 0
    while not stop.is_set():
        try:
            source = _open(open_device, listener, stop)
            if source is None:
                return
            with source:
                reads = source.read(0.0)  # some ports open and fail at the first read
                listener.on_up()
                told, failures = None, 0
                ticked_s, trouble = -BEAT_S, ""
                while not stop.is_set():
                    for read in reads:
                        listener.on_read(read)
                    # Not after every read: who got it should not wait for this thread.
                    if time.monotonic() - ticked_s >= BEAT_S:
                        if trouble != source.trouble:
                            trouble = source.trouble
                            listener.on_trouble(trouble)
                        listener.on_tick(source.counters)
                        ticked_s = time.monotonic()
                    reads = source.read(BEAT_S)
        except DriverError as error:
            if str(error) != told:
                told = str(error)
                listener.on_down(told)
            _pause(retry_s[min(failures, len(retry_s) - 1)], listener, stop)
            failures += 1


def _open(
    open_device: Callable[[], Source], listener: Listener, stop: threading.Event
) -> Source | None:
    """Open the device in a thread of its own: a network camera may take seconds to fail.

    None where ``stop`` was set first. What opens later than that is closed at once.
    """
    opened: Future[Source] = Future()

    def attempt() -> None:
        try:
            opened.set_result(open_device())
        except BaseException as error:  # raised again in the waiting thread
            opened.set_exception(error)

    threading.Thread(target=attempt, name="open device", daemon=True).start()
    while not stop.is_set():
        if wait([opened], BEAT_S).done:
            return opened.result()
        listener.on_tick(None)
    opened.add_done_callback(_close)
    return None


def _close(opened: Future[Source]) -> None:
    if opened.exception() is None:
        with opened.result():
            pass


def _pause(pause_s: float, listener: Listener, stop: threading.Event) -> None:
    beats = max(1, round(pause_s / BEAT_S))
    for _ in range(beats):
        listener.on_tick(None)
        if stop.wait(pause_s / beats):
            return
