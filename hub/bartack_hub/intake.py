"""What arrived over MQTT, sorted into what the store takes. Pure.

Every message is hostile until it is read here. What cannot be read is kept for a person and
acknowledged, so that one bad message never blocks the good ones behind it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bartack.mqtt import Message
from bartack.wire import (
    PAYLOAD_MAX_BYTES,
    EventBatch,
    WireError,
    parse_events,
    parse_station_topic,
    parse_status,
)
from bartack_hub.store import Report, Unreadable


@dataclass(frozen=True, slots=True)
class Intake:
    """Messages as the store takes them, in the order they came."""

    batches: tuple[EventBatch, ...] = ()
    reports: tuple[Report, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


def sort_messages(site: str, messages: Iterable[Message], received_at: datetime) -> Intake:
    """Read every message. One that is not what its topic says is ``unreadable``."""
    batches: list[EventBatch] = []
    reports: list[Report] = []
    unreadable: list[Unreadable] = []
    for message in messages:
        match _read(site, message, received_at):
            case EventBatch() as batch:
                batches.append(batch)
            case Report() as report:
                reports.append(report)
            case Unreadable() as other:
                unreadable.append(other)
    return Intake(tuple(batches), tuple(reports), tuple(unreadable))


def _read(site: str, message: Message, received_at: datetime) -> EventBatch | Report | Unreadable:
    topic, payload = message.topic[:256], message.payload
    if len(payload) > PAYLOAD_MAX_BYTES:
        return Unreadable("too_large", f"{len(payload)} bytes", topic, payload)
    try:
        place, leaf = parse_station_topic(message.topic)
        if place.site != site:
            return Unreadable("other_site", f"site {place.site}", topic, payload)
        if leaf == "events":
            return parse_events(place, payload)
        if leaf == "status":
            document = parse_status(payload) if payload else {}
            return Report(place.line, place.station, document, received_at)
    except WireError as error:
        return Unreadable("unreadable", str(error)[:256], topic, payload)
    return Unreadable("unexpected_topic", f"nothing is expected at …/{leaf}", topic, payload)
