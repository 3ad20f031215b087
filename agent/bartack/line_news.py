"""What a station tells its line and keeps told: credits by the hour, faults, who is signed in.

Retained messages, each sent when it changed and at most once a second; all of them again after
every new link, because the broker may have lost them. What the broker still holds under this
station's name from a ledger that was here before is taken back. Used by the publisher, in its
thread.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

import structlog

from bartack import wire
from bartack.clock import Clock
from bartack.events import Place
from bartack.health import Health
from bartack.ledger import LedgerReader
from bartack.mqtt import Connection
from bartack.own_credits import OwnCredits, advanced, own_credits, session_of, slots_of
from bartack.own_faults import faults_of
from bartack.projection import State
from bartack.retained import Retained, Wanted

TOLD_EVERY_S: Final = 1.0
"""A message that changes all the time goes out at most this often."""

WINDOW: Final = 1
"""Messages that may be unanswered: the publisher leaves room for few beside the events."""

FOLLOWED_MAX: Final = 500
"""Events that are looked through for what changed; past it all credits are looked through."""

FOLLOWED_MAX_BYTES: Final = 4 * 1024**2

LARGE_BYTES: Final = 4096
"""A link that ends with a message of this size unanswered may have ended because of it."""

HOURS: Final = tuple(f"{hour:02d}" for hour in range(24))

_UNKNOWN: Final = b"?"
"""Stands for whatever a broker may still hold."""

REFUSED: Final = 0x80
"""MQTT reason codes from here on are refusals."""


class LineNews:
    """Tells the line of one station's work."""

    def __init__(self, connection: Connection, place: Place, clock: Clock, health: Health) -> None:
        self._connection = connection
        self._place = place
        self._clock = clock
        self._health = health
        self._retained = Retained()
        self._own: OwnCredits | None = None
        self._hour = ""
        self._told: dict[str, bytes] = {}
        """What the broker has or is given, by topic; an empty payload takes a message back."""
        self._left: set[str] = set()
        """Topics at other lines that are still to be taken back."""
        self._is_refused = False
        self._state: State | None = None
        self._is_due = False
        """Something has changed that had to wait."""
        self._looked_s: float | None = None
        """When it was last looked at what is to be told; None: not since the link is there."""
        self._sent_s: float | None = None
        """Since when the broker has owed an answer."""
        self._sent_bytes = 0
        self._max_bytes = wire.CREDITS_MAX_BYTES
        self._log = structlog.get_logger("line_news")

    def stood_at(self, lines: Collection[str]) -> None:
        """Name the lines where this station stood of late: it says nothing there any more."""
        for line in sorted(set(lines) - {self._place.line}):
            place = replace(self._place, line=line)
            self._left |= {wire.session_topic(place), wire.rework_topic(place)}
            self._left |= {wire.credits_topic(place, hour) for hour in HOURS}

    def linked(self, max_bytes: int) -> None:
        """There is a new link, which takes messages of that size: tell everything anew."""
        self._max_bytes = min(self._max_bytes, max_bytes)
        self._retained = Retained()
        self._retained.up(WINDOW)
        self._told = dict.fromkeys(self._left, _UNKNOWN)
        self._is_due = True
        self._looked_s = None
        self._sent_s = None

    def unlinked(self) -> None:
        """The link went. A list that may have ended it is cut to half: its newest credits stay."""
        if self._sent_s is not None and self._sent_bytes >= LARGE_BYTES:
            self._max_bytes = max(LARGE_BYTES // 2, self._sent_bytes // 2)
        self._retained.down()
        self._sent_s = None

    def is_own(self, topic: str) -> bool:
        """Whether ``topic`` holds, or could hold, a list of this station's own."""
        return topic.startswith(wire.credits_topic(self._place, ""))

    def found(self, topic: str, payload: bytes) -> None:
        """The broker holds something at a topic of ours. If it is not what we tell, it goes."""
        if topic not in self._told:
            self._told[topic] = payload
            self._is_due = True

    def answered(self, mid: int, reason: int) -> bool:
        """The broker answered a message; whether it was one of these."""
        wanted = self._retained.answered(mid)
        if wanted is None:
            return False
        self._sent_s = None
        if wanted.topic in self._left:
            self._left.remove(wanted.topic)
        elif reason >= REFUSED and not self._is_refused:
            self._is_refused = True
            what = "neighbours are not told; let the station write to this topic"
            self._log.warning(what, topic=wanted.topic, reason=hex(reason))
        return True

    def silent_s(self, now_s: float) -> float:
        """For how long the broker has owed an answer."""
        return 0.0 if self._sent_s is None else now_s - self._sent_s

    def tell(self, ledger: LedgerReader) -> None:
        """Hand over what changed, as far as the link allows."""
        if not self._health.link.connected:
            return
        now_at = self._clock.now().at
        state, hour = self._health.ledger.state, wire.hour_of(now_at)
        self._is_due = self._is_due or state is not self._state or hour != self._hour
        now_s = self._clock.mono_s()
        # In a burst lists are not made anew for each scan, only to wait for their second.
        waits = self._looked_s is not None and now_s - self._looked_s < TOLD_EVERY_S
        if self._is_due and not waits:
            self._is_due, self._looked_s = False, now_s
            self._own = self._follow(state, ledger, now_at)
            self._state, self._hour = state, hour
            self._compare(state, self._own, now_at)
        self._retained.send(self._publish)

    def _follow(self, state: State, ledger: LedgerReader, now_at: str) -> OwnCredits:
        """This station's credits as of ``state``, from the events since if those are few."""
        own = self._own
        count = state.head.seq - own.through if own is not None else -1
        if own is None or not 0 <= count <= FOLLOWED_MAX:
            return own_credits(state, now_at)
        found = ledger.events_after(own.through, count, FOLLOWED_MAX_BYTES) if count else []
        if len(found) != count:  # pruned already, or very large
            return own_credits(state, now_at)
        return advanced(own, state, found, now_at)

    def _compare(self, state: State, own: OwnCredits, now_at: str) -> None:
        lists = slots_of(own, self._place.station, now_at)
        news = {
            wire.session_topic(self._place): session_of(state).payload(),
            wire.rework_topic(self._place): faults_of(state).payload(self._max_bytes),
        }
        for slot, told in lists.items():
            news[wire.credits_topic(self._place, slot)] = told.payload(self._max_bytes)
        for topic, payload in self._told.items():
            if payload and topic not in news:
                news[topic] = b""
        for topic, payload in news.items():
            if self._told.get(topic) != payload:
                self._told[topic] = payload
                self._retained.want(Wanted(topic, payload))

    def _publish(self, wanted: Wanted) -> int | None:
        mid = self._connection.publish(wanted.topic, wanted.payload, retain=True)
        if mid is not None:
            self._sent_s, self._sent_bytes = self._clock.mono_s(), len(wanted.payload)
        return mid
