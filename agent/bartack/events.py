"""Ledger events: their types, canonical bytes and hash chain (contract: docs/events.md).

An event is one immutable entry of a station's ledger. Its identity is ``(log, seq)``. Its
canonical form is UTF-8 JSON with sorted keys, no white space and no floats; its hash is SHA-256
over that form without ``hash``, and ``prev`` carries the hash of the event before it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType, NoneType
from typing import Final, Literal

import orjson

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]
ClockFlag = Literal["synced", "unsynced"]

VERSION: Final = 1
NO_HASH: Final = "0" * 64
"""``prev`` of the first event of a log."""

EVENT_MAX_BYTES: Final = 8192
INTEGER_MAX: Final = 2**53 - 1
"""The largest integer every JSON reader keeps exact."""

ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
LOG = re.compile(r"[0-9a-f]{32}")
_HASH = re.compile(r"[0-9a-f]{64}")
_BOOT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_TYPE = re.compile(r"[a-z]{1,24}\.[a-z_]{1,24}")
AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_DEPTH_MAX: Final = 6


class EventError(ValueError):
    """The bytes are not an event; the text says which part and why."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One point in time as a station knows it.

    ``at`` is wall time (RFC 3339, UTC, milliseconds) and only a label; ``clock`` says whether it
    was synchronised. Order and timers use ``mono_ms``, milliseconds since the boot named ``boot``.
    """

    at: str
    clock: ClockFlag
    boot: str
    mono_ms: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a station stands: site, line and station ids."""

    site: str
    line: str
    station: str


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a log: the sequence number and hash of its last event (0 and zeros if none)."""

    log: str
    seq: int = 0
    hash: str = NO_HASH


@dataclass(frozen=True, slots=True)
class Event:
    """One ledger entry. ``fields`` holds what belongs to its type."""

    log: str
    seq: int
    prev: str
    hash: str
    type: str
    at: str
    clock: ClockFlag
    boot: str
    mono_ms: int
    site: str
    line: str
    station: str
    source: str
    fields: Mapping[str, Json]
    body: bytes = field(repr=False, compare=False)
    """The canonical bytes, ``hash`` included: what was hashed, stored and sent."""

    @property
    def head(self) -> Head:
        return Head(self.log, self.seq, self.hash)

    @property
    def place(self) -> Place:
        return Place(self.site, self.line, self.station)

    def text(self, name: str) -> str:
        """The field ``name`` as text; empty when it is absent or something else."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """The field ``name`` as an integer; 0 when it is absent or something else."""
        value = self.fields.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0


def canonical(document: Json) -> bytes:
    """Canonical bytes of a JSON value: sorted keys, no white space, UTF-8.

    Raises ``EventError`` for half surrogates, integers beyond 53 bits and what is not JSON.
    """
    try:
        return orjson.dumps(document, option=_CANONICAL)
    except orjson.JSONEncodeError as error:
        raise EventError(f"cannot be written as JSON: {error}") from error


def seal(
    head: Head, place: Place, now: Moment, type_: str, source: str, fields: Mapping[str, Json]
) -> Event:
    """The event that follows ``head``: numbered, linked to it and hashed.

    Raises ``EventError`` when a field would hide part of the envelope or cannot be written.
    """
    clash = _ENVELOPE & fields.keys()
    if clash:
        raise EventError(f"field {min(clash)} belongs to the envelope")
    unhashed: dict[str, Json] = {
        "v": VERSION,
        "log": head.log,
        "seq": head.seq + 1,
        "prev": head.hash,
        "type": type_,
        "at": now.at,
        "clock": now.clock,
        "boot": now.boot,
        "mono_ms": now.mono_ms,
        "site": place.site,
        "line": place.line,
        "station": place.station,
        "source": source,
        **fields,
    }
    _check_values(unhashed, depth=0)
    hash_ = hashlib.sha256(canonical(unhashed)).hexdigest()
    body = canonical({**unhashed, "hash": hash_})
    if len(body) > EVENT_MAX_BYTES:
        raise EventError(f"larger than {EVENT_MAX_BYTES} bytes")
    return Event(
        log=head.log,
        seq=head.seq + 1,
        prev=head.hash,
        hash=hash_,
        type=type_,
        at=now.at,
        clock=now.clock,
        boot=now.boot,
        mono_ms=now.mono_ms,
        site=place.site,
        line=place.line,
        station=place.station,
        source=source,
        fields=MappingProxyType(dict(fields)),
        body=body,
    )


def parse_event(data: bytes | str) -> Event:
    """Read one event from its JSON. Raises ``EventError``; the hash is checked."""
    return event_from(strict_json(data))


def event_from(document: Json) -> Event:
    """An event from a JSON object of ``strict_json``, every field checked. ``EventError``."""
    if not isinstance(document, dict):
        raise EventError("an event is a JSON object")
    if document.get("v") != VERSION:
        raise EventError(f"v: only version {VERSION} is known")
    for name, matches in _TEXTS.items():
        value = document.get(name)
        if not isinstance(value, str) or matches(value) is None:
            raise EventError(f"{name}: missing or malformed")
    event = Event(
        seq=_integer(document, "seq", least=1),
        mono_ms=_integer(document, "mono_ms", least=0),
        fields=MappingProxyType({k: v for k, v in document.items() if k not in _ENVELOPE}),
        body=canonical(document),
        **{name: document[name] for name in _TEXTS},  # type: ignore[arg-type]  # checked above
    )
    if len(event.body) > EVENT_MAX_BYTES:
        raise EventError(f"larger than {EVENT_MAX_BYTES} bytes")
    # No event can hold its own hash elsewhere, so the first such member is the envelope's.
    unhashed = event.body.replace(b'"hash":"%s",' % event.hash.encode("ascii"), b"", 1)
    if hashlib.sha256(unhashed).hexdigest() != event.hash:
        raise EventError(f"seq {event.seq}: the hash does not fit the contents")
    return event


def first_break(events: Iterable[Event], start: Head) -> str | None:
    """Where the chain breaks: the first event that does not follow the one before it, in words.

    ``start`` is the head before the first event. Returns None when every link holds. The hashes
    themselves were checked when the events were read.
    """
    head = start
    for event in events:
        if event.log != head.log:
            return f"seq {event.seq}: belongs to log {event.log}, not {head.log}"
        if event.seq != head.seq + 1:
            return f"seq {event.seq}: follows seq {head.seq}; events are missing or out of order"
        if event.prev != head.hash:
            return f"seq {event.seq}: does not carry the hash of seq {head.seq}"
        head = event.head
    return None


def strict_json(data: bytes | str) -> Json:
    """JSON as this contract has it, whoever sent it. Raises ``EventError``.

    UTF-8 without half surrogates, no floats, integers of 53 bits, no repeated keys, flat enough.
    """
    try:
        value: Json = orjson.loads(data)
        if canonical(value) != (data.encode("utf-8") if isinstance(data, str) else data):
            json.loads(data, object_pairs_hook=_object)  # orjson keeps the last of repeated keys
    except EventError:
        raise
    except (ValueError, RecursionError) as error:
        raise EventError(f"not JSON: {error}") from error
    _check_values(value, depth=0)
    return value


_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER

_ENVELOPE: Final = frozenset(
    {"v", "log", "seq", "prev", "hash", "type", "at", "clock", "boot", "mono_ms"}
    | {"site", "line", "station", "source"}
)

_TEXTS: Final = MappingProxyType(
    {
        "log": LOG.fullmatch,
        "prev": _HASH.fullmatch,
        "hash": _HASH.fullmatch,
        "type": _TYPE.fullmatch,
        "at": AT.fullmatch,
        "clock": re.compile("synced|unsynced").fullmatch,
        "boot": _BOOT.fullmatch,
        "site": ID.fullmatch,
        "line": ID.fullmatch,
        "station": ID.fullmatch,
        "source": ID.fullmatch,
    }
)
"""What each text of the envelope must look like."""

_SCALARS: Final = frozenset({str, int, bool, NoneType})


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise EventError("a key stands twice in one object")
    return document


def _check_values(value: object, depth: int) -> None:
    """Refuse floats and deep nesting; text and integers are checked where they are written."""
    if depth > _DEPTH_MAX:
        raise EventError(f"nested deeper than {_DEPTH_MAX}")
    match value:
        case dict():
            items = list(value.values())
        case list():
            items = value
        case float():
            raise EventError(f"{value}: only integers are allowed, decimals are written as strings")
        case None | str() | int():
            return
        case _:
            raise EventError(f"{type(value).__name__} is not a value of an event")
    for item in items:
        if type(item) not in _SCALARS:
            _check_values(item, depth + 1)


def _integer(document: Mapping[str, Json], key: str, least: int) -> int:
    value = document.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise EventError(f"{key}: missing or below {least}")
    return value
