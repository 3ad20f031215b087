"""A link and a conversation as a source of reads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, Protocol, Self

from bartack_drivers.base import Counters, DeviceLost, Read
from bartack_drivers.conversation import Conversation

CHECK_S: Final = 1.0
"""How often a silent link is looked at. Paths go and change under an open descriptor."""


class Link(Protocol):
    """An open way to a device, held by this process alone."""

    def read(self, timeout_s: float) -> bytes:
        """Wait up to ``timeout_s`` for bytes; empty where none came. Raises ``DeviceLost``."""

    def write(self, data: bytes) -> None:
        """Send ``data`` without waiting for anything. Raises ``DeviceLost``."""

    def check_path(self) -> None:
        """Raise ``DeviceLost`` unless the link still leads to the device that was opened."""

    def close(self) -> None: ...


class WireSource:
    """Reads what comes over a link, and says over it what the conversation wants said."""

    def __init__(
        self, link: Link, conversation: Conversation[Any], clock: Callable[[], float]
    ) -> None:
        """``clock``: monotonic seconds. The source closes the link."""
        self._link = link
        self._conversation = conversation
        self._clock = clock
        self._checked_s = clock()
        self._closing = threading.Lock()
        """Held to beep and to close: a closed link's descriptor may be another file's already."""
        self._is_open = True

    @property
    def counters(self) -> Counters:
        return self._conversation.counters

    @property
    def trouble(self) -> str:
        return self._conversation.trouble

    def beep(self, *, accepted: bool) -> None:
        """Let the reader itself tell who scanned; nothing happens where it cannot or is gone.

        May be called from any thread, also after the source was closed.
        """
        with self._closing, suppress(DeviceLost):  # the thread that reads finds out by itself
            if self._is_open and (data := self._conversation.beep(accepted=accepted)):
                self._link.write(data)

    def read(self, timeout_s: float) -> list[Read]:
        now_s = self._clock()
        deadline_s = now_s + timeout_s
        while True:
            self._say(now_s)
            until_s = min(deadline_s, self._conversation.due_s)
            data = self._receive(max(0.0, until_s - now_s))
            now_s = self._clock()
            if data:
                reads = self._conversation.feed(data, now_s)
            else:
                reads = self._conversation.idle(now_s)
                self._check(now_s)
            if reads or now_s >= deadline_s:
                self._say(now_s)
                return reads

    def _receive(self, timeout_s: float) -> bytes:
        try:
            return self._link.read(timeout_s)
        except DeviceLost as loss:
            # A reader that refuses us says why and hangs up: nobody looks at the trouble later.
            if self.trouble:
                raise DeviceLost(loss.port, f"{loss.reason}; {self.trouble}") from loss
            raise

    def _say(self, now_s: float) -> None:
        if data := self._conversation.outgoing(now_s):
            self._link.write(data)

    def _check(self, now_s: float) -> None:
        if now_s - self._checked_s >= CHECK_S:
            self._checked_s = now_s
            self._link.check_path()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        with suppress(DeviceLost):  # the reader may be gone, and then needs no farewell
            if self._conversation.farewell:
                self._link.write(self._conversation.farewell)
        with self._closing:
            self._is_open = False
            self._link.close()
