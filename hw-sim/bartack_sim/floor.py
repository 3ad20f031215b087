"""The floor: every station's hardware and operator, a thread each, over one flow of bundles."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from bartack_sim.bench import Bench
from bartack_sim.books import Books
from bartack_sim.company import Company, Desk
from bartack_sim.faults import LineFaults
from bartack_sim.habits import LONG, PLAIN, Habits, deck
from bartack_sim.lamps import Lamp, LampFile
from bartack_sim.line import Bundle, Flow, Line
from bartack_sim.operator import work_shift
from bartack_sim.seat import ORDINARY_MISTAKES, Mistakes, Seat
from bartack_sim.truth import Intent, TruthFile

ORDINARY_FAULTS = LineFaults(split=0.2, ghost=0.02, wrong_checksum=0.02, power_up=1.0)
"""What even good readers do on a bad day."""


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """How the floor behaves: ``speed`` 10 sews ten times faster than life.

    ``calm`` False: processes are killed meanwhile, so that a neighbour's news may be late.
    """

    speed: float = 1.0
    seed: int = 0
    mistakes: Mistakes = ORDINARY_MISTAKES
    faults: LineFaults = ORDINARY_FAULTS
    habits: Habits = PLAIN
    calm: bool = True


class Floor:
    """All stations of a line. Hardware is there while the ``with`` block lasts.

    Files in ``folder``: the links ``stNN.badge`` and ``stNN.scanner``, and ``truth.jsonl``; the
    feedback that it reads is ``stNN.feedback.jsonl``.
    """

    def __init__(self, line: Line, folder: Path, settings: FloorSettings) -> None:
        self.line = line
        self._folder = folder
        self._settings = settings
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._flow = Flow(line)
        self._laid_aside: list[str] = []
        self._lamps = {s.code: LampFile(feedback_path(folder, s.code)) for s in line.places}
        self._shifts: list[Future[None]] = []
        self._answers: dict[int, Lamp] = {}
        with ExitStack() as opened:
            self._truth = opened.enter_context(TruthFile(folder / "truth.jsonl"))
            self._benches = {
                s.code: opened.enter_context(
                    Bench(
                        folder,
                        s.code,
                        s.camera,
                        settings.faults,
                        f"{settings.seed}/{s.code}",
                        self._stop.wait,
                        few_bits=s.rules.few_bits,
                    )
                )
                for s in line.places
            }
            self._pool = opened.enter_context(
                ThreadPoolExecutor(len(line.stations), thread_name_prefix="operator")
            )
            opened.callback(self._stop.set)
            self._company = self._people()
            self._opened = opened.pop_all()

    @property
    def settings(self) -> FloorSettings:
        return self._settings

    @property
    def speed(self) -> float:
        """How many times faster than life is sewn here."""
        return self._settings.speed

    @property
    def benches(self) -> Mapping[str, Bench]:
        """Each station's hardware by station code."""
        return MappingProxyType(self._benches)

    @property
    def laid_aside(self) -> tuple[str, ...]:
        """Bundles that a station would not take, each with the reason."""
        with self._lock:
            return tuple(self._laid_aside)

    def reported(self) -> tuple[Bundle, ...]:
        """Bundles that the office was told to import, in order."""
        return self._company.reported()

    def start(self) -> None:
        """Let the operators begin."""
        settings = self._settings
        company = self._company
        for name in (it for it in LONG if it in settings.habits.acts):
            company.put_off(name)
        for number, station in enumerate(self.line.stations):
            dealt = deck(settings.habits, str(settings.seed), number, len(self.line.stations))
            seat = Seat(
                station=station,
                bench=self._benches[station.code],
                lamps=self._lamps[station.code],
                work=self,
                record=self._truth.write,
                speed=settings.speed,
                mistakes=settings.mistakes,
                rng=random.Random(f"{settings.seed}/{station.code}/operator"),
                stop=self._stop,
                answered=self._answered,
                company=company,
                acts=company.to_be_done(dealt),
                act_rate=settings.habits.rate,
            )
            self._shifts.append(self._pool.submit(work_shift, seat))

    def _people(self) -> Company:
        desks = {
            station.code: Desk(
                station, self._benches[station.code], self._lamps[station.code], threading.Lock()
            )
            for station in self.line.places
        }
        books = Books(self._settings.calm)
        return Company(self.line, desks, books, self._flow, self._lock)

    def _answered(self, number: int, lamp: Lamp) -> None:
        with self._lock:
            self._answers[number] = lamp

    def check(self) -> None:
        """Raise what any operator's thread has raised."""
        for shift in self._shifts:
            if shift.done():
                shift.result()

    def stop(self) -> None:
        """Send everyone home and wait for them; raises what a thread has raised."""
        self._stop.set()
        for shift in self._shifts:
            shift.result()

    def truth(self) -> tuple[Intent, ...]:
        """What was meant, in order."""
        return self._truth.intents()

    def answers(self) -> dict[int, Lamp]:
        """The lamp that each intent got, by its place in ``truth``."""
        with self._lock:
            return dict(self._answers)

    def lamps(self) -> dict[str, tuple[Lamp, ...]]:
        """Every lamp of every station, the last ones too; call it after ``stop``."""
        for file in self._lamps.values():
            file.poll()
        return {code: file.seen for code, file in self._lamps.items()}

    def unreadable_lamps(self) -> int:
        """Feedback lines in which nothing could be read."""
        return sum(file.unreadable for file in self._lamps.values())

    def take(self, operation: str) -> Bundle | None:
        with self._lock:
            return self._flow.take(operation)

    def pass_on(self, bundle: Bundle, operation: str) -> None:
        with self._lock:
            self._flow.pass_on(bundle, operation)

    def lay_aside(self, bundle: Bundle, station: str, reason: str) -> None:
        with self._lock:
            self._laid_aside.append(f"{station}: {bundle.code} refused: {reason}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._opened.close()


def feedback_path(folder: Path, station: str) -> Path:
    """Where this station's agent writes its console feedback."""
    return folder / f"{station}.feedback.jsonl"
