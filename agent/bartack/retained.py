"""What the broker should hold for us, on its way there: never more than a window in flight.

Retained messages say how things are, so only the newest of a kind matters: one that waits is
replaced, and after a lost link everything is wanted anew by whoever knows it. Pure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """One retained message. ``part`` tells apart messages of one topic that all must be sent."""

    topic: str
    payload: bytes
    part: str = ""


class Retained:
    """Retained messages that wait or are in flight."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, str], Wanted] = {}
        self._flights: dict[int, Wanted] = {}
        self._window = 0

    @property
    def is_settled(self) -> bool:
        """Whether the broker has everything."""
        return not self._waiting and not self._flights

    @property
    def is_unanswered(self) -> bool:
        """Whether the broker owes an answer."""
        return bool(self._flights)

    def want(self, wanted: Wanted) -> None:
        """Have a message at the broker, after those that already wait."""
        self._waiting.pop((wanted.topic, wanted.part), None)
        self._waiting[wanted.topic, wanted.part] = wanted

    def up(self, window: int) -> None:
        """The link is up: at most ``window`` messages may be unanswered."""
        self._window = max(window, 1)
        self._flights.clear()

    def down(self) -> None:
        """The link went. What was in flight may be lost and waits again, in its old place."""
        self._window = 0
        lost = {(item.topic, item.part): item for item in self._flights.values()}
        self._waiting = {**lost, **self._waiting}
        self._flights.clear()

    def answered(self, mid: int) -> Wanted | None:
        """The broker answered a message; which one it was."""
        return self._flights.pop(mid, None)

    def send(self, publish: Callable[[Wanted], int | None]) -> None:
        """Hand over what the window allows. ``publish`` gives the message id, None without link."""
        while self._waiting and len(self._flights) < self._window:
            key = next(iter(self._waiting))
            mid = publish(self._waiting[key])
            if mid is None:
                return
            self._flights[mid] = self._waiting.pop(key)
