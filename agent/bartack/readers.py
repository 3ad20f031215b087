"""From a device's thread to the core: reads and ups and downs become inputs of its queue."""

from __future__ import annotations

import queue
import threading
from typing import Final

from bartack.health import Health
from bartack.inputs import Input, ReadArrived, ReaderDown, ReaderUp
from bartack.wire import ReaderHealth
from bartack_drivers.base import Counters, Read

PUT_TURN_S: Final = 0.5


class ReaderListener:
    """Listens to one reader's runner. While the core is busy the reader waits, never drops."""

    def __init__(
        self,
        name: str,
        driver: str,
        inputs: queue.Queue[Input],
        health: Health,
        stop: threading.Event,
    ) -> None:
        self._name = name
        self._driver = driver
        self._inputs = inputs
        self._health = health
        self._stop = stop
        self._state = "down"
        self._detail = "not opened yet"
        self._reads = 0
        self._counters = Counters()
        self._report()

    def on_read(self, read: Read) -> None:
        self._reads += 1
        self._put(ReadArrived(self._name, read))

    def on_up(self) -> None:
        self._state, self._detail = "up", ""
        self._report()
        self._put(ReaderUp(self._name))

    def on_down(self, reason: str) -> None:
        self._state, self._detail = "down", reason
        self._report()
        self._put(ReaderDown(self._name, reason))

    def on_trouble(self, trouble: str) -> None:
        self._detail = trouble
        self._report()

    def on_tick(self, counters: Counters | None) -> None:
        self._counters = counters or self._counters
        self._health.pulse(f"reader {self._name}")
        self._report()

    def _put(self, item: Input) -> None:
        while not self._stop.is_set():
            try:
                self._inputs.put(item, timeout=PUT_TURN_S)
            except queue.Full:
                self._health.pulse(f"reader {self._name}")
            else:
                return

    def _report(self) -> None:
        self._health.report_reader(
            ReaderHealth(
                name=self._name,
                driver=self._driver,
                state=self._state,
                detail=self._detail[:400],
                reads=self._reads,
                bad=self._counters.bad_checksums,
                discarded=self._counters.discarded_bytes,
            )
        )
