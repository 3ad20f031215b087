"""The core thread: take inputs, decide, commit, show. The only writer of the ledger.

What waits in the queue is committed together, then each scan gets its light: at a slow SD card's
hundred writes a second a commit for each scan would not keep up with a busy line.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

import structlog

from bartack.batch import Batch
from bartack.clock import Clock, step_ms
from bartack.confirming import Confirming
from bartack.debounce import Seen, debounce, doubled, forget_others, not_saved
from bartack.events import Event, Head, Json, Moment
from bartack.feedback import Light
from bartack.heads import SignedHead
from bartack.health import Health
from bartack.identify import CodePattern, Scan, button, identify
from bartack.inputs import Input, Pressed, ReadArrived, ReaderDown, ReaderSettings, ReaderUp, Stop
from bartack.ledger import Ledger, LedgerUnavailable
from bartack.projection import State, spots
from bartack.reference import InvalidReferenceError, Reference, with_table
from bartack.resting import Arrived, Departed, Resting
from bartack.room import Room, is_low
from bartack.station import (
    Decision,
    Feedback,
    decide,
    departure,
    hear,
    is_bundle,
    learn,
    note,
    noticed,
    turn,
    unavailable,
)
from bartack.wire import (
    Claim,
    NeighbourCredits,
    NeighbourFaults,
    NeighbourSession,
    Notices,
    ReferenceTable,
    Watermark,
)
from bartack_drivers.base import Read

QUEUE_MAX: Final = 1000
"""Inputs waiting for the core; past it a reader's thread waits, and its port buffers."""

TOGETHER_MAX: Final = 200
"""Inputs committed in one transaction."""

TURN_S: Final = 0.5
WATCH_CLOCK_EVERY_MS: Final = 250
STEP_MS: Final = 2000
"""Wall time moved by less than this between two turns is the drift of an ordinary clock."""

ROOM_EVERY_S: Final = 5.0


class Core:
    """Holds the state and the ledger. ``on_commit`` is told after each commit."""

    def __init__(
        self,
        ledger: Ledger,
        state: State,
        sign: Callable[[Head], SignedHead],
        readers: Mapping[str, ReaderSettings],
        codes: Sequence[CodePattern],
        lights: Sequence[Light],
        clock: Clock,
        health: Health,
        keep_events: int,
        on_commit: Callable[[], None],
        tell_neighbours: Callable[[Claim], None],
    ) -> None:
        self.inputs: queue.Queue[Input] = queue.Queue(QUEUE_MAX)
        self._ledger = ledger
        self._state = state
        self._sign = sign
        self._readers = readers
        self._codes = codes
        self._lights = lights
        self._clock = clock
        self._health = health
        self._on_commit = on_commit
        self._seen = Seen()
        watched = {name: it.resting for name, it in readers.items() if it.resting is not None}
        self._resting = Resting(watched, state.rules.place, tell_neighbours)
        for spot in spots(state):
            self._resting.resume(spot, clock.mono_s(), bundle=spot[1] in state.resting)
        self._down: frozenset[str] = frozenset()
        self._confirming = Confirming(ledger, clock, keep_events)
        self._moment = clock.now()
        self._room = Room()
        self._room_due_s = clock.mono_s()
        self._owed: dict[str, ReferenceTable] = {}
        self._again: tuple[NeighbourSession | Notices, ...] = ()
        self._log = structlog.get_logger("core")

    def run(self, version: str) -> None:
        """Work until ``Stop``. Raises ``LedgerBroken`` when the disk is in doubt."""
        self._commit(self._beginning(version))
        self._learn(self._state.reference)
        while True:
            self._health.pulse("core")
            inputs = self._waiting()
            now = self._clock.now()
            self._work(inputs, now)
            self._watch_resting(now)
            self._pass_time(now)
            self._watch_clock(now)
            self._settle_reference()
            self._confirming.settle()
            self._checkpoint()
            self._watch_room()
            for item in inputs:
                if isinstance(item, Stop):
                    now = self._clock.now()
                    self._commit([note(self._state, now, "agent.stopped", reason=item.reason)])
                    self._confirming.settle(now=True)
                    return

    def _beginning(self, version: str) -> list[Decision]:
        """The first events of a run: what became of the ledger before, if anything did."""
        decisions: list[Decision] = []
        state, now = self._state, self._clock.now()
        replaced = self._ledger.replaced() if state.head.seq == 0 else None
        if replaced is not None:
            decisions.append(note(state, now, "ledger.replaced", **replaced))
            state = decisions[-1].state
        if self._ledger.regained:
            decisions.append(note(state, now, "ledger.regained", events=self._ledger.regained))
            state = decisions[-1].state
        decisions.append(note(state, now, "agent.started", version=version))
        return decisions

    def _waiting(self) -> list[Input]:
        """Everything that waits, up to the bound; waits a turn for the first."""
        inputs: list[Input] = []
        try:
            inputs.append(self.inputs.get(timeout=TURN_S))
            while len(inputs) < TOGETHER_MAX:
                inputs.append(self.inputs.get_nowait())
        except queue.Empty:
            pass
        return inputs

    def _work(self, inputs: Sequence[Input], now: Moment) -> None:
        batch = Batch(self._state)
        again, self._again = self._again, ()
        for item in (*again, *inputs):
            match item:
                case ReadArrived(reader, read) if self._resting.watches(reader):
                    arrived = self._resting.read(reader, read)
                    if arrived is not None:
                        self._arrive(batch, arrived, now)
                case ReadArrived(reader, read):
                    self._show_to(batch, reader, read, now)
                case ReaderUp(reader):
                    batch.add(self._reader_event(batch.state, now, reader, "reader.back"))
                case ReaderDown(reader, reason):
                    batch.add(self._reader_event(batch.state, now, reader, "reader.lost", reason))
                case Watermark():
                    self._confirming.hear(item, batch.state.head.log)
                case ReferenceTable():
                    self._owed[item.name] = item
                case Claim():
                    self._resting.heard(item, self._clock.mono_s())
                case Pressed():
                    self._press(batch, item, now)
                case NeighbourCredits() | NeighbourFaults():
                    batch.add(hear(batch.state, item, now))
                case NeighbourSession(station):
                    batch.told[station] = item
                    batch.add(hear(batch.state, item, now))
                case Notices():
                    batch.told[""] = item
                    batch.add(noticed(batch.state, item, now))
                case Stop():
                    continue
        self._settle(batch, now)

    def _watch_resting(self, now: Moment) -> None:
        """Decide what time alone brings about: who takes a tag, and what is gone."""
        batch = Batch(self._state)
        for change in self._resting.turn(self._clock.mono_s(), self._down):
            match change:
                case Arrived():
                    self._decide_arrival(batch, change, now)
                case Departed(_, value):
                    batch.departures.append(change)
                    batch.add(departure(batch.state, value, now))
        self._settle(batch, now)

    def _pass_time(self, now: Moment) -> None:
        """Decide what time alone brings about: caps, idle sessions, the end of the shift."""
        decision = turn(self._state, now)
        if decision.events:
            self._commit([decision])
        elif decision.state is not self._state:
            self._state = decision.state
            self._health.ledger = replace(self._health.ledger, state=decision.state)

    def _show_to(self, batch: Batch, reader: str, read: Read, now: Moment) -> None:
        settings = self._readers[reader]
        before = self._seen
        self._seen, fresh = debounce(before, reader, read, settings.quiet_s)
        two = False
        if not fresh and settings.role == "badge":
            self._seen, two = doubled(before, self._seen, reader, read, settings.quiet_s)
        if not fresh and not two:
            return
        scan = replace(identify(reader, settings.role, read, self._codes), with_another=two)
        session = batch.state.session
        batch.scans.append((scan, read))
        batch.add(decide(batch.state, scan, now))
        if batch.state.session != session:
            self._seen = forget_others(self._seen, reader)

    def _press(self, batch: Batch, pressed: Pressed, now: Moment) -> None:
        scan = button(pressed.command, pressed.argument, pressed.seq)
        batch.pressed.append(scan)
        batch.add(decide(batch.state, scan, now))

    def _arrive(self, batch: Batch, arrived: Arrived, now: Moment) -> None:
        """Something came to rest. Neighbours may see it too, so they are asked if possible."""
        bundle = is_bundle(batch.state, self._scan_of(arrived))
        if bundle and self._health.link.connected and self._resting.contends(arrived.reader):
            signed_in = batch.state.session is not None
            self._resting.contend(arrived, self._clock.mono_s(), session=signed_in)
            return
        if bundle:
            self._resting.hold(arrived.reader, arrived.read.value)
        self._decide_arrival(batch, arrived, now)

    def _decide_arrival(self, batch: Batch, arrived: Arrived, now: Moment) -> None:
        scan = self._scan_of(arrived)
        batch.arrivals.append((scan, arrived))
        batch.add(decide(batch.state, scan, now))

    def _scan_of(self, arrived: Arrived) -> Scan:
        role = self._readers[arrived.reader].role
        return replace(identify(arrived.reader, role, arrived.read, self._codes), presence=True)

    def _settle(self, batch: Batch, now: Moment) -> None:
        """Commit what was decided. What could not be saved is answered red and may come again."""
        if not batch.decisions or self._commit(batch.decisions):
            return
        # What neighbours and the hub told is not told again.
        self._state = replace(self._state, neighbours=batch.state.neighbours)
        self._again = tuple(batch.told.values())
        for scan, read in batch.scans:
            quiet_s = self._readers[scan.reader].quiet_s
            self._seen = not_saved(self._seen, scan.reader, read, quiet_s)
            self._show(unavailable(self._state, scan, now))
        for scan, arrived in batch.arrivals:
            self._resting.not_saved(arrived)
            self._show(unavailable(self._state, scan, now))
        for scan in batch.pressed:
            self._show(unavailable(self._state, scan, now))
        for gone in batch.departures:  # missed once more, it departs once more
            spot, bundle = (gone.reader, gone.value), gone.value in self._state.resting
            self._resting.resume(spot, self._clock.mono_s(), bundle=bundle)

    def _watch_clock(self, now: Moment) -> None:
        """Put on record when wall time was moved, or came to be trusted or mistrusted."""
        before = self._moment
        if now.mono_ms - before.mono_ms < WATCH_CLOCK_EVERY_MS and now.clock == before.clock:
            return
        moved_ms = step_ms(before, now)
        if abs(moved_ms) < STEP_MS and before.clock == now.clock:
            self._moment = now
            return
        stepped = note(
            self._state, now, "clock.stepped", was_at=before.at, was=before.clock, step_ms=moved_ms
        )
        if self._commit([stepped]):
            self._log.warning("the clock was moved", step_ms=moved_ms, clock=now.clock)
            self._moment = now

    def _checkpoint(self) -> None:
        try:
            self._ledger.checkpoint()
        except LedgerUnavailable as error:
            self._log.error("the ledger's file could not be brought up to date", reason=str(error))

    def _watch_room(self) -> None:
        """Say how long the disk will last, and raise the alarm in good time."""
        now_s = self._clock.mono_s()
        if now_s < self._room_due_s:
            return
        self._room_due_s = now_s + ROOM_EVERY_S
        self._room.sample(now_s, self._state.head.seq)
        try:
            free_bytes = self._ledger.free_bytes()
        except LedgerUnavailable:
            return  # another process holds the file; the scans themselves will say so
        hours_left = self._room.hours_left(free_bytes)
        self._health.alarm("disk_low", on=is_low(free_bytes, hours_left))
        self._health.ledger = replace(
            self._health.ledger, free_bytes=free_bytes, hours_left=hours_left
        )

    def _reader_event(
        self, state: State, now: Moment, reader: str, type_: str, detail: str = ""
    ) -> Decision:
        """A reader went or came back; a reader that was never away is not worth an event."""
        if type_ == "reader.back" and reader not in self._down:
            return Decision(state)
        down = self._down - {reader} if type_ == "reader.back" else self._down | {reader}
        self._down = frozenset(down)
        settings = self._readers[reader]
        fields: dict[str, Json] = {"driver": settings.driver, "port": settings.port}
        if detail:
            fields["detail"] = detail[:400]
        return note(state, now, type_, reader=reader, **fields)

    def _commit(self, decisions: Sequence[Decision]) -> bool:
        """Make the events durable, then give each scan its light. False if nothing was saved."""
        events: list[Event] = [event for decision in decisions for event in decision.events]
        state = decisions[-1].state
        signed = self._sign(state.head)
        try:
            if events:
                self._ledger.commit(events, state, signed)
                self._health.alarm("ledger_unavailable", on=False)
        except LedgerUnavailable as error:
            self._health.alarm("ledger_unavailable", on=True)
            self._log.error("nothing is saved; scans are refused", reason=str(error))
            return False
        self._state = state
        self._health.ledger = replace(self._health.ledger, state=state, signed=signed)
        for decision in decisions:
            if decision.feedback is not None:
                self._show(decision.feedback)
        self._on_commit()
        return True

    def _show(self, feedback: Feedback) -> None:
        failed = ""
        for light in self._lights:
            try:
                light.show(feedback)
            except OSError as error:
                failed = str(error)
        self._health.alarm("feedback_failed", on=bool(failed))
        if failed:
            self._log.error("an answer could not be shown", reason=failed)

    def _settle_reference(self) -> None:
        """Switch to new reference tables, each as a whole, once they are on disk."""
        for name, table in list(self._owed.items()):
            self._health.pulse("core")
            what = {"table": name, "version": table.version}
            try:
                if not self._state.reference.has(table):
                    reference = with_table(self._state.reference, table)
                    self._ledger.store_reference(table)
                    self._learn(reference)
                    self._health.ledger = replace(self._health.ledger, state=self._state)
                    self._log.info("reference data", **what)
                self._health.refuse_reference(name, on=False)
            except InvalidReferenceError as error:
                self._health.refuse_reference(name, on=True)
                self._log.error("refused; the old one stays", **what, reason=str(error))
            except LedgerUnavailable as error:
                self._log.error("reference data not kept yet", reason=str(error))
                continue
            del self._owed[name]

    def _learn(self, reference: Reference) -> None:
        """Take new reference data, and decide what was waiting for it or is worth more by it.

        What cannot be saved now is decided when reference data changes again, or at the restart.
        """
        decision = learn(self._state, reference, self._clock.now())
        self._state = replace(self._state, reference=reference)
        self._commit([decision])
