"""What the people of a line have in common: the books, each other's desks, what they hand over."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bartack_sim.bench import Bench
from bartack_sim.books import Books
from bartack_sim.lamps import LampFile
from bartack_sim.line import Bundle, Flow, Line, Station


@dataclass(frozen=True, slots=True)
class Desk:
    """One station to sit down at. Whoever acts there holds ``hands``: one person at a time."""

    station: Station
    bench: Bench
    lamps: LampFile
    hands: threading.Lock


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of a bundle that a neighbour began, from ``ready_s`` on the books' clock."""

    bundle: Bundle
    operation: str
    ready_s: float


class Company:
    """Shared by all operators' threads. ``flow`` is guarded by ``lock``, which others use too."""

    def __init__(
        self,
        line: Line,
        desks: Mapping[str, Desk],
        books: Books,
        flow: Flow,
        lock: threading.Lock,
    ) -> None:
        self.line = line
        self.desks = desks
        self.books = books
        self._flow = flow
        self._lock = lock
        self._bundles = {bundle.code: bundle for bundle in line.bundles}
        self._rests: dict[str, list[Rest]] = defaultdict(list)

    def bundle(self, code: str) -> Bundle:
        return self._bundles[code]

    def neighbours(self, station: Station) -> list[Station]:
        """Everyone else, the nearest first."""
        stations = self.line.stations
        own = stations.index(station)
        others = [it for it in stations if it != station]
        return sorted(others, key=lambda it: abs(stations.index(it) - own))

    def may(self, station: Station, operation: str) -> bool:
        """Whether who sits at this station has learnt the operation."""
        return operation in self.line.skills(station)

    def take_coupons(self, operation: str) -> Bundle | None:
        """A bundle that has a coupon for each operation, from those that wait."""
        with self._lock:
            return self._flow.take_coupons(operation)

    def put_back(self, bundle: Bundle, operation: str) -> None:
        with self._lock:
            self._flow.put_back(bundle, operation)

    def hand_over(self, station: str, rest: Rest) -> None:
        with self._lock:
            self._rests[station].append(rest)

    def received(self, station: str, now_s: float) -> Rest | None:
        """What was handed over and may be scanned by now."""
        with self._lock:
            for rest in self._rests[station]:
                if rest.ready_s <= now_s:
                    self._rests[station].remove(rest)
                    return rest
            return None
