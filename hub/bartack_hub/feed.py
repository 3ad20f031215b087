"""The bridge from the collector's thread to the browsers.

The collector tells it what it committed and heard; it keeps the board behind a lock. On the web
server's loop one pulse turns the board into numbered changes, at most a few a second, and wakes
every open stream. A stream that missed a number is given everything anew instead of a patch, so a
slow browser costs no memory and is never wrong for long.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bartack.events import Event
from bartack_hub.board import Board

INTERVAL_LEAST_S: Final = 0.3
"""Shortest time between two changes: what happens in between is sent together."""

HEARTBEAT_S: Final = 2.0
"""Longest time between two changes, so that a page knows the connection lives."""

STREAMS_MAX: Final = 200

KEPT: Final = timedelta(days=3)
FORGET_EVERY: Final = timedelta(hours=1)

Document = dict[str, object]


class TooManyStreamsError(Exception):
    """Every stream that is allowed is open."""


@dataclass(frozen=True, slots=True)
class Change:
    """One numbered state of the board, and what differs from the one before."""

    number: int
    state: Document
    patch: Document


@dataclass(slots=True, eq=False)
class _Stream:
    """One open browser: woken when there is something to send or it shall end."""

    wake: asyncio.Event
    is_ended: bool = False


class Feed:
    """Thread-safe: ``commit``, ``status``, ``reference`` and ``link`` may come from any thread.

    ``clock`` gives the current time. ``pulse`` and ``stream`` belong to one event loop.
    """

    def __init__(
        self, board: Board, clock: Callable[[], datetime], streams_max: int = STREAMS_MAX
    ) -> None:
        self._board = board
        self._clock = clock
        self._streams_max = streams_max
        self._lock = threading.Lock()
        self._link: Document = {"up": False, "detail": "not connected yet"}
        self._forgot_at = clock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._happened = asyncio.Event()
        self._change = Change(0, {}, {})
        self._streams: set[_Stream] = set()

    def commit(self, events: Iterable[Event]) -> None:
        """Show events that are committed."""
        for event in events:
            with self._lock:
                self._board.take_event(event)
        self._changed()

    def status(
        self, line: str, station: str, status: Mapping[str, object], received_at: datetime
    ) -> None:
        """Show what a station says of itself, or the broker in its name."""
        with self._lock:
            self._board.take_status(line, station, status, received_at)
        self._changed()

    def reference(
        self,
        operators: Iterable[Mapping[str, object]],
        operations: Iterable[Mapping[str, object]],
    ) -> None:
        """Take names and routes; see ``Board.set_reference`` for what it raises."""
        with self._lock:
            self._board.set_reference(operators, operations)
        self._changed()

    def link(self, broker_up: bool, detail: str) -> None:
        """Say whether the hub has its broker; ``detail`` tells a person why not."""
        with self._lock:
            self._link = {"up": broker_up, "detail": detail}
        self._changed()

    def link_is_up(self) -> bool:
        with self._lock:
            return self._link["up"] is True

    def snapshot(self) -> Document:
        """Everything as it is now."""
        now = self._clock()
        with self._lock:
            if now - self._forgot_at >= FORGET_EVERY:
                self._board.forget(now - KEPT)
                self._forgot_at = now
            state = self._board.snapshot(now)
            state["link"] = dict(self._link)
        state["at"] = now.astimezone(UTC).isoformat(timespec="milliseconds")
        return state

    @property
    def is_full(self) -> bool:
        """Whether another stream would be refused."""
        return len(self._streams) >= self._streams_max

    async def pulse(self) -> None:
        """Make changes of what happened until cancelled. Runs once at a time."""
        with self._lock:
            if self._loop is not None:
                raise RuntimeError("this feed is already served")
            self._loop = asyncio.get_running_loop()
        try:
            while True:
                with suppress(TimeoutError):  # nothing happened: the heartbeat is due
                    await asyncio.wait_for(self._happened.wait(), HEARTBEAT_S)
                self._happened.clear()
                if self._streams:
                    self._publish()
                await asyncio.sleep(INTERVAL_LEAST_S)
        finally:
            with self._lock:
                self._loop = None

    def end_streams(self) -> None:
        """Let every open stream end, so that the server can stop. Any thread may call it."""
        self._on_loop(self._end_streams)

    async def stream(self) -> AsyncIterator[tuple[str, str]]:
        """Name and JSON of each message for one browser: ``snapshot`` first, then ``patch``.

        Raises ``TooManyStreamsError`` when all are taken.
        """
        if self.is_full:
            raise TooManyStreamsError
        if not self._streams:
            self._publish()  # nobody looked, so the last change may be old
        stream = _Stream(asyncio.Event())
        self._streams.add(stream)
        try:
            shown = self._change
            yield "snapshot", _json(shown.state)
            while True:
                await stream.wake.wait()
                stream.wake.clear()
                if stream.is_ended:
                    return
                change = self._change
                if change.number == shown.number + 1:
                    yield "patch", _json(change.patch)
                elif change.number != shown.number:
                    yield "snapshot", _json(change.state)
                shown = change
        finally:
            self._streams.discard(stream)

    def _publish(self) -> None:
        before, state = self._change, self.snapshot()
        self._change = Change(before.number + 1, state, difference(before.state, state))
        for stream in self._streams:
            stream.wake.set()

    def _end_streams(self) -> None:
        for stream in self._streams:
            stream.is_ended = True
            stream.wake.set()

    def _changed(self) -> None:
        self._on_loop(self._happened.set)

    def _on_loop(self, act: Callable[[], None]) -> None:
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(act)


def difference(before: Document, after: Document) -> Document:
    """What to lay over ``before`` to get ``after``.

    Both are objects of values and of collections by id. A collection in the result holds only the
    members that changed, whole; a member that went is null. ``at`` is always there.
    """
    patch: Document = {"at": after.get("at")}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            members = {name: item for name, item in value.items() if old.get(name) != item}
            members |= dict.fromkeys(old.keys() - value.keys())
            if members:
                patch[key] = members
        elif value != old:
            patch[key] = value
    return patch


def _json(document: Document) -> str:
    """ASCII JSON in one line, which an event stream carries as it is."""
    return json.dumps(document, separators=(",", ":"))
