"""Kills and unplugs things while the line runs: a seeded plan, and what carries it out."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bartack_sim.bench import Bench

Target = Literal["agent", "reader", "hub", "broker"]

_WEIGHTS: dict[Target, int] = {"agent": 5, "reader": 2, "hub": 2, "broker": 2}


@dataclass(frozen=True, slots=True)
class Blow:
    """One thing that happens: ``after_s`` since the last one, to this target.

    ``station`` is set for agents and readers, ``unplugged_s`` for readers.
    """

    after_s: float
    target: Target
    station: str | None = None
    badge_reader: bool = False
    unplugged_s: float = 0.0


def blows(seed: int, stations: Sequence[str]) -> Iterator[Blow]:
    """An endless plan; the same seed gives the same plan."""
    rng = random.Random(f"{seed}/chaos")
    targets = list(_WEIGHTS)
    while True:
        after_s = rng.uniform(2.0, 5.0)
        target = rng.choices(targets, weights=[_WEIGHTS[name] for name in targets])[0]
        if target == "agent":
            yield Blow(after_s, target, rng.choice(stations))
        elif target == "reader":
            station, badge = rng.choice(stations), rng.random() < 0.3
            yield Blow(after_s, target, station, badge, rng.uniform(1.0, 2.0))
        else:
            yield Blow(after_s, target)


class Chaos:
    """Deals the blows. ``step`` is called again and again with the time; used by one thread."""

    def __init__(
        self,
        plan: Iterator[Blow],
        kill: Callable[[Target, str | None], None],
        bench: Callable[[str], Bench],
        now_s: float,
    ) -> None:
        self._plan = plan
        self._kill = kill
        self._bench = bench
        self._next = next(plan)
        self._due_s = now_s + self._next.after_s
        self._unplugged: list[tuple[float, Callable[[], None]]] = []
        self.dealt: Counter[str] = Counter()

    def step(self, now_s: float) -> None:
        """Do what is due."""
        self._replug(now_s)
        if now_s < self._due_s:
            return
        blow, self._next = self._next, next(self._plan)
        self._due_s = now_s + self._next.after_s
        self.dealt[blow.target] += 1
        if blow.target == "reader" and blow.station is not None:
            self._unplug(blow, self._bench(blow.station), now_s)
        else:
            self._kill(blow.target, blow.station)

    def finish(self) -> None:
        """Plug in whatever still hangs loose."""
        self._replug(float("inf"))

    def _unplug(self, blow: Blow, bench: Bench, now_s: float) -> None:
        if blow.badge_reader:
            bench.unplug_badge_reader()
            plug = bench.plug_badge_reader
        else:
            bench.tickets.unplug()
            plug = bench.tickets.plug
        self._unplugged.append((now_s + blow.unplugged_s, plug))

    def _replug(self, now_s: float) -> None:
        due = [plug for at_s, plug in self._unplugged if at_s <= now_s]
        self._unplugged = [(at_s, plug) for at_s, plug in self._unplugged if at_s > now_s]
        for plug in due:
            plug()
