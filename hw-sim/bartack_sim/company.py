"""What the people of a line have in common: the books, each other's desks, and errands."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bartack_sim.bench import Bench
from bartack_sim.books import Books
from bartack_sim.lamps import LampFile
from bartack_sim.line import Bundle, Flow, Line, Station
from bartack_sim.station_rules import Table, table_rules


@dataclass(frozen=True, slots=True)
class Desk:
    """One station to sit down at. Whoever acts there holds ``hands``: one person at a time."""

    station: Station
    bench: Bench
    lamps: LampFile
    hands: threading.Lock


@dataclass(frozen=True, slots=True)
class Errand:
    """What a colleague is asked to do with a bundle, from ``ready_s`` on the books' clock.

    ``rest``: scan what is left of it; ``inspect``: look for faults; ``mend``: repair ``pieces``;
    ``check``: look for faults at one's own desk; ``mend_here``: repair at one's own desk;
    ``hold``: scan what is not imported yet; ``stray``: scan what is another line's once more;
    ``grab`` and ``finish``: scan what ``station``'s operator has begun at ``table``; ``bring``:
    scan it at ``table``; ``come_back``: to ``table``, where one went away without signing out;
    ``recount``: have a supervisor count it anew at one's own desk. ``then`` comes after a
    ``check``. ``station`` is where the bundle was sewn, ``act`` the habit that it belongs to.
    """

    what: Literal[
        "rest",
        "inspect",
        "mend",
        "check",
        "mend_here",
        "hold",
        "stray",
        "grab",
        "finish",
        "bring",
        "come_back",
        "recount",
    ]
    act: str
    bundle: Bundle
    station: str
    ready_s: float
    pieces: int = 0
    table: str = ""
    then: Literal["mend_here", "recount"] = "mend_here"


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
        self._late = deque(line.late)
        self._next_door = deque(line.next_door)
        self._reported: list[Bundle] = []
        self._errands: dict[str, list[Errand]] = defaultdict(list)
        self._put_off: list[str] = []
        self._times: Counter[str] = Counter()
        self._occupied: set[str] = set()
        self.supervisor_at_work = threading.Lock()
        """Held by the desk where the supervisor sits down to sew: at one at a time."""

    def bundle(self, code: str) -> Bundle:
        return self._bundles[code]

    def find(self, code: str) -> Bundle | None:
        """The bundle of that number that the line began with, if there is one."""
        return self._bundles.get(code)

    def neighbours(self, station: Station) -> list[Station]:
        """Everyone else, the nearest first."""
        stations = self.line.stations
        own = stations.index(station)
        others = [it for it in stations if it != station]
        return sorted(others, key=lambda it: abs(stations.index(it) - own))

    def table(self, kind: Table) -> Station | None:
        """The table of that kind, if the line has one."""
        return next((it for it in self.line.tables if it.rules == table_rules(kind)), None)

    def occupy(self, table: str) -> bool:
        """Stay signed in at this table while one is away; False where somebody else does."""
        with self._lock:
            free = table not in self._occupied
            self._occupied.add(table)
            return free

    def vacate(self, table: str) -> None:
        """The table is free for others."""
        with self._lock:
            self._occupied.discard(table)

    def may(self, station: Station, operation: str) -> bool:
        """Whether who sits at this station has learnt the operation."""
        return operation in self.line.skills(station)

    def counts(self, here: Station, station: Station, operation: str) -> bool:
        """Whether such work of who sits at ``station`` counts ``here``, learnt or only marked."""
        return here.rules.assignment == "flag" or self.may(station, operation)

    def take_coupons(self, operation: str) -> Bundle | None:
        """A bundle that has a coupon for each operation, from those that wait."""
        with self._lock:
            return self._flow.take_coupons(operation)

    def take_late(self) -> Bundle | None:
        """A bundle that nobody has imported yet."""
        with self._lock:
            return self._late.popleft() if self._late else None

    def put_late(self, bundle: Bundle) -> None:
        """Nobody has shown it yet after all."""
        with self._lock:
            self._late.appendleft(bundle)

    def take_next_door(self) -> Bundle | None:
        """A bundle of another line that was never shown on this one."""
        with self._lock:
            return self._next_door.popleft() if self._next_door else None

    def put_off(self, act: str) -> None:
        """Nobody could do this act yet: somebody should before the deck goes on."""
        with self._lock:
            if act not in self._put_off:
                self._put_off.append(act)

    def did(self, act: str) -> None:
        """Somebody has done it."""
        with self._lock:
            self._times[act] += 1
            if act in self._put_off:
                self._put_off.remove(act)

    def to_be_done(self, dealt: Iterable[str]) -> Iterator[str]:
        """Acts as they are dealt to one person, but for those that others were sooner with: what
        was done as often as it is dealt comes again in the next round."""
        rounds: Counter[str] = Counter()
        for act in dealt:
            rounds[act] += 1
            with self._lock:
                is_done = self._times[act] >= rounds[act]
            if not is_done:
                yield act

    def still_to_do(self) -> tuple[str, ...]:
        """Acts that were put off, the oldest first."""
        with self._lock:
            return tuple(self._put_off)

    def report(self, bundle: Bundle) -> None:
        """Tell the office of such a bundle."""
        with self._lock:
            self._reported.append(bundle)

    def reported(self) -> tuple[Bundle, ...]:
        """All of which the office was told, in order."""
        with self._lock:
            return tuple(self._reported)

    def put_back(self, bundle: Bundle, operation: str) -> None:
        with self._lock:
            self._flow.put_back(bundle, operation)

    def send(self, station: str, errand: Errand) -> None:
        """Ask who sits at this station for something."""
        with self._lock:
            self._errands[station].append(errand)

    def received(self, station: str, now_s: float) -> Errand | None:
        """The next errand that may be run by now."""
        with self._lock:
            for errand in self._errands[station]:
                if errand.ready_s <= now_s:
                    self._errands[station].remove(errand)
                    return errand
            return None
