"""The newest of a row of values: put by one thread, waited for by any number of browsers.

Only the newest is kept, so a browser that is slow skips what it missed and costs no memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Newest(Generic[Value]):
    """``put`` and ``end`` may come from any thread and never block; the rest is of one loop."""

    def __init__(self, first: Value) -> None:
        self._value = first
        self._ended = False
        self._changed = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def attach(self) -> None:
        """Name the running event loop as the one in which browsers wait."""
        self._loop = asyncio.get_running_loop()

    @property
    def value(self) -> Value:
        return self._value

    @property
    def is_ended(self) -> bool:
        return self._ended

    def put(self, value: Value) -> None:
        self._value = value
        self._wake()

    def end(self) -> None:
        """Let nobody wait any longer."""
        self._ended = True
        self._wake()

    async def wait(self, is_wanted: Callable[[Value], bool], timeout_s: float) -> Value:
        """The newest value, as soon as it is wanted; after the time or at the end any."""
        try:
            async with asyncio.timeout(timeout_s):
                while not is_wanted(self._value) and not self._ended:
                    await self._changed.wait()
        except TimeoutError:
            pass
        return self._value

    def _wake(self) -> None:
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        try:
            loop.call_soon_threadsafe(self._ring)
        except RuntimeError:
            return  # it was closed meanwhile, and nobody waits in it any more

    def _ring(self) -> None:
        self._changed, rung = asyncio.Event(), self._changed
        rung.set()
