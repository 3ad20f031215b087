"""What stations of a line tell each other of their work: credits that stand, and who is signed in.

Credits are told by the hour in which they were made (UTC), one retained topic for each hour of the
day: a message is the whole list of its hour, so the last one is right whatever was missed, and the
next day's overwrites it. What a list says is a neighbour's word and hostile until parsed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bartack.events import AT, ID, Json, Place, canonical
from bartack.wire.parts import WireError, body_of, cells_of, count_cell, id_cell
from bartack.wire.topics import sender_of

CREDITS_MAX_BYTES: Final = 64 * 1024
"""A list is at most this long; the newest credits go in, and ``truncated`` says so."""

CREDITS_MAX: Final = 1000
"""Credits in one list, for whoever reads it as well."""

CREDITS_LAST: Final = timedelta(hours=24)
"""A list that is older says nothing of today."""

_SLOT: Final = re.compile(r"[01]\d|2[0-3]")
_HOUR: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\dZ")
_ROW_FIELDS: Final = 7
_HEAD_BYTES: Final = 128
"""Room for everything in a list that is not a credit."""


@dataclass(frozen=True, slots=True)
class NeighbourCredit:
    """Pieces ``first`` to ``first + pieces - 1`` of a bundle, counting from 1, at one operation.

    ``seq`` is the event of the station's own log that credits them; ``at`` its wall time.
    """

    station: str
    bundle: str
    operation: str
    operator: str
    first: int
    pieces: int
    at: str
    seq: int

    @property
    def hour(self) -> str:
        """The hour in which the credit was made, such as ``2026-11-28T08Z``."""
        return hour_of(self.at)

    def row(self) -> list[Json]:
        return [
            *(self.bundle, self.operation, self.operator),
            *(self.first, self.pieces, self.at, self.seq),
        ]


@dataclass(frozen=True, slots=True)
class NeighbourCredits:
    """All standing credits that ``station`` made in ``hour``, newest first.

    ``slot`` is the hour of the day that the topic names, ``00`` to ``23``. An empty ``hour`` says
    that the station took the list back. ``truncated``: older ones did not fit in.
    """

    station: str
    slot: str
    hour: str
    credits: tuple[NeighbourCredit, ...]
    truncated: bool = False

    def payload(self, max_bytes: int = CREDITS_MAX_BYTES) -> bytes:
        """The list as it goes out, in at most ``max_bytes`` (of which it needs some hundred)."""
        rows: list[Json] = []
        size_bytes = _HEAD_BYTES
        for credit in self.credits[:CREDITS_MAX]:
            row = credit.row()
            size_bytes += len(canonical(row)) + 1
            if size_bytes > max_bytes:
                break
            rows.append(row)
        body: dict[str, Json] = {"v": 1, "hour": self.hour, "credits": rows}
        if self.truncated or len(rows) < len(self.credits):
            body["truncated"] = True
        return canonical(body)

    def is_old(self, now_at: str) -> bool:
        """Whether the list is older than ``CREDITS_LAST``. An empty one never is."""
        if not self.hour:
            return False
        return datetime.fromisoformat(now_at) - _start(self.hour) > CREDITS_LAST


@dataclass(frozen=True, slots=True)
class NeighbourSession:
    """Who is signed in at ``station``; ``operator`` is None when nobody is."""

    station: str
    operator: str | None
    opened_at: str = ""

    def payload(self) -> bytes:
        return canonical({"v": 1, "operator": self.operator, "opened_at": self.opened_at or None})


def hour_of(at: str) -> str:
    """The hour of a wall-time label as lists name it."""
    return at[:13] + "Z"


def newest_first(station: str, hour: str, credits: Iterable[NeighbourCredit]) -> NeighbourCredits:
    """The list of one hour of a station."""
    ordered = sorted(credits, key=lambda credit: (credit.seq, credit.first), reverse=True)
    return NeighbourCredits(station, hour[11:13], hour, tuple(ordered))


def parse_credits(place: Place, topic: str, payload: bytes) -> NeighbourCredits:
    """A list of some station on the line of ``place``. Raises ``WireError``."""
    above, _, slot = topic.rpartition("/")
    station = sender_of(place, above, "credits")
    if not _SLOT.fullmatch(slot):
        raise WireError(f"{topic[:80]!r} names no hour of the day")
    if not payload:
        return NeighbourCredits(station, slot, "", ())
    body = body_of(payload)
    hour, rows = body.get("hour"), body.get("credits")
    if not isinstance(hour, str) or not _HOUR.fullmatch(hour) or hour[11:13] != slot:
        raise WireError("hour: as 2026-11-28T08Z, of the topic's hour")
    try:
        _start(hour)
    except ValueError as error:
        raise WireError(f"hour: {hour} does not exist") from error
    if not isinstance(rows, list) or len(rows) > CREDITS_MAX:
        raise WireError(f"credits: a list of at most {CREDITS_MAX}")
    credits = tuple(_credit(station, hour, row) for row in rows)
    return NeighbourCredits(station, slot, hour, credits, body.get("truncated") is True)


def parse_session(place: Place, topic: str, payload: bytes) -> NeighbourSession:
    """Who is signed in at a station on the line of ``place``. Raises ``WireError``."""
    station = sender_of(place, topic, "session")
    if not payload:
        return NeighbourSession(station, None)
    body = body_of(payload)
    operator, opened_at = body.get("operator"), body.get("opened_at")
    if operator is None:
        return NeighbourSession(station, None)
    if not isinstance(operator, str) or not ID.fullmatch(operator):
        raise WireError("operator: an id or null")
    if not isinstance(opened_at, str) or not AT.fullmatch(opened_at):
        raise WireError("opened_at: RFC 3339, UTC, milliseconds")
    return NeighbourSession(station, operator, opened_at)


def _credit(station: str, hour: str, row: Json) -> NeighbourCredit:
    cells = cells_of(row, _ROW_FIELDS, "credits")
    bundle, operation, operator, first, pieces, at, seq = cells
    if not isinstance(at, str) or not AT.fullmatch(at) or hour_of(at) != hour:
        raise WireError(f"credits: at: a time within {hour}")
    return NeighbourCredit(
        station,
        bundle=id_cell(bundle, "credits"),
        operation=id_cell(operation, "credits"),
        operator=id_cell(operator, "credits"),
        first=count_cell(first, "credits"),
        pieces=count_cell(pieces, "credits"),
        at=at,
        seq=count_cell(seq, "credits"),
    )


def _start(hour: str) -> datetime:
    return datetime.fromisoformat(f"{hour[:-1]}:00:00Z")
