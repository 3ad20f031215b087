"""Everything an operator has to do with, as a value."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from bartack_sim.bench import Bench
from bartack_sim.company import Company
from bartack_sim.lamps import Lamp, LampFile
from bartack_sim.line import Bundle, Station
from bartack_sim.truth import Intent


@dataclass(frozen=True, slots=True)
class Mistakes:
    """How often an operator errs, as rates from 0 to 1."""

    double_scan: float = 0.06
    wrong_label: float = 0.05
    no_badge: float = 0.25
    finished_bundle: float = 0.04


ORDINARY_MISTAKES = Mistakes()


class Work(Protocol):
    """Where bundles come from and go to; safe for several operators."""

    def take(self, operation: str) -> Bundle | None: ...

    def pass_on(self, bundle: Bundle, operation: str) -> None: ...

    def lay_aside(self, bundle: Bundle, station: str, reason: str) -> None: ...


def _forget(number: int, lamp: Lamp) -> None:
    """For whoever does not pair intents with lamps."""


@dataclass(frozen=True, slots=True)
class Seat:
    """An operator's place. ``record`` numbers each intent, ``answered`` gets the lamp that came.

    Without a ``company`` there are no habits, and no answer is foretold.
    """

    station: Station
    bench: Bench
    lamps: LampFile
    work: Work
    record: Callable[[Intent], int]
    speed: float
    mistakes: Mistakes
    rng: random.Random
    stop: threading.Event
    answered: Callable[[int, Lamp], None] = _forget
    company: Company | None = None
    acts: Iterator[str] = field(default_factory=lambda: iter(()))
    act_rate: float = 0.0
