"""What of the ledger is on its way to the hub, as a value. Pure.

Three positions: ``acked`` is the hub's watermark, ``sent`` the last event handed to the broker,
and the ledger's head. Only the watermark lets events be forgotten: a broker's acknowledgement says
that the broker has them, and brokers lose them (measured: docs/decisions/0005-mqtt.md).

What the hub does not confirm is sent again from the watermark, but then as a probe of one batch,
half as large every time, until the watermark moves: a hub that is away for a day must not find the
backlog a hundred times, and a message that is too large for somebody becomes one that is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from immutables import Map

from bartack.wire import BATCH_MAX_EVENTS

CONFIRMED_IN_A_ROW: Final = 32
"""After so many confirmations a size that failed before is tried again."""

SPAN_MAX_EVENTS: Final = 5000
"""Events that may be with the broker beyond the watermark."""

CONFIRM_FIRST_S: Final = 10.0
CONFIRM_LONGEST_S: Final = 120.0
"""How long the watermark may stand still before events are sent again; for single events this
doubles, up to the second."""

REFUSED_PAUSE_S: Final = 30.0
"""Pause after the broker refused a message, for example for lack of rights."""

ABSENT_PAUSE_S: Final = 5.0
"""Pause after the broker said that nobody is subscribed."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """The publisher's position. Times are monotonic seconds."""

    acked: int
    sent: int
    window: int = 0
    """Messages that may be unacknowledged at the broker; 0 while there is no link."""
    flights: Map[int, float] = field(default_factory=Map)
    """Unacknowledged messages: message id to the time it was sent."""
    paused_until_s: float = 0.0
    waiting_since_s: float = 0.0
    """Since when the watermark has not moved though events are sent."""
    patience_s: float = CONFIRM_FIRST_S
    probing: bool = False
    batch_events: int = BATCH_MAX_EVENTS
    """Events of the next message. Fewer after one that was too large, went with its link or was
    never confirmed, so that one event that nobody takes holds up none before it."""
    batch_ceiling: int = BATCH_MAX_EVENTS
    """More than this failed though fewer had come through."""
    confirmed_batches: int = 0
    """Confirmations since the last failure."""

    def may_send(self, head: int, now_s: float) -> bool:
        """Whether the next message may go out now."""
        span = self.batch_events if self.probing else SPAN_MAX_EVENTS
        return (
            self.sent < head
            and len(self.flights) < self.window
            and now_s >= self.paused_until_s
            and self.sent - self.acked < span
        )

    def stalled(self, now_s: float, limit_s: float) -> bool:
        """Whether the link is up in name only: sent, and for ``limit_s`` no answer at all."""
        return bool(self.flights) and now_s - min(self.flights.values()) > limit_s


def linked(outbox: Outbox, window: int, now_s: float) -> Outbox:
    """The link is up: start again from the watermark, in order."""
    return replace(
        outbox,
        sent=outbox.acked,
        window=window,
        flights=Map(),
        paused_until_s=0.0,
        waiting_since_s=now_s,
    )


def unlinked(outbox: Outbox) -> Outbox:
    """The link went, and with it perhaps what was on its way."""
    smaller = _halved(outbox) if outbox.flights else outbox
    return replace(smaller, window=0, flights=Map())


def departed(outbox: Outbox, mid: int, last_seq: int, now_s: float) -> Outbox:
    """A message with events up to ``last_seq`` went out."""
    waiting_since_s = now_s if outbox.sent == outbox.acked else outbox.waiting_since_s
    return replace(
        outbox,
        sent=last_seq,
        flights=outbox.flights.set(mid, now_s),
        waiting_since_s=waiting_since_s,
    )


def taken(outbox: Outbox, mid: int) -> Outbox:
    """The broker has a message. That frees the window and proves nothing else."""
    return replace(outbox, flights=outbox.flights.delete(mid)) if mid in outbox.flights else outbox


def not_delivered(outbox: Outbox, mid: int, pause_s: float, now_s: float) -> Outbox:
    """The broker refused a message or has nobody to give it to: wait, then from the watermark."""
    if mid not in outbox.flights:
        return outbox
    return replace(
        outbox,
        sent=outbox.acked,
        flights=outbox.flights.delete(mid),
        paused_until_s=now_s + pause_s,
        probing=outbox.sent > outbox.acked,
    )


def too_large(outbox: Outbox, mid: int) -> Outbox:
    """The broker takes no message of this size: from the watermark again, in smaller ones."""
    if mid not in outbox.flights:
        return outbox
    return replace(_halved(outbox), sent=outbox.acked, flights=Map(), probing=True)


def lost(outbox: Outbox, through: int, now_s: float) -> Outbox:
    """The hub has events only up to ``through`` any more; what follows is unsent again."""
    return replace(
        outbox,
        acked=through,
        sent=through,
        waiting_since_s=now_s,
        patience_s=CONFIRM_FIRST_S,
        probing=False,
    )


def confirmed(outbox: Outbox, through: int, now_s: float) -> Outbox:
    """The hub's watermark came. Nothing moves it back."""
    if through <= outbox.acked:
        return outbox
    confirmed_batches = outbox.confirmed_batches + 1
    growth = 2 if confirmed_batches % CONFIRMED_IN_A_ROW == 0 else 1
    ceiling = min(outbox.batch_ceiling * growth, BATCH_MAX_EVENTS)
    return replace(
        outbox,
        acked=through,
        sent=max(outbox.sent, through),
        waiting_since_s=now_s,
        patience_s=CONFIRM_FIRST_S,
        probing=False,
        batch_events=min(outbox.batch_events * 2, ceiling),
        batch_ceiling=ceiling,
        confirmed_batches=confirmed_batches,
    )


def impatient(outbox: Outbox, now_s: float) -> Outbox:
    """Send again from the watermark if the hub has been silent for too long; else unchanged."""
    waiting = outbox.sent > outbox.acked and not outbox.flights
    if not waiting or now_s - outbox.waiting_since_s < outbox.patience_s:
        return outbox
    growth = 2 if outbox.batch_events == 1 else 1  # smaller already asks less of a hub
    return replace(
        _halved(outbox),
        sent=outbox.acked,
        waiting_since_s=now_s,
        patience_s=min(outbox.patience_s * growth, CONFIRM_LONGEST_S),
        probing=True,
    )


def _halved(outbox: Outbox) -> Outbox:
    half = max(1, outbox.batch_events // 2)
    ceiling = half if outbox.confirmed_batches else outbox.batch_ceiling
    return replace(outbox, batch_events=half, batch_ceiling=ceiling, confirmed_batches=0)
