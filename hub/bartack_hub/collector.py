"""From the broker into the store, and watermarks and reference data back.

One thread owns the connection's notes and every write of the store. It drains what arrived,
commits it together, and only then acknowledges the messages and publishes the watermarks: what the
broker forgets, a station sends again, and what is committed twice counts once.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from structlog.typing import FilteringBoundLogger

from bartack.events import Place
from bartack.mqtt import (
    Connection,
    Dead,
    Down,
    LinkDeadError,
    Message,
    Note,
    Published,
    Subscribed,
    Up,
)
from bartack.retained import Retained, Wanted
from bartack.wire import (
    IMPORTED,
    ReferenceTable,
    Watermark,
    ack_topic,
    notices_topic,
    reference_hash,
    station_filter,
)
from bartack_hub.board.shifts import LinePlan
from bartack_hub.broker_link import BrokerLink
from bartack_hub.feed import Feed
from bartack_hub.intake import Intake, sort_messages
from bartack_hub.reference import shift_rows
from bartack_hub.reference_chunks import messages, strays_message
from bartack_hub.store import Committed, LogState, Report, Store, StoreError

SESSION_S: Final = 14 * 24 * 3600
"""How long the broker keeps messages for a hub that is away."""

TOGETHER_MAX: Final = 500
"""Messages that are committed together."""

IDLE_S: Final = 0.2
WATERMARK_EVERY_S: Final = 0.2
WATERMARK_EVERY_EVENTS: Final = 1000
"""Watermarks go out this often, or sooner to a station that catches up: each costs both sides as
much as an event does."""

REFERENCE_EVERY_S: Final = 1.0
STALLED_S: Final = 60.0
"""Something is in flight and the broker said nothing for this long: the link is dead."""

RETRY_FIRST_S: Final = 0.5
RETRY_LONGEST_S: Final = 15.0
REFUSED: Final = 0x80
"""MQTT reason codes from here on are refusals."""


class Collector:
    """The hub's way in. ``run`` is its thread; everything else here belongs to that thread."""

    def __init__(
        self,
        site: str,
        plans: Mapping[str, LinePlan],
        connection: Connection,
        store: Store,
        feed: Feed,
        now: Callable[[], datetime],
        log: FilteringBoundLogger,
    ) -> None:
        self.ticked_s = time.monotonic()
        """When the loop last came round (monotonic seconds); a watchdog reads it."""
        self._site = site
        self._lines = list(plans)
        self._shifts = {line: shift_rows(plan) for line, plan in plans.items()}
        self._connection = connection
        self._store = store
        self._feed = feed
        self._now = now
        self._log = log
        self._link = BrokerLink(feed.link, log)
        self._retained = Retained()
        self._versions: dict[str, int] = {}
        self._reference: dict[str, Wanted] = {}
        """What the broker should hold of it, by topic."""
        self._reference_due_s = 0.0
        self._owed: dict[str, LogState] = {}
        """Logs whose watermark moved and was not published yet."""
        self._owed_events = 0
        self._watermarks_s = 0.0
        self._told: set[str] = set()
        self._heard_s = time.monotonic()

    def run(self, stop: threading.Event) -> None:
        """Collect until ``stop``. Raises ``StoreError`` when the disk cannot be trusted, and
        ``LinkDeadError`` when the MQTT client failed."""
        self._connection.start()
        try:
            while not stop.is_set():
                self.ticked_s = time.monotonic()
                messages_ = self._notes(IDLE_S)
                if messages_:
                    self._collect(messages_, stop)
                self._follow_reference()
                self._send_watermarks()
                self._retained.send(self._publish)
                self._cut_if_stalled()
        finally:
            self._connection.stop()

    def _notes(self, timeout_s: float) -> list[Message]:
        """Handle what the connection tells; the messages among it that may be acknowledged."""
        collected: list[Message] = []
        try:
            note: Note = self._connection.notes.get(timeout=timeout_s)
            while True:
                match note:
                    case Message():
                        collected.append(note)
                    case Up(window=window):
                        self._up(window)
                    case Down(reason=reason):
                        self._link.down(reason)
                        self._retained.down()
                        # Their ids mean nothing on the next link; the broker sends them again.
                        collected = [replace(message, mid=0) for message in collected]
                    case Dead(reason=reason):
                        self._link.down(reason)
                        raise LinkDeadError(reason)
                    case Subscribed(refusal=""):
                        self._link.up()  # not before: what is sent until then nobody hears
                    case Subscribed(refusal=refusal):
                        self._link.down(f"the broker refuses the hub's subscription: {refusal}")
                    case Published():
                        self._answered(note)
                self._heard_s = time.monotonic()
                if len(collected) == TOGETHER_MAX:
                    break
                note = self._connection.notes.get_nowait()
        except queue.Empty:
            pass
        return collected

    def _cut_if_stalled(self) -> None:
        """A link that is up but answers nothing is dropped; the connection then makes a new one."""
        if not self._retained.is_unanswered:
            self._heard_s = max(self._heard_s, self.ticked_s)
        elif time.monotonic() - self._heard_s > STALLED_S:
            self._log.error("broker_stalled", without_answer_s=STALLED_S)
            self._heard_s = time.monotonic()
            self._connection.cut()

    # --- events and reports in ----------------------------------------------------------------

    def _collect(self, messages_: list[Message], stop: threading.Event) -> None:
        received_at = self._now()
        intake = sort_messages(self._site, messages_, received_at)
        committed = self._commit(intake, received_at, stop)
        if committed is None:
            return
        for message in messages_:
            self._connection.acknowledge(message)
        self._owed |= {state.log: state for state in committed.logs}
        self._owed_events += len(committed.events)
        self._show(intake, committed)
        self._tell_notices(committed.noticed)
        self._tell_strays(committed.asked)

    def _commit(
        self, intake: Intake, received_at: datetime, stop: threading.Event
    ) -> Committed | None:
        """Commit, and try again while the disk is full or busy. None when stopped meanwhile."""
        pause_s = RETRY_FIRST_S
        while True:
            try:
                committed = self._store.commit(
                    intake.batches, intake.reports, intake.unreadable, received_at=received_at
                )
            except StoreError as error:
                if not error.passing:
                    raise
                self._link.trouble(f"cannot write: {error}")
                self._log.error("store_cannot_write", error=str(error), again_in_s=pause_s)
                if stop.wait(pause_s):
                    return None
                self.ticked_s = time.monotonic()
                pause_s = min(2 * pause_s, RETRY_LONGEST_S)
            else:
                self._link.trouble("")
                return committed

    def _show(self, intake: Intake, committed: Committed) -> None:
        if committed.events:
            self._feed.commit(committed.events)
        for report in intake.reports:
            self._feed.status(report.line, report.station, report.document, report.received_at)
            self._answer_report(report)
        for contradiction in committed.contradictions:
            event = contradiction.event
            self._tell_once(
                f"{contradiction.kind} {event.log}",
                "event_set_aside",
                kind=contradiction.kind,
                reason=contradiction.reason,
                line=event.line,
                station=event.station,
                log=event.log,
            )
        for message in intake.unreadable:
            self._tell_once(
                message.kind,
                "message_set_aside",
                kind=message.kind,
                reason=message.reason,
                topic=message.topic,
            )
        for line in {report.line for report in intake.reports} - set(self._lines):
            self._tell_once(
                f"line {line}",
                "unknown_line",
                line=line,
                what="events are kept; add [lines.…] to the hub's file for targets and reference",
            )

    def _answer_report(self, report: Report) -> None:
        """Tell a station its watermark again: it knows a lower one, or one that we lost."""
        log, acked = report.document.get("log"), report.document.get("acked")
        if not isinstance(log, str) or not isinstance(acked, int):
            return
        state = self._store.read.log(log)
        through, hash_ = (state.through, state.through_hash) if state else (0, "")
        if state is not None and acked < through:
            self._want_watermark(state)
        elif acked > through:
            place = Place(self._site, report.line, report.station)
            watermark = Watermark(log, through, hash_, lost=True)
            self._retained.want(Wanted(ack_topic(place), watermark.payload(), part=log))
            self._tell_once(
                f"lost {log}",
                "store_lost_events",
                station=report.station,
                log=log,
                has=through,
                confirmed_once=acked,
                what="the station is asked for them again; was an older store put back?",
            )

    def _tell_once(self, key: str, event: str, **values: object) -> None:
        if key not in self._told and len(self._told) < 10_000:
            self._told.add(key)
            self._log.warning(event, **values)

    # --- watermarks and reference data out ----------------------------------------------------

    def _up(self, window: int) -> None:
        """Subscribe, and publish everything anew: the broker may have lost it all."""
        self._connection.subscribe(
            station_filter(self._site, "events"), station_filter(self._site, "status")
        )
        self._retained.up(window)
        for state in sorted(self._store.read.logs(), key=lambda state: state.last_seen):
            if state.through:
                self._want_watermark(state)
        self._tell_notices(self._store.read.noticed_stations())
        for wanted in self._reference.values():
            self._retained.want(wanted)

    def _tell_notices(self, stations: Iterable[str]) -> None:
        """Tell stations which of their credits contradict others."""
        for station in stations:
            known = self._store.read.notices(station, self._now())
            topic = notices_topic(Place(self._site, known.line, station))
            self._retained.want(Wanted(topic, known.notices.payload()))

    def _tell_strays(self, lines: Iterable[str]) -> None:
        """Tell lines which of the bundles that they did not know are of other lines."""
        for line in {*lines} & {*self._lines}:
            wanted = strays_message(self._site, line, self._store.read.strays(line))
            if self._reference.get(wanted.topic) != wanted:
                self._reference[wanted.topic] = wanted
                self._retained.want(wanted)

    def _send_watermarks(self) -> None:
        now_s = time.monotonic()
        due = now_s - self._watermarks_s >= WATERMARK_EVERY_S
        if not self._owed or not (due or self._owed_events >= WATERMARK_EVERY_EVENTS):
            return
        for state in self._owed.values():
            self._want_watermark(state)
        self._owed, self._owed_events, self._watermarks_s = {}, 0, now_s

    def _want_watermark(self, state: LogState) -> None:
        place = Place(self._site, state.line, state.station)
        payload = Watermark(state.log, state.through, state.through_hash).payload()
        self._retained.want(Wanted(ack_topic(place), payload, part=state.log))

    def _follow_reference(self) -> None:
        """Publish and show reference data when an import, in another process, brought new."""
        if time.monotonic() < self._reference_due_s:
            return
        self._reference_due_s = time.monotonic() + REFERENCE_EVERY_S
        try:
            versions = self._store.read.reference_versions()
            if versions != self._versions:
                self._take_reference()
                self._versions = versions
        except StoreError as error:
            if not error.passing:
                raise
            self._tell_once("reference", "reference_waits", error=str(error))

    def _take_reference(self) -> None:
        tables = {name: self._store.read.reference(name) for name in IMPORTED}
        tables["shifts"] = tables["shifts"] or ReferenceTable("shifts", 0, reference_hash(()), ())
        present = [table for table in tables.values() if table is not None]
        published = self._store.read.reference_chunks()
        strays = {line: self._store.read.strays(line) for line in self._lines}
        wanted, counts = messages(self._site, self._lines, present, published, self._shifts, strays)
        if any(count > published.get(key, 0) for key, count in counts.items()):
            self._store.keep_reference_chunks(counts)
        self._reference = {item.topic: item for item in wanted}
        for item in wanted:
            self._retained.want(item)
        self._feed.reference(_rows(tables["operators"]), _rows(tables["operations"]))
        versions = {table.name: table.version for table in present}
        self._log.info("reference_taken", versions=versions, messages=len(wanted))

    def _publish(self, wanted: Wanted) -> int | None:
        return self._connection.publish(wanted.topic, wanted.payload, retain=True)

    def _answered(self, answer: Published) -> None:
        wanted = self._retained.answered(answer.mid)
        if wanted is not None and answer.reason >= REFUSED:
            self._tell_once(
                f"refused {answer.reason} {wanted.topic}",
                "broker_refused_message",
                topic=wanted.topic,
                reason_code=answer.reason,
                what="give the hub's user write access to this topic",
            )


def _rows(table: ReferenceTable | None) -> tuple[dict[str, str], ...]:
    return table.rows if table is not None else ()
