"""Topics: who speaks and listens where."""

from __future__ import annotations

from typing import Final

from bartack.events import ID, Place
from bartack.wire.parts import WireError

PREFIX: Final = "bartack/v1"

RESERVED_STATIONS: Final = frozenset({"ref", "summary"})
"""Ids that no station may have: the topics of its line use them."""


def events_topic(place: Place) -> str:
    return f"{_station(place)}/events"


def status_topic(place: Place) -> str:
    return f"{_station(place)}/status"


def state_topic(place: Place) -> str:
    return f"{_station(place)}/state"


def ack_topic(place: Place) -> str:
    return f"{_station(place)}/ack"


def claim_topic(place: Place) -> str:
    """Where a station tells its neighbours which bundle tags it sees."""
    return f"{_station(place)}/claim"


def claims_filter(place: Place) -> str:
    return f"{PREFIX}/{place.site}/{place.line}/+/claim"


def credits_topic(place: Place, slot: str) -> str:
    """Where a station tells its neighbours what it credited in one hour of the day."""
    return f"{_station(place)}/credits/{slot}"


def credits_filter(place: Place) -> str:
    return f"{PREFIX}/{place.site}/{place.line}/+/credits/#"


def session_topic(place: Place) -> str:
    """Where a station tells its neighbours who is signed in."""
    return f"{_station(place)}/session"


def sessions_filter(place: Place) -> str:
    return f"{PREFIX}/{place.site}/{place.line}/+/session"


def rework_topic(place: Place) -> str:
    """Where a station tells its neighbours of faulty pieces that it found or repaired."""
    return f"{_station(place)}/rework"


def rework_filter(place: Place) -> str:
    return f"{PREFIX}/{place.site}/{place.line}/+/rework"


def notices_topic(place: Place) -> str:
    """Where the hub tells a station which of its credits contradict others."""
    return f"{_station(place)}/notices"


def reference_topic(site: str, line: str, table: str, chunk: int = 0) -> str:
    """Topic of one chunk of a reference table: ``…/ref/bundles``, then ``…/ref/bundles/1``."""
    tail = f"/{chunk}" if chunk else ""
    return f"{PREFIX}/{site}/{line}/ref/{table}{tail}"


def reference_filter(site: str, line: str) -> str:
    return f"{PREFIX}/{site}/{line}/ref/#"


def station_filter(site: str, leaf: str) -> str:
    """Filter for one kind of message (``events``, ``status``, ``state``) of a whole site."""
    return f"{PREFIX}/{site}/+/+/{leaf}"


def parse_station_topic(topic: str) -> tuple[Place, str]:
    """The station a topic belongs to and its last part. Raises ``WireError``."""
    parts = topic.split("/")
    if len(parts) != 6 or parts[:2] != PREFIX.split("/") or parts[4] in RESERVED_STATIONS:
        raise WireError(f"{topic[:80]!r} is not a station's topic")
    if not all(ID.fullmatch(part) for part in parts[2:5]):
        raise WireError(f"{topic[:80]!r} names no valid site, line or station")
    return Place(parts[2], parts[3], parts[4]), parts[5]


def sender_of(place: Place, topic: str, leaf: str) -> str:
    """The station on the line of ``place`` whose topic this is. Raises ``WireError``."""
    sender, found = parse_station_topic(topic)
    if found != leaf or (sender.site, sender.line) != (place.site, place.line):
        raise WireError(f"{topic[:80]!r} is no {leaf} topic of this line")
    return sender.station


def _station(place: Place) -> str:
    return f"{PREFIX}/{place.site}/{place.line}/{place.station}"
