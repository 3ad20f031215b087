"""What the bench asks of every peer, so that one script of faults fits all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from peers.processes import Processes


@dataclass(frozen=True, slots=True)
class Site:
    """Where a peer is set up."""

    folder: Path
    """Configuration, logs and evidence; never loses power."""
    disk: Path
    """All that the gateway keeps over a restart; may lose power."""
    built: Path
    """What ``setup.sh`` installed."""
    mosquitto: Path
    central_port: int
    events: int
    """No event has a higher number."""


class Peer(Protocol):
    """A gateway and the way events get into it. Numbers count from 1."""

    @property
    def topic(self) -> str:
        """Where its events appear at the central broker."""

    @property
    def processes(self) -> Processes: ...

    @property
    def sent_ns(self) -> Mapping[int, int]:
        """When each event was put on the wire."""

    @property
    def light_ns(self) -> Mapping[int, int]:
        """When each event was answered with a light; empty where nobody is answered."""

    def start(self) -> None:
        """Set up if need be, and start; returns when it takes events."""

    def hand_over(self, number: int) -> None:
        """Put one event on the wire, without waiting for anything."""

    def flood(self, numbers: Sequence[int]) -> None:
        """Put many events on the wire as fast as they are taken."""

    def rest(self) -> None:
        """Give it the time to have taken what was sent, and let go of its entrance."""

    def unanswered(self) -> int:
        """How many events still wait for an answer; 0 where nobody is answered."""

    def promised(self) -> set[int]:
        """The events that it must not lose from now on."""

    def numbers_in(self, payload: bytes) -> list[int]:
        """The events in one message of its topic."""

    def counted(self) -> Counter[int] | None:
        """How often each event counts in the books behind the subscriber, if it has any."""

    def close(self) -> None:
        """Kill everything that was started."""
