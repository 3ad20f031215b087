"""MQTT topics and payloads as values (contract: docs/mqtt.md).

Everything here is pure: topics and payloads in and out, nothing is sent. What arrives over MQTT is
hostile until it went through a ``parse`` or ``from`` function; those raise ``WireError``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bartack.events import (
    ID,
    INTEGER_MAX,
    LOG,
    Event,
    EventError,
    Json,
    Place,
    canonical,
    event_from,
    strict_json,
)
from bartack.heads import SignedHead, signed_head_from

PREFIX: Final = "bartack/v1"
BATCH_MAX_EVENTS: Final = 100
BATCH_MAX_BYTES: Final = 64 * 1024
CHUNK_MAX_BYTES: Final = 64 * 1024
CHUNKS_MAX: Final = 1024
PAYLOAD_MAX_BYTES: Final = 128 * 1024
"""Anything larger is refused unread; the broker's packet limit is the same."""

TABLES: Final = ("operators", "operations", "bundles")
"""Reference tables that exist."""

RESERVED_STATIONS: Final = frozenset({"ref", "summary"})
"""Ids that no station may have: the topics of its line use them."""

_HASH = re.compile(r"[0-9a-f]{64}")


class WireError(ValueError):
    """A topic or payload that does not keep the contract; the text says where."""


# --- topics ---------------------------------------------------------------------------------


def events_topic(place: Place) -> str:
    return f"{_station(place)}/events"


def status_topic(place: Place) -> str:
    return f"{_station(place)}/status"


def state_topic(place: Place) -> str:
    return f"{_station(place)}/state"


def ack_topic(place: Place) -> str:
    return f"{_station(place)}/ack"


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


def _station(place: Place) -> str:
    return f"{PREFIX}/{place.site}/{place.line}/{place.station}"


# --- events ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Consecutive events of one log: one when live, several when catching up (``replay``)."""

    log: str
    events: tuple[Event, ...]
    replay: bool = False

    def payload(self) -> bytes:
        documents: list[Json] = [event.document() for event in self.events]
        body: dict[str, Json] = {"v": 1, "log": self.log, "events": documents}
        if self.replay:
            body["replay"] = True
        return canonical(body)


def batches_of(events: Iterable[Event]) -> list[EventBatch]:
    """Events by log and seq as batches to be sent again, each of consecutive ones."""
    batches: list[list[Event]] = []
    size_bytes = 0
    for event in events:
        last = batches[-1][-1] if batches else None
        follows = last is not None and (last.log, last.seq + 1) == (event.log, event.seq)
        size_bytes += len(event.canonical())
        if not follows or len(batches[-1]) == BATCH_MAX_EVENTS or size_bytes > BATCH_MAX_BYTES:
            batches.append([])
            size_bytes = len(event.canonical())
        batches[-1].append(event)
    return [EventBatch(batch[0].log, tuple(batch), replay=True) for batch in batches]


def parse_events(place: Place, payload: bytes) -> EventBatch:
    """Events as a station sent them: of its own place and log, consecutive. ``WireError``."""
    body = _body(payload)
    documents = body.get("events")
    if not isinstance(documents, list) or not 1 <= len(documents) <= BATCH_MAX_EVENTS:
        raise WireError(f"events: 1 to {BATCH_MAX_EVENTS} of them")
    try:
        events = tuple(event_from(document) for document in documents)
    except EventError as error:
        raise WireError(f"events: {error}") from error
    log = _log(body)
    for index, event in enumerate(events):
        if event.log != log or event.place != place:
            raise WireError(f"seq {event.seq}: belongs to another log or station")
        if event.seq != events[0].seq + index:
            raise WireError(f"seq {event.seq}: not consecutive")
    return EventBatch(log, events, body.get("replay") is True)


# --- watermark ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watermark:
    """All events of ``log`` up to ``through`` are committed at the hub, none is missing."""

    log: str
    through: int

    def payload(self) -> bytes:
        return canonical({"log": self.log, "through": self.through})


def parse_watermark(payload: bytes) -> Watermark:
    body = _body(payload, versioned=False)
    return Watermark(_log(body), _count(body, "through"))


# --- status ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReaderHealth:
    """One reader as its station sees it: ``state`` is ``up`` or ``down``, ``detail`` says why."""

    name: str
    driver: str
    state: str
    detail: str = ""
    reads: int = 0
    bad: int = 0
    discarded: int = 0

    def document(self) -> dict[str, Json]:
        return {
            "name": self.name,
            "driver": self.driver,
            "state": self.state,
            "detail": self.detail,
            "reads": self.reads,
            "bad": self.bad,
            "discarded": self.discarded,
        }


@dataclass(frozen=True, slots=True)
class Status:
    """How a station is. ``acked`` is the hub's watermark; ``head - acked`` events are unsent."""

    boot: str
    log: str
    head: int
    acked: int
    clock: str
    version: str
    at: str
    oldest_unsent_s: int = 0
    readers: tuple[ReaderHealth, ...] = ()
    alarms: tuple[str, ...] = ()
    signed: SignedHead | None = None
    free_mb: int = 0
    hours_left: int | None = None

    def document(self) -> dict[str, Json]:
        return {
            "v": 1,
            "online": True,
            "boot": self.boot,
            "log": self.log,
            "head": self.head,
            "acked": self.acked,
            "clock": self.clock,
            "version": self.version,
            "at": self.at,
            "oldest_unsent_s": self.oldest_unsent_s,
            "readers": [reader.document() for reader in self.readers],
            "alarms": list(self.alarms),
            "signed": self.signed.document() if self.signed else None,
            "disk": {"free_mb": self.free_mb, "hours_left": self.hours_left},
        }

    def payload(self) -> bytes:
        return canonical(self.document())


def offline_payload(boot: str, log: str) -> bytes:
    """What the broker says in a station's name when it is gone (MQTT Will)."""
    return canonical({"v": 1, "online": False, "boot": boot, "log": log})


def parse_status(payload: bytes) -> dict[str, Json]:
    """A status document, its known fields checked. Raises ``WireError``."""
    body = _body(payload)
    if not isinstance(body.get("online"), bool):
        raise WireError("online: true or false")
    if body["online"]:
        _log(body)
        _count(body, "head")
        _count(body, "acked")
        _count(body, "oldest_unsent_s")
        signed_head_of(body)
        readers = body.get("readers")
        if not isinstance(readers, list) or not all(isinstance(item, dict) for item in readers):
            raise WireError("readers: a list of objects")
    return body


def signed_head_of(status: Mapping[str, Json]) -> SignedHead | None:
    """The signed head in a status, None when it has none. Raises ``WireError``."""
    signed = status.get("signed")
    try:
        return signed_head_from(signed) if signed is not None else None
    except EventError as error:
        raise WireError(str(error)) from error


# --- reference data -------------------------------------------------------------------------

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class ReferenceTable:
    """One table of reference data. ``sha256`` is over the canonical bytes of ``rows``."""

    name: str
    version: int
    sha256: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class ReferenceChunk:
    """A part of a reference table small enough for one message."""

    table: str
    version: int
    sha256: str
    chunk: int
    chunks: int
    rows: tuple[Row, ...]

    def payload(self) -> bytes:
        rows: list[Json] = [dict(row) for row in self.rows]
        return canonical(
            {
                "v": 1,
                "table": self.table,
                "version": self.version,
                "sha256": self.sha256,
                "chunk": self.chunk,
                "chunks": self.chunks,
                "rows": rows,
            }
        )


def reference_hash(rows: Iterable[Row]) -> str:
    documents: list[Json] = [dict(row) for row in rows]
    return hashlib.sha256(canonical(documents)).hexdigest()


def split_reference(table: ReferenceTable) -> list[ReferenceChunk]:
    """The chunks of a table, each under ``CHUNK_MAX_BYTES``; one chunk when it is empty."""
    parts: list[list[Row]] = [[]]
    size_bytes = 0
    for row in table.rows:
        row_bytes = len(canonical(dict(row))) + 1
        if parts[-1] and size_bytes + row_bytes > CHUNK_MAX_BYTES - 512:
            parts.append([])
            size_bytes = 0
        parts[-1].append(row)
        size_bytes += row_bytes
    return [
        ReferenceChunk(table.name, table.version, table.sha256, index, len(parts), tuple(rows))
        for index, rows in enumerate(parts)
    ]


def parse_reference(payload: bytes) -> ReferenceChunk:
    body = _body(payload)
    table, version = body.get("table"), _count(body, "version")
    sha256 = body.get("sha256")
    chunk, chunks = _count(body, "chunk"), _count(body, "chunks")
    rows = body.get("rows")
    if table not in TABLES:
        raise WireError("table: not one of " + ", ".join(TABLES))
    if not isinstance(sha256, str) or not _HASH.fullmatch(sha256):
        raise WireError("sha256: 64 hex digits")
    if not 1 <= chunks <= CHUNKS_MAX or chunk >= chunks:
        raise WireError(f"chunk {chunk} of {chunks}")
    if not isinstance(rows, list):
        raise WireError("rows: a list")
    checked: list[Row] = []
    for row in rows:
        if not isinstance(row, dict):
            raise WireError("rows: objects of text")
        texts = {key: value for key, value in row.items() if isinstance(value, str)}
        if len(texts) != len(row):
            raise WireError("rows: objects of text")
        checked.append(texts)
    return ReferenceChunk(str(table), version, sha256, chunk, chunks, tuple(checked))


def join_reference(chunks: Sequence[ReferenceChunk]) -> ReferenceTable | None:
    """The table, once every chunk of one version is here; None before. ``WireError`` if forged."""
    first = chunks[0]
    same = {c.chunk: c for c in chunks if (c.version, c.sha256) == (first.version, first.sha256)}
    if len(same) < first.chunks:
        return None
    rows = tuple(row for index in range(first.chunks) for row in same[index].rows)
    if reference_hash(rows) != first.sha256:
        raise WireError(f"{first.table} version {first.version}: the hash does not fit the rows")
    return ReferenceTable(first.table, first.version, first.sha256, rows)


# --- parts ----------------------------------------------------------------------------------


def _body(payload: bytes, *, versioned: bool = True) -> dict[str, Json]:
    if len(payload) > PAYLOAD_MAX_BYTES:
        raise WireError(f"larger than {PAYLOAD_MAX_BYTES} bytes")
    try:
        body = strict_json(payload)
    except EventError as error:
        raise WireError(str(error)) from error
    if not isinstance(body, dict):
        raise WireError("a payload is a JSON object")
    if versioned and body.get("v") != 1:
        raise WireError("v: only version 1 is known")
    return body


def _log(body: dict[str, Json]) -> str:
    log = body.get("log")
    if not isinstance(log, str) or not LOG.fullmatch(log):
        raise WireError("log: 32 hex digits")
    return log


def _count(body: dict[str, Json], key: str) -> int:
    value = body.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= INTEGER_MAX:
        raise WireError(f"{key}: an integer from 0")
    return value
