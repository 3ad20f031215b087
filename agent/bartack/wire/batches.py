"""Events on their way to the hub, and the watermark on its way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bartack.events import Event, EventError, Json, Place, canonical, event_from
from bartack.wire.parts import HASH, WireError, body_of, count_of, log_of

BATCH_MAX_EVENTS: Final = 100
BATCH_MAX_BYTES: Final = 64 * 1024
PACKET_RESERVE_BYTES: Final = 1024
"""What a packet holds beside the events: topic, properties, the batch's own fields."""


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Consecutive events of one log: one when live, several when catching up (``replay``).

    ``place`` is where the station that sends them stands now; each event says where it was made.
    ``salvaged`` ones come from a damaged ledger: what lies between them no longer exists.
    ``missing_from`` tells that the events from there up to the first of these, which the hub once
    confirmed, are no longer in the ledger; None when nothing is missing.
    """

    place: Place
    log: str
    events: tuple[Event, ...]
    replay: bool = False
    salvaged: bool = False
    missing_from: int | None = None

    def payload(self) -> bytes:
        events = b",".join(event.body for event in self.events)
        flags = b',"replay":true' * self.replay + b',"salvaged":true' * self.salvaged
        if self.missing_from is not None:
            flags = b',"missing_from":%d' % self.missing_from + flags
        return b'{"events":[%s],"log":"%s"%s,"v":1}' % (events, self.log.encode("ascii"), flags)


def batch_max_bytes(packet_max_bytes: int | None) -> int:
    """How large a batch may be for a broker that takes packets of that size."""
    if packet_max_bytes is None:
        return BATCH_MAX_BYTES
    return max(1, min(BATCH_MAX_BYTES, packet_max_bytes - PACKET_RESERVE_BYTES))


def salvaged_batches(
    place: Place,
    events: Iterable[Event],
    max_events: int = BATCH_MAX_EVENTS,
    max_bytes: int = BATCH_MAX_BYTES,
) -> list[EventBatch]:
    """Salvaged events, by log and seq, as batches of consecutive ones, sent from ``place``."""
    batches: list[list[Event]] = []
    size_bytes = 0
    for event in events:
        last = batches[-1][-1] if batches else None
        follows = last is not None and (last.log, last.seq + 1) == (event.log, event.seq)
        size_bytes += len(event.body)
        if not follows or len(batches[-1]) >= max_events or size_bytes > max_bytes:
            batches.append([])
            size_bytes = len(event.body)
        batches[-1].append(event)
    return [EventBatch(place, batch[0].log, tuple(batch), True, True) for batch in batches]


def parse_events(place: Place, payload: bytes) -> EventBatch:
    """Events as the station at ``place`` sent them: its own, of one log, consecutive.

    Their lines may be others: a station that was moved still has work of its old line to send.
    Raises ``WireError``.
    """
    body = body_of(payload)
    documents = body.get("events")
    if not isinstance(documents, list) or not 1 <= len(documents) <= BATCH_MAX_EVENTS:
        raise WireError(f"events: 1 to {BATCH_MAX_EVENTS} of them")
    try:
        events = tuple(event_from(document) for document in documents)
    except EventError as error:
        raise WireError(f"events: {error}") from error
    log = log_of(body)
    for index, event in enumerate(events):
        if (event.log, event.site, event.station) != (log, place.site, place.station):
            raise WireError(f"seq {event.seq}: belongs to another log or station")
        if event.seq != events[0].seq + index:
            raise WireError(f"seq {event.seq}: not consecutive")
    missing_from = count_of(body, "missing_from") if "missing_from" in body else None
    if missing_from is not None and not 1 <= missing_from < events[0].seq:
        raise WireError("missing_from: below the first event")
    replay, salvaged = body.get("replay") is True, body.get("salvaged") is True
    return EventBatch(place, log, events, replay, salvaged, missing_from)


@dataclass(frozen=True, slots=True)
class Watermark:
    """All events of ``log`` up to ``through`` are committed at the hub, none is missing.

    ``hash`` is that of event ``through``: two cards copied from each other share a log id, and only
    the one whose events are meant may forget them. Empty when the hub does not tell.
    ``lost``: the hub once confirmed more, and wants what follows once again.
    """

    log: str
    through: int
    hash: str = ""
    lost: bool = False

    def payload(self) -> bytes:
        body: dict[str, Json] = {"log": self.log, "through": self.through}
        if self.hash:
            body["hash"] = self.hash
        if self.lost:
            body["lost"] = True
        return canonical(body)


def parse_watermark(payload: bytes) -> Watermark:
    body = body_of(payload, versioned=False)
    hash_ = body.get("hash", "")
    if not isinstance(hash_, str) or (hash_ and not HASH.fullmatch(hash_)):
        raise WireError("hash: 64 hex digits")
    return Watermark(log_of(body), count_of(body, "through"), hash_, body.get("lost") is True)
