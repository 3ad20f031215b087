"""What a station says of itself at the broker: status and today's state, both retained.

They go out when they change or are due, never more often than once a second. Used by the
publisher, in its thread.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from bartack import wire
from bartack.clock import Clock, seconds_between
from bartack.events import Event, Json, Place, canonical
from bartack.health import Health
from bartack.ledger import LedgerReader
from bartack.mqtt import Connection
from bartack.projection import today_document

STATUS_EVERY_S: Final = 5.0
"""A status goes out at least this often, so that a dashboard can tell fresh from stale."""

TELL_EVERY_S: Final = 1.0
"""Status and state go out at most this often."""

_PASSING: Final = ("at", "readers", "disk")
"""Parts of a status that change all the time and are not worth a message of their own."""


class Reporter:
    """Publishes status and state of one station."""

    def __init__(
        self, connection: Connection, place: Place, clock: Clock, health: Health, version: str
    ) -> None:
        self._connection = connection
        self._place = place
        self._clock = clock
        self._health = health
        self._version = version
        self._told_s = 0.0
        self._last_status: dict[str, Json] = {}
        self._last_head = -1
        self._oldest: Event | None = None
        self._unanswered: dict[int, float] = {}
        """Messages that the broker has not answered, and since when."""
        self._left: list[str] = []
        """Topics of lines where this station stood before, with what is still retained there."""
        self._leaving: set[int] = set()

    def stood_at(self, lines: Collection[str]) -> None:
        """Name the lines where this station stood of late."""
        for line in sorted(set(lines) - {self._place.line}):
            place = replace(self._place, line=line)
            self._left += [wire.status_topic(place), wire.state_topic(place)]

    def leave(self) -> None:
        """Take back what is retained at other lines; once, because a broker may refuse it."""
        while self._left:
            mid = self._connection.publish(self._left.pop(), b"", retain=True)
            if mid is not None:
                self._leaving.add(mid)

    def link_changed(self) -> None:
        """There is a new link, or none: nothing is on its way, and all is to be told anew."""
        self._unanswered.clear()
        self._leaving.clear()
        self._last_status, self._last_head = {}, -1

    def answered(self, mid: int) -> bool:
        """The broker answered a message; whether it was one whose refusal is no matter."""
        self._unanswered.pop(mid, None)
        if mid in self._leaving:
            self._leaving.remove(mid)
            return True
        return False

    def silent_s(self, now_s: float) -> float:
        """For how long the broker has owed an answer."""
        return now_s - min(self._unanswered.values(), default=now_s)

    def tell(self, ledger: LedgerReader, *, now: bool = False) -> None:
        """Publish status and state if they changed or are due."""
        now_s = self._clock.mono_s()
        if not now and now_s - self._told_s < TELL_EVERY_S:
            return
        self._health.report_link(oldest_unsent_s=self._oldest_unsent_s(ledger))
        if not self._health.link.connected:
            return
        status = self._status()
        lasting = {key: value for key, value in status.document().items() if key not in _PASSING}
        due = now or lasting != self._last_status or now_s - self._told_s >= STATUS_EVERY_S
        if due and self._publish(wire.status_topic(self._place), status.payload()):
            self._last_status, self._told_s = lasting, now_s
        known = self._health.ledger
        if known.head == self._last_head:
            return
        today = canonical(today_document(known.state, self._clock.now().at))
        if self._publish(wire.state_topic(self._place), today):
            self._last_head, self._told_s = known.head, now_s

    def say_goodbye(self) -> None:
        """Say offline, as the Will would."""
        offline = wire.offline_payload(self._clock.boot, self._health.ledger.log)
        self._publish(wire.status_topic(self._place), offline)

    def _publish(self, topic: str, payload: bytes) -> bool:
        mid = self._connection.publish(topic, payload, retain=True)
        if mid is not None:
            self._unanswered[mid] = self._clock.mono_s()
        return mid is not None

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
        acked = self._health.link.acked
        if acked >= self._health.ledger.head:
            self._oldest = None
            return 0
        if self._oldest is None or self._oldest.seq != acked + 1:
            found = ledger.events_after(acked, 1, wire.BATCH_MAX_BYTES)
            self._oldest = found[0] if found else None
        if self._oldest is None:
            return 0
        moment = self._clock.now()
        if self._oldest.boot == moment.boot:
            return max(0, (moment.mono_ms - self._oldest.mono_ms) // 1000)
        return seconds_between(self._oldest.at, moment.at)
