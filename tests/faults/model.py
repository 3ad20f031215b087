"""A small sewing line whose every part can fail: real ledgers, publishers and hub store.

Real: the ledger and the hub's store (SQLite files), ``decide``, the publisher with its outbox, the
wire's payloads and the hub's intake. Ours: the broker, a list that whoever tests may lose, repeat,
reorder and wipe; and ``Counted``, the model of what the operators are owed.

A crash here is a killed process: what SQLite has committed stays. Power cuts are tested elsewhere.
"""

from __future__ import annotations

import queue
import shutil
import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Final

from bartack.clock import Clock
from bartack.events import Event, Moment, Place
from bartack.health import Health, LedgerHealth
from bartack.identify import Scan
from bartack.inputs import Heard
from bartack.ledger import Ledger, LedgerReader
from bartack.mqtt import Connection, Down, Message, Note, Published, Up, Wake
from bartack.projection import Rules, State
from bartack.publisher import Publisher
from bartack.station import Feedback, decide
from bartack.wire import ReferenceTable, Watermark, ack_topic, events_topic, parse_status
from bartack_hub.intake import sort_messages
from bartack_hub.store import LogState, Store
from sewing import BOOT, OPERATIONS, OPERATORS, bundle_rows, moment, signed, table

PIECES: Final = 12
BUNDLES: Final = 8
"""Few, so that double scans and copies that meet again are common."""

PAID: Final = frozenset(
    (f"B{number:06d}", operation)
    for number in range(1, BUNDLES + 1)
    for operation in ("OP310", "OP320")
)
BADGES: Final = frozenset({"62E3086CED", "AA00000002"})
KEEP_EVENTS: Final = 3
BATCH_EVENTS: Final = 3
STALL_S: Final = 120.0
RECEIVED_AT: Final = datetime(2026, 11, 21, 3, tzinfo=UTC)


class Killed(Enum):
    """When a process dies in what it does."""

    NEVER = auto()
    BEFORE_COMMIT = auto()
    AFTER_COMMIT = auto()


@dataclass
class Counted:
    """The model: who is signed in, and the pieces of every bundle and operation that is owed."""

    signed_in: bool = False
    pieces: dict[tuple[str, str], int] = field(default_factory=dict)

    def scan(self, scan: Scan) -> str:
        """Count a scan; the outcome that the operator must see."""
        if scan.kind == "badge":
            self.signed_in |= scan.badge in BADGES
            return "info" if scan.badge in BADGES else "refused"
        key = (scan.bundle, scan.operation or "OP310")
        if not self.signed_in or key not in PAID or key in self.pieces:
            return "refused"
        self.pieces[key] = PIECES
        return "ok"

    def copy(self) -> Counted:
        return Counted(self.signed_in, dict(self.pieces))


class LineClock(Clock):
    """A clock that stands still until it is told that time passes."""

    def __init__(self) -> None:
        self.boot = BOOT
        self.passed_s = 0.0
        self.scans = 0

    def now(self) -> Moment:
        return moment(self.scans)

    def mono_s(self) -> float:
        return self.passed_s


@dataclass
class Broker:
    """What it holds for the hub, and every watermark that it was given, by topic."""

    for_hub: list[Message] = field(default_factory=list)
    watermarks: dict[str, list[bytes]] = field(default_factory=dict)

    def wipe(self) -> None:
        self.for_hub.clear()
        self.watermarks.clear()


class Link(Connection):
    """A station's connection to the broker; its answers come when somebody lets them."""

    def __init__(self, broker: Broker) -> None:
        self.notes: queue.SimpleQueue[Note] = queue.SimpleQueue()
        self.is_up = False
        self.unanswered: list[int] = []
        self._at = broker
        self._mid = 0

    def start(self) -> None:
        return

    def stop(self, timeout_s: float = 2.0) -> None:
        return

    def subscribe(self, *filters: str) -> None:
        return

    def cut(self) -> None:
        self.go_down()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        if not self.is_up:
            return None
        self._mid += 1
        if topic.endswith("/events"):
            self._at.for_hub.append(Message(topic, payload, self._mid))
            self.unanswered.append(self._mid)
        elif topic.endswith("/status") and payload and parse_status(payload)["online"]:
            kept = [message for message in self._at.for_hub if message.topic != topic]
            self._at.for_hub[:] = [*kept, Message(topic, payload, self._mid)]
        return self._mid

    def come_up(self, window: int) -> None:
        self.is_up = True
        self.unanswered.clear()
        self.notes.put(Up(window))

    def go_down(self) -> None:
        self.is_up = False
        self.unanswered.clear()
        self.notes.put(Down("the link went"))

    def answer(self, index: int, reason: int) -> None:
        """The broker answers one of the messages that wait for it."""
        if self.unanswered:
            mid = self.unanswered.pop(index % len(self.unanswered))
            self.notes.put(Published(mid, reason))

    def answer_all(self) -> None:
        while self.unanswered:
            self.answer(0, 0)


class Turns(threading.Event):
    """Lets a loop turn so many times."""

    def __init__(self, turns: int) -> None:
        super().__init__()
        self._left = turns

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0


class SmallBatches(LedgerReader):
    """Reads as if events were large, so that a few of them make several messages.

    It stays open from one turn of the publisher to the next, as in a publisher that never ends.
    """

    def __exit__(self, *exc: object) -> None:
        return

    def close(self) -> None:
        super().__exit__()

    def events_after(self, seq: int, max_events: int, max_bytes: int) -> list[Event]:
        return super().events_after(seq, min(max_events, BATCH_EVENTS), max_bytes)


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy of a card's files, with what had been lived until then."""

    path: Path
    history: tuple[Event, ...]
    counted: Counted


class Station:
    """A ledger file and the process that runs on it, until it is killed."""

    def __init__(self, path: Path, place: Place, broker: Broker, clock: LineClock) -> None:
        self.path = path
        self.place = place
        self.history: list[Event] = []
        """Every event that was ever committed in this file, pruned or not."""
        self.counted = Counted()
        self.is_only_copy = True
        self.is_changed = True
        """Whether the ledger was written or opened since somebody last cleared this."""
        self.backup: Backup | None = None
        self._broker = broker
        self._clock = clock
        self._start()

    @property
    def rules(self) -> Rules:
        return Rules(self.place, "OP310", "Asia/Dhaka")

    @property
    def log(self) -> str:
        return self.state.head.log

    def _start(self) -> None:
        self.is_changed = True
        self.ledger = Ledger(self.path, max_mb=64)
        self._reader = SmallBatches(self.path)
        self.state: State = self.ledger.load(self.rules)
        self.through = self.ledger.acked
        self.health = Health(self._clock.mono_s, LedgerHealth(self.state), self.ledger.acked)
        self.link = Link(self._broker)
        self._publisher = Publisher(
            self.link,
            lambda: self._reader,
            self.place,
            self._clock,
            self.health,
            "test",
            STALL_S,
        )
        self._publisher.to_core = self._hear

    def learn(self, tables: Sequence[ReferenceTable]) -> None:
        for known in tables:
            self.ledger.store_reference(known)
        self.state = self.ledger.load(self.rules)

    def kill(self) -> None:
        """The process dies; only its files stay."""
        self.stop()
        self._start()

    def stop(self) -> None:
        self._reader.close()
        self.ledger.__exit__(None, None, None)

    def scan(self, scans: Sequence[Scan], killed: Killed) -> list[str]:
        """Decide and commit scans together, as the core does; what the operator sees of each."""
        state, events, lights = self.state, list[Event](), list[Feedback]()
        for scan in scans:
            self._clock.scans += 1
            decision = decide(state, scan, self._clock.now())
            state = decision.state
            events += decision.events
            lights += [decision.feedback] if decision.feedback else []
        if killed is Killed.BEFORE_COMMIT:
            self.kill()
            return []
        if events:
            self.ledger.commit(events, state, signed(state))
            self.is_changed = True
        self.history += events
        if killed is Killed.AFTER_COMMIT:
            self.kill()
            return []
        self.state = state
        self.health.ledger = LedgerHealth(state, signed(state))
        return [light.outcome for light in lights]

    def _hear(self, word: Heard) -> None:
        if isinstance(word, Watermark) and word.lost:
            self.ledger.take_back(word.through)
            self.through = word.through
        elif isinstance(word, Watermark):
            self.through = max(self.through, word.through)

    def publish(self) -> None:
        """One turn of the publisher's loop."""
        self.link.notes.put(Wake())
        self._publisher.run(Turns(1))

    def settle(self) -> None:
        """Write the watermark that was heard, and prune."""
        self.ledger.acknowledge(self.through, KEEP_EVENTS)
        self.is_changed = True

    def kept(self) -> list[Event]:
        """What the ledger still holds. It verifies."""
        assert self._reader.verify()[1] is None
        return LedgerReader.events_after(self._reader, 0, 10_000, 10**9)

    # --- copies of the card -------------------------------------------------------------------

    def copy_card(self, path: Path) -> Backup:
        """Copy the files as an image of the card would have them."""
        for suffix in ("", "-wal"):
            source = self.path.with_name(self.path.name + suffix)
            if source.exists():
                shutil.copyfile(source, path.with_name(path.name + suffix))
        return Backup(path, tuple(self.history), self.counted.copy())

    def clone(self, path: Path, place: Place) -> Station:
        """Another machine that goes on from a copy of this one's card."""
        copied = self.copy_card(path)
        other = Station(path, place, self._broker, self._clock)
        other.history, other.counted = list(copied.history), copied.counted
        other.is_only_copy = self.is_only_copy = False
        return other

    def restore(self, backup: Backup) -> None:
        """Put an older image of the card back, and start on it."""
        self.stop()
        for suffix in ("", "-wal", "-shm"):
            target = self.path.with_name(self.path.name + suffix)
            source = backup.path.with_name(backup.path.name + suffix)
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copyfile(source, target)
        self.history, self.counted = list(backup.history), backup.counted.copy()
        self.is_only_copy = False
        self._start()


class Hub:
    """The hub's store and the process that commits into it."""

    def __init__(self, file: Path, broker: Broker) -> None:
        self._file = file
        self._broker = broker
        self._place = Place("dhk1", "l03", "st07")
        self.store = Store(file, self._place.site)
        self.is_changed = True
        """Whether the store was written or opened since somebody last cleared this."""

    def collect(self, messages: Sequence[Message], killed: Killed) -> None:
        """Commit what came together, then tell the watermarks."""
        self.is_changed = True
        intake = sort_messages(self._place.site, messages, RECEIVED_AT)
        if killed is Killed.BEFORE_COMMIT:
            self.restart()
            return
        committed = self.store.commit(
            intake.batches, intake.reports, intake.unreadable, received_at=RECEIVED_AT
        )
        if killed is Killed.AFTER_COMMIT:
            self.restart()
            return
        told = list(committed.logs)
        for report in intake.reports:
            log, acked = str(report.document["log"]), report.document["acked"]
            state = self.store.read.log(log)
            through = state.through if state else 0
            assert isinstance(acked, int)
            if state is not None and acked < through:
                told.append(state)
            elif acked > through:
                hash_ = state.through_hash if state else ""
                place = Place(self._place.site, report.line, report.station)
                self._publish(place, Watermark(log, through, hash_, lost=True))
        self._tell(told)

    def restart(self) -> None:
        """Die, and start again with what is on disk; a new link brings every watermark anew."""
        self.is_changed = True
        self.store.close()
        self.store = Store(self._file, self._place.site)
        self.announce()

    def back_up(self, file: Path) -> None:
        """Copy the store, as SQLite's own backup would."""
        with sqlite3.connect(self._file) as source, sqlite3.connect(file) as target:
            source.backup(target)
        source.close()
        target.close()

    def lose(self, backup: Path | None) -> None:
        """The store is gone; an older one takes its place, or an empty one."""
        self.store.close()
        for suffix in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        if backup is not None:
            shutil.copyfile(backup, self._file)
        self.store = Store(self._file, self._place.site)
        self.announce()

    def announce(self) -> None:
        self._tell([state for state in self.store.read.logs() if state.through])

    def _tell(self, logs: Sequence[LogState]) -> None:
        for state in logs:
            place = Place(self._place.site, state.line, state.station)
            self._publish(place, Watermark(state.log, state.through, state.through_hash))

    def _publish(self, place: Place, watermark: Watermark) -> None:
        self._broker.watermarks.setdefault(ack_topic(place), []).append(watermark.payload())

    def noticed(self, station: Station) -> bool:
        """Whether anything from this station was set aside for a person to see."""
        topic = events_topic(station.place)
        return any(
            row["log"] == station.log or row["topic"] == topic
            for row in self.store.read.set_aside()
        )


def tables() -> list[ReferenceTable]:
    """The reference data of the line."""
    rows = {
        "operators": OPERATORS,
        "operations": OPERATIONS,
        "bundles": bundle_rows(BUNDLES, PIECES),
    }
    return [table(name, row) for name, row in rows.items()]
