"""A ledger full of events that the hub does not have yet, made by the agent's own rules.

Only the commits are larger than an agent's: a thousand events each, so that a million take a
minute and not a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from immutables import Map

from bartack.clock import Clock
from bartack.config import load_station
from bartack.events import Event
from bartack.heads import signer
from bartack.identify import Scan
from bartack.keys import load_or_make
from bartack.ledger import Ledger
from bartack.projection import State
from bartack.reference import Bundle
from bartack.station import decide

TOGETHER = 1000


def fill_refused(station_file: Path, events: int) -> int:
    """Add scans of unknown labels, which credit nobody; the size of one event in bytes."""
    scans = (Scan("unknown", f"X{number:08d}", "scanner") for number in range(events))
    return _fill(station_file, scans, lambda state: state)


def fill_credited(station_file: Path, events: int) -> int:
    """Add credited bundles; the size of one event in bytes.

    A session must be open and the operation known. The bundles are known to the rules only for as
    long as this takes, as those of finished orders are.
    """
    names = [f"F{number:08d}" for number in range(events)]

    def know(state: State) -> State:
        bundles = Map({name: Bundle(name, "S1", 12, "l03") for name in names})
        return replace(state, reference=replace(state.reference, bundles=bundles))

    scans = (Scan("bundle", name, "scanner", bundle=name) for name in names)
    return _fill(station_file, scans, know)


def _fill(station_file: Path, scans: Iterable[Scan], prepare: Callable[[State], State]) -> int:
    config = load_station(station_file)
    clock, sign = Clock(), signer(load_or_make(config.ledger.key_file))
    size_bytes = 0
    with Ledger(config.ledger.path, config.ledger.max_mb) as ledger:
        state = prepare(ledger.load(config.rules))
        batch: list[Event] = []

        def commit() -> None:
            ledger.commit(batch, state, sign(state.head))
            ledger.checkpoint()
            batch.clear()

        for scan in scans:
            decision = decide(state, scan, clock.now())
            batch += decision.events
            state = decision.state
            size_bytes = len(decision.events[-1].body) if len(batch) == 1 else size_bytes
            if len(batch) >= TOGETHER:
                commit()
        if batch:
            commit()
    return size_bytes
