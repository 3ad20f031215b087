"""One operator at one station: taps the badge, sews, scans, reads the lamp, and errs now and then.

What is meant goes on record before the hand moves. Waiting for a lamp takes as long as it does
for a person, whatever the speed; sewing and resting are shortened by it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bartack_sim.bench import Bench
from bartack_sim.lamps import Lamp, LampFile
from bartack_sim.line import Bundle, Station, sewing_s
from bartack_sim.truth import Intent, Kind

SETTLE_S = 3.0
"""How long one stays off the reader before showing the same thing again: beyond any debouncing."""

WRONG_LABELS = (
    "1Z999AA10123456784",
    "(00)340123450000000018",
    "5901234123457",
    "X-CTN-004417",
    "LOT/88213/7",
)
"""Shipping labels and other factories' codes that lie about on a sewing floor."""

_NEVER_HERE = frozenset({"wrong_line", "wrong_operation", "not_assigned"})
"""Refusals that showing the ticket again does not cure: the bundle is laid aside."""


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


@dataclass(frozen=True, slots=True)
class Seat:
    """Everything an operator has to do with."""

    station: Station
    bench: Bench
    lamps: LampFile
    work: Work
    record: Callable[[Intent], None]
    speed: float
    mistakes: Mistakes
    rng: random.Random
    stop: threading.Event


def work_shift(seat: Seat) -> None:
    """Sew and scan until ``stop`` is set; returns within a second of it."""
    operator = _Operator(seat)
    operator.arrive()
    while not seat.stop.is_set():
        operator.next_bundle()


class _Operator:
    def __init__(self, seat: Seat) -> None:
        self._seat = seat
        self._code = seat.station.operation.code
        self._finished: list[Bundle] = []
        self._begun = True

    def arrive(self) -> None:
        """Tap the badge; some scan first and are told to badge in."""
        seat = self._seat
        if seat.rng.random() < seat.mistakes.no_badge:
            bundle = seat.work.take(self._code)
            if bundle is not None:
                self._show(bundle, "no_badge", badged=False)
                self._badge_in()
                self._rest(SETTLE_S)
                self._hand_in(bundle)
                return
        self._badge_in()

    def next_bundle(self) -> None:
        """Take a bundle, sew it, hand it in; then perhaps make a mistake with it."""
        seat = self._seat
        bundle = seat.work.take(self._code)
        if bundle is None:
            seat.stop.wait(0.2)
            return
        self._sew(bundle)
        if seat.rng.random() < seat.mistakes.wrong_label:
            self._show_wrong_label()
        self._hand_in(bundle)
        if seat.rng.random() < seat.mistakes.double_scan and self._finished:
            self._rest(SETTLE_S + seat.rng.uniform(0.5, 2.0))
            self._show(self._finished[-1], "double")
        elif seat.rng.random() < seat.mistakes.finished_bundle and len(self._finished) > 1:
            self._show(seat.rng.choice(self._finished[:-1]), "finished_bundle")

    def _sew(self, bundle: Bundle) -> None:
        seconds = sewing_s(self._seat.station, bundle, self._seat.rng)
        if self._begun:
            # Mid-shift: the first bundle lies half sewn under the needle.
            seconds *= self._seat.rng.uniform(0.05, 0.6)
            self._begun = False
        self._rest(seconds / self._seat.speed)

    def _hand_in(self, bundle: Bundle) -> None:
        """Show the ticket until the station says that the work is on its books."""
        kind: Kind = "work"
        while not self._seat.stop.is_set():
            lamp = self._show(bundle, kind)
            kind = "again"
            if lamp is None:
                self._rest(self._seat.bench.tickets.settle_s)
                continue
            if lamp.outcome == "ok" or lamp.reason == "already_done":
                self._finished.append(bundle)
                self._seat.work.pass_on(bundle, self._code)
                return
            if lamp.reason in _NEVER_HERE:
                self._seat.work.lay_aside(bundle, self._seat.station.code, str(lamp.reason))
                return
            if lamp.reason == "no_operator":
                self._badge_in()
            self._rest(SETTLE_S)

    def _badge_in(self) -> None:
        """Tap, and once more when nothing is said; a scan will tell the rest."""
        station = self._seat.station
        for _ in range(2):
            self._seat.lamps.poll()
            intent = Intent(station.code, station.sewer.code, "badge", station.sewer.badge)
            self._seat.record(intent)
            self._seat.bench.tap(station.sewer.badge)
            if self._lamp(lambda lamp: lamp.operator == station.sewer.code, 3.0) is not None:
                return
            if self._seat.stop.is_set():
                return

    def _show_wrong_label(self) -> None:
        text = self._seat.rng.choice(WRONG_LABELS)
        self._present(
            Intent(self._seat.station.code, self._seat.station.sewer.code, "wrong_label", text),
            lambda lamp: lamp.outcome == "refused" and lamp.bundle is None,
        )

    def _show(self, bundle: Bundle, kind: Kind, badged: bool = True) -> Lamp | None:
        station = self._seat.station
        intent = Intent(
            station=station.code,
            operator=station.sewer.code if badged else None,
            kind=kind,
            text=bundle.ticket_text(self._code),
            bundle=bundle.code,
            operation=self._code,
            pieces=bundle.pieces,
        )
        lines = (f"{bundle.order} {bundle.style} {bundle.size} {bundle.colour}",)
        return self._present(
            intent,
            # A scan that noise has spoilt is refused without a bundle.
            lambda lamp: (
                lamp.bundle == bundle.code or (lamp.outcome == "refused" and lamp.bundle is None)
            ),
            lines,
        )

    def _present(
        self, intent: Intent, mine: Callable[[Lamp], bool], lines: tuple[str, ...] = ()
    ) -> Lamp | None:
        seat = self._seat
        seat.lamps.poll()
        seat.record(intent)
        seat.bench.tickets.present(intent.text, lines)
        lamp = self._lamp(mine, seat.bench.tickets.patience_s)
        seat.bench.tickets.withdraw()
        return lamp

    def _lamp(self, mine: Callable[[Lamp], bool], patience_s: float) -> Lamp | None:
        """The first lamp that answers, or None when patience or the shift is over."""
        deadline = time.monotonic() + patience_s
        while True:
            for lamp in self._seat.lamps.poll():
                if mine(lamp):
                    return lamp
            if time.monotonic() >= deadline or self._seat.stop.wait(0.03):
                return None

    def _rest(self, seconds: float) -> None:
        self._seat.stop.wait(seconds)
