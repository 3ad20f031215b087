"""From the ledger to MQTT, and watermarks and reference data back (contract: docs/mqtt.md).

One thread, with a read-only connection of its own to the ledger. It decides nothing about pay and
writes nothing: what comes back goes to the core as inputs. ``outbox`` says what may be sent.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Final

import structlog

from bartack import outbox, wire
from bartack.clock import Clock
from bartack.contest import FORGOTTEN_S
from bartack.events import Place
from bartack.health import Health
from bartack.inputs import Heard
from bartack.ledger import LedgerReader
from bartack.line_news import LineNews
from bartack.mqtt import (
    NO_SUBSCRIBER,
    TOO_LARGE,
    Connection,
    Dead,
    Down,
    Errand,
    LinkDeadError,
    Message,
    Note,
    Published,
    Up,
    Wake,
)
from bartack.neighbours import Told
from bartack.report import Reporter
from bartack.wire import Claim, NeighbourCredits, ReferenceChunk, Watermark

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
        hears_neighbours: bool = False,
    ) -> None:
        self._connection = connection
        self._open_ledger = open_ledger
        self._place = place
        self._clock = clock
        self._health = health
        self._reporter = Reporter(connection, place, clock, health, version)
        self._news = LineNews(connection, place, clock, health)
        self.to_core: Callable[[Heard], None] = lambda _: None
        self._hears_neighbours = hears_neighbours
        self._stall_s = stall_s
        acked = health.link.acked
        self._outbox = outbox.Outbox(acked=acked, sent=acked)
        self._batch_max_bytes = wire.BATCH_MAX_BYTES
        self._chunks: dict[tuple[str, int], ReferenceChunk] = {}
        self._salvaged: list[wire.EventBatch] = []
        self._salvaged_left: list[wire.EventBatch] = []
        self._cut_s: float | None = None
        self._contested_s: float | None = None
        self._lost_until = 0
        """The hub had events up to here and lost them; 0 when it did not."""
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

    def tell_neighbours(self, claim: Claim) -> None:
        """Say what is seen here. Called from the core's thread; never blocks, may be lost."""
        self._connection.notes.put(Errand(wire.claim_topic(self._place), claim.payload()))

    def run(self, stop: threading.Event) -> None:
        """Publish until ``stop`` is set."""
        self._connection.start()
        with self._open_ledger() as ledger:
            self._salvaged = wire.salvaged_batches(self._place, ledger.salvaged())
            lines = ledger.late_lines()
            self._reporter.stood_at(lines)
            self._news.stood_at(lines)
            while not stop.is_set():
                self._health.pulse("publisher")
                self._take_notes(ledger)
                self._watch_link()
                self._send(ledger)
                self._news.tell(ledger)
                self._reporter.tell(ledger)
            self._reporter.tell(ledger, now=True)
        self._reporter.say_goodbye()
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
            case Up(window, packet_max_bytes):
                self._cut_s = None
                self._connection.subscribe(*self._heeded())
                allowed = min(100, max(1, window - WINDOW_RESERVE))
                self._outbox = outbox.linked(self._outbox, allowed, now_s)
                self._batch_max_bytes = wire.batch_max_bytes(packet_max_bytes)
                self._divide_salvaged()
                self._health.report_link(connected=True, detail="")
                self._reporter.link_changed()
                self._reporter.leave()
                self._news.linked(self._batch_max_bytes)
                self._log.info("connected", window=allowed)
            case Down(reason, contested):
                self._cut_s = None
                if contested:
                    self._contested_s = now_s
                    self._health.alarm("id_taken", on=True)
                self._reporter.link_changed()
                self._news.unlinked()
                self._outbox = outbox.unlinked(self._outbox)
                if self._health.link.detail != reason:
                    self._log.warning("not connected; scans are kept here", reason=reason)
                self._health.report_link(connected=False, detail=reason)
            case Dead(reason):
                self._health.report_link(connected=False, detail=reason)
                raise LinkDeadError(reason)
            case Published(mid, reason):
                self._answered(mid, reason, now_s)
            case Errand(topic, payload):
                self._connection.say(topic, payload)
            case Message(topic, payload, _):
                self._received(topic, payload, ledger)

    def _answered(self, mid: int, reason: int, now_s: float) -> None:
        if self._reporter.answered(mid) or self._news.answered(mid, reason):
            return
        shrinks = reason == TOO_LARGE and self._outbox.batch_events > 1
        refused = reason >= 0x80 and not shrinks
        if mid in self._outbox.flights:
            if refused or reason == NO_SUBSCRIBER:
                self._salvaged_left = list(self._salvaged)
            # An answer may come after the hub has had its event by another way.
            waits = self._outbox.acked < self._health.ledger.head or bool(self._salvaged)
            self._health.alarm("broker_refuses", on=refused and waits)
            self._health.alarm("hub_absent", on=reason == NO_SUBSCRIBER and waits)
        if shrinks:
            self._outbox = outbox.too_large(self._outbox, mid)
            self._divide_salvaged()
        elif refused:
            self._log.error("the broker refuses our messages; check its ACL", reason=hex(reason))
            self._outbox = outbox.not_delivered(self._outbox, mid, outbox.REFUSED_PAUSE_S, now_s)
        elif reason == NO_SUBSCRIBER:
            self._outbox = outbox.not_delivered(self._outbox, mid, outbox.ABSENT_PAUSE_S, now_s)
        else:
            self._outbox = outbox.taken(self._outbox, mid)

    def _heeded(self) -> list[str]:
        heeded = [
            wire.ack_topic(self._place),
            wire.reference_filter(self._place.site, self._place.line),
            wire.notices_topic(self._place),
            wire.credits_filter(self._place),
            wire.sessions_filter(self._place),
            wire.rework_filter(self._place),
        ]
        # Only where it is needed: an older broker's ACL does not allow it.
        return heeded + [wire.claims_filter(self._place)] * self._hears_neighbours

    def _received(self, topic: str, payload: bytes, ledger: LedgerReader) -> None:
        try:
            if topic == wire.ack_topic(self._place):
                self._confirmed(wire.parse_watermark(payload), ledger)
            elif topic.endswith("/claim"):
                self.to_core(wire.parse_claim(self._place, topic, payload))
            elif topic == wire.notices_topic(self._place):
                self.to_core(wire.parse_notices(payload))
            elif self._news.is_own(topic):
                self._news.found(topic, payload)
            elif topic.endswith("/session"):
                self._heard(wire.parse_session(self._place, topic, payload))
            elif topic.endswith("/rework"):
                self._heard(wire.parse_faults(self._place, topic, payload))
            elif "/credits/" in topic:
                self._heard(wire.parse_credits(self._place, topic, payload))
            elif payload:  # an empty one clears a retained chunk and means nothing to us
                self._gather(wire.parse_reference(payload))
        except wire.WireError as error:
            self._log.warning("ignored a message", topic=topic[:120], reason=str(error))

    def _heard(self, told: Told) -> None:
        """Pass on what another station tells, unless it is of another day.

        A clock that is not set cannot tell days apart; a credit stands on whatever day.
        """
        now = self._clock.now()
        if told.station == self._place.station:
            return
        if isinstance(told, NeighbourCredits) and now.clock == "synced" and told.is_old(now.at):
            told = NeighbourCredits(told.station, told.slot, "", ())
        self.to_core(told)

    def _confirmed(self, watermark: Watermark, ledger: LedgerReader) -> None:
        if watermark.log != self._health.ledger.log:
            self._confirmed_salvaged(watermark)
            return
        if watermark.lost and watermark.through < self._outbox.acked:
            self._send_again(watermark, ledger)
            return
        if watermark.through <= self._outbox.acked:
            return
        ours = self._hash_of(watermark.through, ledger)
        if ours is None or watermark.hash not in ("", ours):
            self._refuse(watermark)
            return
        self._health.alarm("hub_ahead", on=False)
        now_s = self._clock.mono_s()
        self._outbox = outbox.confirmed(self._outbox, watermark.through, now_s)
        sent = self._sent_hashes.items()
        self._sent_hashes = {seq: hash_ for seq, hash_ in sent if seq > watermark.through}
        self._health.report_link(acked=self._outbox.acked)
        for over in ("hub_absent", "broker_refuses"):
            self._health.alarm(over, on=False)
        self._health.alarm("hub_lost", on=self._outbox.acked < self._lost_until)
        self.to_core(watermark)

    def _refuse(self, watermark: Watermark) -> None:
        """The hub has events of this log that we do not: this card was copied, or put back."""
        self._health.alarm("hub_ahead", on=True)
        self._log.error("the hub has other events of this log", through=watermark.through)

    def _send_again(self, watermark: Watermark, ledger: LedgerReader) -> None:
        """The hub lost what it had confirmed: whatever is still here is unsent once more."""
        ours = self._hash_of(watermark.through, ledger)
        if ours is not None and watermark.hash not in ("", ours):
            self._refuse(watermark)
            return
        self._log.error(
            "the hub lost events; sending them again",
            confirmed=self._outbox.acked,
            has_only=watermark.through,
        )
        self._lost_until = max(self._lost_until, self._outbox.acked)
        self._sent_hashes.clear()
        self._outbox = outbox.lost(self._outbox, watermark.through, self._clock.mono_s())
        self._health.alarm("hub_lost", on=True)
        self._health.report_link(acked=self._outbox.acked)
        self.to_core(watermark)

    def _hash_of(self, seq: int, ledger: LedgerReader) -> str | None:
        """The hash of our own event ``seq``; None when there is none, or none any more."""
        if seq in self._sent_hashes:
            return self._sent_hashes[seq]
        found = ledger.events_after(seq - 1, 1, wire.BATCH_MAX_BYTES)
        return found[0].hash if found and found[0].seq == seq else None

    def _divide_salvaged(self) -> None:
        """What was salvaged goes out again, in messages no larger than the others."""
        events = [event for batch in self._salvaged for event in batch.events]
        self._salvaged = wire.salvaged_batches(
            self._place, events, self._outbox.batch_events, self._batch_max_bytes
        )
        self._salvaged_left = list(self._salvaged)

    def _confirmed_salvaged(self, watermark: Watermark) -> None:
        known = [batch for batch in self._salvaged if batch.log == watermark.log]
        done = [batch for batch in known if batch.events[-1].seq <= watermark.through]
        if done:
            self._salvaged = [batch for batch in self._salvaged if batch not in done]
            self.to_core(watermark)

    def _gather(self, chunk: ReferenceChunk) -> None:
        self._chunks[chunk.table, chunk.chunk] = chunk
        parts = [part for (table, _), part in self._chunks.items() if table == chunk.table]
        try:
            table = wire.join_reference([chunk, *parts])
        except wire.WireError as error:
            self._health.refuse_reference(chunk.table, on=True)
            self._log.error(
                "reference data refused; the old one stays",
                table=chunk.table,
                version=chunk.version,
                reason=str(error),
            )
            return
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
        silent_s = max(self._reporter.silent_s(now_s), self._news.silent_s(now_s))
        if self._outbox.stalled(now_s, self._stall_s) or silent_s > self._stall_s:
            self._log.warning("connected, but nothing is acknowledged; connecting anew")
            self._outbox = outbox.unlinked(self._outbox)
            self._reporter.link_changed()
            self._news.unlinked()
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
        while self._outbox.may_send(head, self._clock.mono_s()):
            self._health.pulse("publisher")
            sent = self._outbox.sent
            events = tuple(
                ledger.events_after(sent, self._outbox.batch_events, self._batch_max_bytes)
            )
            if not events:
                return
            last = events[-1]
            # Rows of an append-only ledger only go by pruning: the hub had them, and lost them.
            gone = sent + 1 if events[0].seq > sent + 1 else None
            if gone is not None:
                self._health.alarm("events_missing", on=True)
            batch = wire.EventBatch(
                self._place, last.log, events, replay=len(events) > 1, missing_from=gone
            )
            mid = self._connection.publish(wire.events_topic(self._place), batch.payload())
            if mid is None:
                return
            self._sent_hashes[last.seq] = last.hash
            self._outbox = outbox.departed(self._outbox, mid, last.seq, self._clock.mono_s())

    def _send_salvaged(self) -> None:
        """Events of a replaced ledger go first, once for each link until the hub has them."""
        now_s = self._clock.mono_s()
        if now_s < self._outbox.paused_until_s:
            return
        while self._salvaged_left and len(self._outbox.flights) < self._outbox.window:
            batch = self._salvaged_left[0]
            mid = self._connection.publish(wire.events_topic(self._place), batch.payload())
            if mid is None:
                return
            self._salvaged_left.pop(0)
            self._outbox = outbox.departed(self._outbox, mid, self._outbox.sent, now_s)
