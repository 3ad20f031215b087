"""What stands on the operator's screen: the newest document, put by the core's thread."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from bartack.serving.newest import Newest

STREAMS_MAX: Final = 8
"""Pages open at a time: the screen itself, and whoever looks through SSH."""

FRESH_S: Final = 10.0
"""A document older than this is not given to a page that opens: the core puts more often."""

CHECK_EVERY_S: Final = 5.0
"""A stream that has nothing to send looks this often whether it shall end."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A document as JSON. ``turn`` counts the puts; 0 is before the first. Put at ``at_s``."""

    turn: int
    text: str
    at_s: float


class Screen:
    """``put`` and ``end`` may come from any thread; the rest belongs to the server's loop.

    A browser gets whole documents with absolute values, the newest only: one that is slow skips
    what it missed. ``clock`` is monotonic, in seconds.
    """

    def __init__(
        self, streams_max: int = STREAMS_MAX, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._newest = Newest(Shown(0, "", clock()))
        self._streams_max = streams_max
        self._streams = 0

    def attach(self) -> None:
        """Name the running event loop as the one in which browsers wait."""
        self._newest.attach()

    def put(self, document: Mapping[str, object]) -> None:
        """Show a document, as it is now: later changes to it are not seen. Never blocks.

        One thread puts. Raises ``TypeError`` for what JSON cannot hold.
        """
        text = orjson.dumps(document).decode("utf-8")
        self._newest.put(Shown(self._newest.value.turn + 1, text, self._clock()))

    def end(self) -> None:
        """Let every open stream end."""
        self._newest.end()

    @property
    def is_full(self) -> bool:
        """Whether another stream would be refused."""
        return self._streams >= self._streams_max

    async def documents(self) -> AsyncIterator[str]:
        """The newest document if it is fresh, then each later one that is still the newest.

        A page that opens while the core stands still is thus given nothing, and says so. Ends at
        ``end``, and at once where every stream that is allowed is open.
        """
        if self.is_full:
            return
        self._streams += 1
        try:
            newest = self._newest.value
            seen = 0 if self._clock() - newest.at_s <= FRESH_S else newest.turn
            while not self._newest.is_ended:
                shown = await self._newest.wait(_after(seen), CHECK_EVERY_S)
                if shown.turn != seen:
                    seen = shown.turn
                    yield shown.text
        finally:
            self._streams -= 1


def _after(seen: int) -> Callable[[Shown], bool]:
    return lambda shown: shown.turn != seen
