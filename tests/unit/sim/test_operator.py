"""An operator at real ports, before a station that answers as the test wants.

The station here is a thread that reads the ports' bytes and writes feedback lines: what operators
do about each answer is what is tested, not what a real agent answers.
"""

from __future__ import annotations

import json
import os
import queue
import random
import re
import select
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bartack_sim.bench import Bench
from bartack_sim.faults import CLEAN
from bartack_sim.lamps import LampFile
from bartack_sim.line import Bundle, Flow, plan_line
from bartack_sim.operator import work_shift
from bartack_sim.seat import Mistakes, Seat
from bartack_sim.truth import Intent, Kind, TruthFile

FAULTLESS = Mistakes(0.0, 0.0, 0.0, 0.0)
Answer = dict[str, object] | None


class Work:
    """The flow of a line of one station, and what became of its bundles."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self.taken: list[Bundle] = []
        self.done: queue.SimpleQueue[Bundle] = queue.SimpleQueue()
        self.aside: queue.SimpleQueue[str] = queue.SimpleQueue()

    def take(self, operation: str) -> Bundle | None:
        bundle = self._flow.take(operation)
        if bundle is not None:
            self.taken.append(bundle)
        return bundle

    def pass_on(self, bundle: Bundle, operation: str) -> None:
        self.done.put(bundle)

    def lay_aside(self, bundle: Bundle, station: str, reason: str) -> None:
        self.aside.put(reason)


class Floor:
    """One operator at one bench; ``answer`` says what lamp a badge or ticket gets."""

    def __init__(self, folder: Path, mistakes: Mistakes) -> None:
        line = plan_line(seed=3, stations=1, minutes=100.0)
        self.station = line.stations[0]
        self.work = Work(Flow(line))
        self.stop = threading.Event()
        self.truth = TruthFile(folder / "truth.jsonl")
        self.bench = Bench(folder, self.station.code, False, CLEAN, "3", self.stop.wait)
        self.bench.tickets.patience_s = 0.4
        self._feedback = folder / "feedback.jsonl"
        self.seat = Seat(
            station=self.station,
            bench=self.bench,
            lamps=LampFile(self._feedback),
            work=self.work,
            record=self.truth.write,
            speed=10_000.0,
            mistakes=mistakes,
            rng=random.Random(3),
            stop=self.stop,
        )
        self._threads: list[threading.Thread] = []

    def start(self, answer: Callable[[str], Answer]) -> None:
        """``answer`` gets a badge's digits or a ticket's text."""
        folder = self.bench.badge_link.parent
        ports = [
            os.open(folder / f"{self.station.code}.{name}", os.O_RDWR | os.O_NOCTTY)
            for name in ("badge", "scanner")
        ]
        self._threads = [
            threading.Thread(target=self._station, args=(ports, answer)),
            threading.Thread(target=work_shift, args=(self.seat,)),
        ]
        for thread in self._threads:
            thread.start()

    def _station(self, ports: list[int], answer: Callable[[str], Answer]) -> None:
        waiting = dict.fromkeys(ports, b"")
        told = ""
        while not self.stop.is_set():
            ready, _, _ = select.select(ports, [], [], 0.05)
            for port in ready:
                *whole, waiting[port] = re.split(rb"[\r\x03]", waiting[port] + os.read(port, 4096))
                for data in whole:
                    text = data[1:11].decode() if data[:1] == b"\x02" else data.decode()
                    is_held_badge = text == told and data[:1] == b"\x02"
                    lamp = None if is_held_badge else answer(text)
                    told = text
                    if lamp is not None:
                        with self._feedback.open("a") as file:
                            file.write(json.dumps(lamp) + "\n")
        for port in ports:
            os.close(port)

    def close(self) -> None:
        self.stop.set()
        for thread in self._threads:
            thread.join(5.0)
            assert not thread.is_alive()
        self.bench.close()
        with self.truth:
            pass

    def intents(self, *kinds: Kind) -> list[Intent]:
        return [intent for intent in self.truth.intents() if intent.kind in kinds]


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    running = Floor(tmp_path, FAULTLESS)
    yield running
    running.close()


def ok(bundle: str) -> Answer:
    return {"at": "", "outcome": "ok", "bundle": bundle[:7]}


def refused(reason: str, bundle: str) -> Answer:
    return {"at": "", "outcome": "refused", "reason": reason, "bundle": bundle[:7]}


def signed_in(floor: Floor) -> Answer:
    operator = floor.station.sewer.code
    return {"at": "", "outcome": "info", "reason": "signed_in", "operator": operator}


def test_green_means_the_next_bundle(floor: Floor) -> None:
    """The operator badges in, then goes from bundle to bundle at each green lamp."""
    badge = floor.station.sewer.badge
    floor.start(lambda text: signed_in(floor) if text == badge else ok(text))
    done = [floor.work.done.get(timeout=10.0) for _ in range(3)]
    assert done == floor.work.taken[:3]
    assert [intent.text for intent in floor.intents("badge")] == [badge]
    assert floor.intents("again") == []


def test_the_truth_is_written_before_the_device_is_triggered(floor: Floor) -> None:
    """When a ticket's bytes arrive, what was meant is on record already."""
    badge = floor.station.sewer.badge
    on_record: queue.SimpleQueue[bool] = queue.SimpleQueue()

    def answer(text: str) -> Answer:
        if text == badge:
            return signed_in(floor)
        on_record.put(any(intent.text == text for intent in floor.intents("work")))
        return ok(text)

    floor.start(answer)
    assert [on_record.get(timeout=10.0) for _ in range(3)] == [True] * 3


def test_without_a_lamp_the_ticket_is_shown_again(floor: Floor) -> None:
    """When no lamp comes the same ticket is shown again until one does."""
    badge = floor.station.sewer.badge
    seen: list[str] = []

    def answer(text: str) -> Answer:
        if text == badge:
            return signed_in(floor)
        seen.append(text)
        return ok(text) if len(seen) >= 3 else None

    floor.start(answer)
    first = floor.work.done.get(timeout=10.0)
    text = first.ticket_text(floor.station.operation.code)
    assert seen[:3] == [text] * 3
    assert len(floor.intents("again")) >= 2


def test_already_done_is_done(floor: Floor) -> None:
    """A piece that the station has on its books is passed on, without another scan."""
    badge = floor.station.sewer.badge
    floor.start(lambda text: signed_in(floor) if text == badge else refused("already_done", text))
    floor.work.done.get(timeout=10.0)
    assert floor.intents("again") == []


def test_without_an_operator_the_badge_comes_first(floor: Floor) -> None:
    """Refused for want of an operator, they tap the badge and show the ticket again."""
    badge = floor.station.sewer.badge
    order: list[str] = []

    def answer(text: str) -> Answer:
        order.append(text)
        if text == badge:
            return signed_in(floor)
        return refused("no_operator", text) if order.count(text) == 1 else ok(text)

    floor.start(answer)
    first = floor.work.done.get(timeout=10.0)
    text = first.ticket_text(floor.station.operation.code)
    assert order[:4] == [badge, text, badge, text]


def test_a_bundle_of_another_line_is_laid_aside(floor: Floor) -> None:
    """What showing it again cannot cure is laid aside, and the reason is told."""
    badge = floor.station.sewer.badge
    floor.start(lambda text: signed_in(floor) if text == badge else refused("wrong_line", text))
    assert floor.work.aside.get(timeout=10.0) == "wrong_line"


def test_mistakes_are_made_and_named(tmp_path: Path) -> None:
    """With every mistake at its highest rate each kind is on record under its own name."""
    floor = Floor(tmp_path, Mistakes(double_scan=0.0, wrong_label=1.0, no_badge=1.0))
    badge = floor.station.sewer.badge
    signed = threading.Event()

    def answer(text: str) -> Answer:
        if text == badge:
            signed.set()
            return signed_in(floor)
        if not text.startswith("B"):
            return {"at": "", "outcome": "refused", "reason": "unknown_code", "bundle": None}
        return ok(text) if signed.is_set() else refused("no_operator", text)

    try:
        floor.start(answer)
        for _ in range(3):
            floor.work.done.get(timeout=15.0)
    finally:
        floor.close()
    (forgotten,) = floor.intents("no_badge")
    assert forgotten.operator is None
    assert floor.intents("wrong_label")
    assert all(intent.bundle is None for intent in floor.intents("wrong_label"))


def test_everyone_goes_home_at_once(floor: Floor) -> None:
    """An operator whose station never answers still stops within a second."""
    floor.start(lambda text: None)
    began = time.monotonic()
    floor.stop.set()
    floor.close()
    assert time.monotonic() - began < 1.5
