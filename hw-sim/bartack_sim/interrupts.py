"""Ctrl-C, SIGTERM and a closed terminal as a count instead of an exception.

Nothing is torn apart by a signal: whoever waits asks ``count``. The first interrupt ends the run
in order, the second one ends all waiting.
"""

from __future__ import annotations

import signal
from types import FrameType, TracebackType
from typing import Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Counts while its ``with`` block lasts; use it in the main thread."""

    def __init__(self) -> None:
        self.count = 0

    def asked_to_stop(self) -> bool:
        return self.count > 0

    def in_a_hurry(self) -> bool:
        return self.count > 1

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.count += 1

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            # Once it was interrupted it is ending, and must end the same however often it is told.
            signal.signal(number, signal.SIG_IGN if self.count else handler)
