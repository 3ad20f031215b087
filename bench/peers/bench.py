"""A peer at work: a producer in front of it, the central broker and a subscriber behind it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from faults.mounts import Image
from peers.books import account
from peers.brokers import Central
from peers.collector import Collector
from peers.peer import Peer

PER_S = 20
"""Scans a second: several times what a busy station sees."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How long and how much; the options of a run."""

    latency_s: float
    flood: int
    outage_s: float
    backlog: int
    settle_s: float
    """How long a backlog may take to be saved before the next fault."""
    idle_s: float
    """A drain is over when nothing came for so long."""


@dataclass(slots=True)
class Bench:
    peer: Peer
    central: Central
    collector: Collector
    sizes: Sizes
    disk: Image | None = None
    """The peer's disk, where the test may pull its plug."""
    handed: int = 0
    """The last number that was put on the wire."""
    warmed_up: int = 0
    """Events up to this number only showed that the peer is at work."""

    def warm_up(self, limit_s: float = 60.0) -> None:
        """One event a second until one came through, and all are answered; they do not count."""
        deadline_s = time.monotonic() + limit_s
        while not self.collector.first_ns:
            assert time.monotonic() < deadline_s, "no event comes through"
            self.pace(1 / PER_S)
            time.sleep(1)
        self.peer.rest()
        self.warmed_up = self.handed

    def promised(self) -> set[int]:
        """The events that count and that the peer must not lose from now on."""
        return {number for number in self.peer.promised() if number > self.warmed_up}

    def pace(self, seconds: float) -> list[int]:
        """Hand events over at a steady rate, however slow the answers; their numbers."""
        began_s = time.monotonic()
        numbers = []
        for step in range(round(seconds * PER_S)):
            time.sleep(max(0.0, began_s + step / PER_S - time.monotonic()))
            self.handed += 1
            self.peer.hand_over(self.handed)
            numbers.append(self.handed)
        return numbers

    def flood(self, events: int) -> list[int]:
        """Hand events over as fast as they are taken; their numbers."""
        numbers = list(range(self.handed + 1, self.handed + events + 1))
        self.handed += events
        self.peer.flood(numbers)
        return numbers

    def kill_and_restart(self) -> float:
        """SIGKILL for the whole gateway; seconds until it takes events again."""
        self.peer.processes.kill()
        began_s = time.monotonic()
        self.peer.start()
        return time.monotonic() - began_s

    def drain(self, limit_s: float = 120.0) -> None:
        """Until all that was promised came, or nothing has come for a while."""
        self.collector.last_s = time.monotonic()
        deadline_s = time.monotonic() + limit_s
        while time.monotonic() < min(deadline_s, self.collector.last_s + self.sizes.idle_s):
            is_answered = self.peer.unanswered() == 0
            if is_answered and self.promised() <= self.collector.first_ns.keys():
                return
            time.sleep(0.2)

    def books(self) -> dict[str, Any]:
        """What became of everything, at the subscriber and in the books behind it."""
        promised = self.promised()
        came_first = [number for number in self.collector.first_ns if number > self.warmed_up]
        result = {
            "sent": self.handed - self.warmed_up,
            **asdict(account(promised, came_first, self._counting(self.collector.copies))),
        }
        counted = self.peer.counted()
        if counted is not None:
            result["ledger"] = asdict(account(promised, [], self._counting(counted)))
        return result

    def _counting(self, copies: Mapping[int, int]) -> dict[int, int]:
        return {number: count for number, count in copies.items() if number > self.warmed_up}
