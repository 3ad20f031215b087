"""From the ledger to MQTT, and watermarks and reference data back (contract: docs/mqtt.md).

One thread, with a read-only connection of its own to the ledger. It decides nothing about pay and
writes nothing: what comes back goes to the core as inputs. ``outbox`` says what may be sent.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from itertools import groupby
from operator import attrgetter
from typing import Final

import structlog

from bartack import outbox, wire
from bartack.clock import Clock, seconds_between
from bartack.contest import FORGOTTEN_S
from bartack.events import Event, Json, Place, canonical
from bartack.health import Health
from bartack.ledger import LedgerReader
from bartack.mqtt import (
    NO_SUBSCRIBER,
    Connection,
    Dead,
    Down,
    LinkDeadError,
    Message,
    Note,
    Published,
    Up,
    Wake,
)
from bartack.projection import State, today_document
from bartack.wire import ReferenceChunk, ReferenceTable, Watermark

STATUS_EVERY_S: Final = 5.0
"""A status goes out at least this often, so that a dashboard can tell fresh from stale."""

TELL_EVERY_S: Final = 1.0
"""Status and state go out at most this often."""

WATCH_EVERY_S: Final = 0.25
"""How often the link and the hub's silence are looked at."""

CUT_ANSWER_S: Final = 10.0
"""A link that was cut must be reported down within this, or the MQTT thread is dead."""

WINDOW_RESERVE: Final = 4
"""Messages of the broker's window kept free for status and state."""


class Publisher:
    """The publisher's thread."""

    def __init__(
        self,
        connection: Connection,
        open_ledger: Callable[[], LedgerReader],
        place: Place,
        clock: Clock,
        health: Health,
        version: str,
        stall_s: float,
    ) -> None:
        self._connection = connection
        self._open_ledger = open_ledger
        self._place = place
        self._clock = clock
        self._health = health
        self._version = version
        self.to_core: Callable[[Watermark | ReferenceTable], None] = lambda _: None
        self._stall_s = stall_s
        acked = health.link.acked
        self._outbox = outbox.Outbox(acked=acked, sent=acked)
        self._chunks: dict[tuple[str, int], ReferenceChunk] = {}
        self._salvaged: list[wire.EventBatch] = []
        self._salvaged_left: list[wire.EventBatch] = []
        self._oldest: Event | None = None
        self._told_s = 0.0
        self._unanswered: dict[int, float] = {}
        """Status and state messages that the broker has not answered, and since when."""
        self._cut_s: float | None = None
        self._contested_s: float | None = None
        self._last_status: dict[str, Json] = {}
        self._last_state = -1
        self._sent_hashes: dict[int, str] = {}
        """Hash of the last event of every message that the hub has not confirmed, by seq."""
        self._watched_s = 0.0
        self._woken = False
        self._log = structlog.get_logger("publisher")

    def committed(self) -> None:
        """The core has committed something. Called from the core's thread; never blocks."""
        if not self._woken:
            self._woken = True
            self._connection.notes.put(Wake())

    def run(self, stop: threading.Event) -> None:
        """Publish until ``stop`` is set."""
        self._connection.start()
        with self._open_ledger() as ledger:
            self._salvaged = wire.salvaged_batches(ledger.salvaged())
            while not stop.is_set():
                self._health.pulse("publisher")
                self._take_notes(ledger)
                self._watch_link()
                self._send(ledger)
                self._tell(ledger)
            self._tell(ledger, now=True)
        self._connection.publish(
            wire.status_topic(self._place),
            wire.offline_payload(self._clock.boot, self._health.ledger.log),
            retain=True,
        )
        self._connection.stop()

    def _take_notes(self, ledger: LedgerReader) -> None:
        try:
            self._handle(self._connection.notes.get(timeout=WATCH_EVERY_S), ledger)
            for _ in range(200):
                self._handle(self._connection.notes.get_nowait(), ledger)
        except queue.Empty:
            return

    def _handle(self, note: Note, ledger: LedgerReader) -> None:
        now_s = self._clock.mono_s()
        match note:
            case Wake():
                self._woken = False
            case Up(window):
                self._cut_s = None
                self._connection.subscribe(
                    wire.ack_topic(self._place),
                    wire.reference_filter(self._place.site, self._place.line),
                )
                allowed = min(100, max(1, window - WINDOW_RESERVE))
                self._outbox = outbox.linked(self._outbox, allowed, now_s)
                self._salvaged_left = list(self._salvaged)
                self._health.report_link(connected=True, detail="")
                self._last_status, self._last_state = {}, -1
                self._log.info("connected", window=allowed)
            case Down(reason, contested):
                self._cut_s = None
                if contested:
                    self._contested_s = now_s
                    self._health.alarm("id_taken", on=True)
                self._unanswered.clear()
                self._outbox = outbox.unlinked(self._outbox)
                if self._health.link.detail != reason:
                    self._log.warning("not connected; scans are kept here", reason=reason)
                self._health.report_link(connected=False, detail=reason)
            case Dead(reason):
                self._health.report_link(connected=False, detail=reason)
                raise LinkDeadError(reason)
            case Published(mid, reason):
                self._answered(mid, reason, now_s)
            case Message(topic, payload, _):
                self._received(topic, payload, ledger)

    def _answered(self, mid: int, reason: int, now_s: float) -> None:
        self._unanswered.pop(mid, None)
        refused = reason >= 0x80
        if mid in self._outbox.flights:
            if refused or reason == NO_SUBSCRIBER:
                self._salvaged_left = list(self._salvaged)
            self._health.alarm("broker_refuses", on=refused)
            self._health.alarm("hub_absent", on=reason == NO_SUBSCRIBER)
        if refused:
            self._log.error("the broker refuses our messages; check its ACL", reason=hex(reason))
            self._outbox = outbox.not_delivered(self._outbox, mid, outbox.REFUSED_PAUSE_S, now_s)
        elif reason == NO_SUBSCRIBER:
            self._outbox = outbox.not_delivered(self._outbox, mid, outbox.ABSENT_PAUSE_S, now_s)
        else:
            self._outbox = outbox.taken(self._outbox, mid)

    def _received(self, topic: str, payload: bytes, ledger: LedgerReader) -> None:
        try:
            if topic == wire.ack_topic(self._place):
                self._confirmed(wire.parse_watermark(payload), ledger)
            elif payload:  # an empty one clears a retained chunk and means nothing to us
                self._gather(wire.parse_reference(payload))
        except wire.WireError as error:
            self._log.warning("ignored a message", topic=topic[:120], reason=str(error))

    def _confirmed(self, watermark: Watermark, ledger: LedgerReader) -> None:
        if watermark.log != self._health.ledger.log:
            self._confirmed_salvaged(watermark)
            return
        if watermark.through <= self._outbox.acked:
            return
        ours = self._hash_of(watermark.through, ledger)
        other = ours is None or watermark.hash not in ("", ours)
        self._health.alarm("hub_ahead", on=other)
        if other:
            # The hub has events of this log that we do not: this card was copied, or put back.
            self._log.error("the hub has other events of this log", through=watermark.through)
            return
        now_s = self._clock.mono_s()
        self._outbox = outbox.confirmed(self._outbox, watermark.through, now_s)
        sent = self._sent_hashes.items()
        self._sent_hashes = {seq: hash_ for seq, hash_ in sent if seq > watermark.through}
        self._health.report_link(acked=self._outbox.acked)
        self.to_core(watermark)

    def _hash_of(self, seq: int, ledger: LedgerReader) -> str | None:
        """The hash of our own event ``seq``; None when there is none."""
        if seq in self._sent_hashes:
            return self._sent_hashes[seq]
        found = ledger.events_after(seq - 1, 1, wire.BATCH_MAX_BYTES)
        return found[0].hash if found else None

    def _confirmed_salvaged(self, watermark: Watermark) -> None:
        known = [batch for batch in self._salvaged if batch.log == watermark.log]
        done = [batch for batch in known if batch.events[-1].seq <= watermark.through]
        if done:
            self._salvaged = [batch for batch in self._salvaged if batch not in done]
            self.to_core(watermark)

    def _gather(self, chunk: ReferenceChunk) -> None:
        self._chunks[chunk.table, chunk.chunk] = chunk
        parts = [part for (table, _), part in self._chunks.items() if table == chunk.table]
        table = wire.join_reference([chunk, *parts])
        if table is None:
            return
        for part in parts:
            del self._chunks[part.table, part.chunk]
        self.to_core(table)

    def _watch_link(self) -> None:
        now_s = self._clock.mono_s()
        if now_s - self._watched_s < WATCH_EVERY_S:
            return
        self._watched_s = now_s
        if self._cut_s is not None and now_s - self._cut_s > CUT_ANSWER_S:
            raise LinkDeadError("the MQTT thread does not react to a cut link")
        silent_s = now_s - min(self._unanswered.values(), default=now_s)
        if self._outbox.stalled(now_s, self._stall_s) or silent_s > self._stall_s:
            self._log.warning("connected, but nothing is acknowledged; connecting anew")
            self._outbox = outbox.unlinked(self._outbox)
            self._unanswered.clear()
            self._health.report_link(connected=False, detail="the broker does not answer")
            self._cut_s = now_s
            self._connection.cut()
        if self._contested_s is not None and now_s - self._contested_s > FORGOTTEN_S:
            self._contested_s = None
            self._health.alarm("id_taken", on=False)
        self._outbox = outbox.impatient(self._outbox, now_s)
        self._health.alarm("hub_silent", on=self._outbox.probing)

    def _send(self, ledger: LedgerReader) -> None:
        self._send_salvaged()
        head = self._health.ledger.head
        while self._outbox.may_send(head, self._clock.mono_s(), wire.BATCH_MAX_EVENTS):
            self._health.pulse("publisher")
            events = ledger.events_after(
                self._outbox.sent, wire.BATCH_MAX_EVENTS, wire.BATCH_MAX_BYTES
            )
            if not events:
                return
            # A station that was moved to another line still speaks for its old place.
            place, group = next(groupby(events, key=attrgetter("place")))
            together = tuple(group)
            batch = wire.EventBatch(together[0].log, together, replay=len(together) > 1)
            mid = self._connection.publish(wire.events_topic(place), batch.payload())
            if mid is None:
                return
            now_s, last = self._clock.mono_s(), together[-1]
            self._sent_hashes[last.seq] = last.hash
            self._outbox = outbox.departed(self._outbox, mid, last.seq, now_s)

    def _send_salvaged(self) -> None:
        """Events of a replaced ledger go first, once for each link until the hub has them."""
        now_s = self._clock.mono_s()
        if now_s < self._outbox.paused_until_s:
            return
        while self._salvaged_left and len(self._outbox.flights) < self._outbox.window:
            batch = self._salvaged_left[0]
            topic = wire.events_topic(batch.events[0].place)
            mid = self._connection.publish(topic, batch.payload())
            if mid is None:
                return
            self._salvaged_left.pop(0)
            self._outbox = outbox.departed(self._outbox, mid, self._outbox.sent, now_s)

    def _tell(self, ledger: LedgerReader, *, now: bool = False) -> None:
        """Publish status and state if they changed or are due."""
        now_s = self._clock.mono_s()
        if not now and now_s - self._told_s < TELL_EVERY_S:
            return
        self._health.report_link(oldest_unsent_s=self._oldest_unsent_s(ledger))
        if not self._health.link.connected:
            return
        status = self._status()
        passing = ("at", "readers", "disk")
        lasting = {key: value for key, value in status.document().items() if key not in passing}
        due = now or lasting != self._last_status or now_s - self._told_s >= STATUS_EVERY_S
        if due and self._publish_retained(wire.status_topic(self._place), status.payload()):
            self._last_status, self._told_s = lasting, now_s
        report = self._health.ledger
        changed = report.head != self._last_state
        topic = wire.state_topic(self._place)
        if changed and self._publish_retained(topic, self._today(report.state)):
            self._last_state, self._told_s = report.head, now_s

    def _publish_retained(self, topic: str, payload: bytes) -> bool:
        mid = self._connection.publish(topic, payload, retain=True)
        if mid is not None:
            self._unanswered[mid] = self._clock.mono_s()
        return mid is not None

    def _today(self, state: State) -> bytes:
        return canonical(today_document(state, self._clock.now().at))

    def _status(self) -> wire.Status:
        moment = self._clock.now()
        ledger, link = self._health.ledger, self._health.link
        return wire.Status(
            boot=moment.boot,
            log=ledger.log,
            head=ledger.head,
            acked=link.acked,
            clock=moment.clock,
            version=self._version,
            at=moment.at,
            oldest_unsent_s=link.oldest_unsent_s,
            readers=self._health.readers(),
            alarms=self._health.alarms(),
            signed=ledger.signed,
            free_mb=ledger.free_bytes // 1024**2,
            hours_left=ledger.hours_left,
        )

    def _oldest_unsent_s(self, ledger: LedgerReader) -> int:
        if self._outbox.acked >= self._health.ledger.head:
            self._oldest = None
            return 0
        if self._oldest is None or self._oldest.seq != self._outbox.acked + 1:
            found = ledger.events_after(self._outbox.acked, 1, wire.BATCH_MAX_BYTES)
            self._oldest = found[0] if found else None
        if self._oldest is None:
            return 0
        moment = self._clock.now()
        if self._oldest.boot == moment.boot:
            return max(0, (moment.mono_ms - self._oldest.mono_ms) // 1000)
        return seconds_between(self._oldest.at, moment.at)
