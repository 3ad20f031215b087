"""What the hub tells a station of work that two stations were credited with.

The message is absolute: the newest ``NOTICES_MAX`` notices, none older than ``NOTICES_LAST``. Each
is of one event of the station's own, and says what became of it and who the other one is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, cast

from bartack.events import AT, ID, INTEGER_MAX, LOG, Json, canonical
from bartack.wire.parts import WireError, body_of

NoticeKind = Literal["disputed", "stands", "settled"]

NOTICES_MAX: Final = 100
NOTICES_LAST: Final = timedelta(days=40)

_KINDS: Final = ("disputed", "stands", "settled")


@dataclass(frozen=True, slots=True)
class Notice:
    """What became of the credit that event ``seq`` of ``log`` made.

    ``disputed``: another one was earlier and stands; ``stands``: another one is later and disputed;
    ``settled``: it was one of the two and there is no contradiction any more. ``station``,
    ``operator`` and ``at`` (wall time) are those of the other one.
    """

    log: str
    seq: int
    kind: NoticeKind
    station: str
    operator: str
    at: str
    bundle: str
    operation: str

    def document(self) -> dict[str, Json]:
        return {
            "log": self.log,
            "seq": self.seq,
            "kind": self.kind,
            "station": self.station,
            "operator": self.operator,
            "at": self.at,
            "bundle": self.bundle,
            "operation": self.operation,
        }


@dataclass(frozen=True, slots=True)
class Notices:
    """All notices that a station shall know, newest first."""

    notices: tuple[Notice, ...]

    def payload(self) -> bytes:
        return canonical({"v": 1, "notices": [notice.document() for notice in self.notices]})


def parse_notices(payload: bytes) -> Notices:
    """The notices of a station; an empty payload is none. Raises ``WireError``."""
    if not payload:
        return Notices(())
    rows = body_of(payload).get("notices")
    if not isinstance(rows, list) or len(rows) > NOTICES_MAX:
        raise WireError(f"notices: a list of at most {NOTICES_MAX}")
    return Notices(tuple(map(_notice, rows)))


def _notice(row: Json) -> Notice:
    if not isinstance(row, dict):
        raise WireError("notices: objects")
    named = [row.get(name) for name in ("station", "operator", "bundle", "operation")]
    ids = [item for item in named if isinstance(item, str) and ID.fullmatch(item)]
    if len(ids) != len(named):
        raise WireError("notices: station, operator, bundle and operation are ids")
    log, seq, kind, at = (row.get(name) for name in ("log", "seq", "kind", "at"))
    if not isinstance(log, str) or not LOG.fullmatch(log):
        raise WireError("notices: log: 32 hex digits")
    if type(seq) is not int or not 1 <= seq <= INTEGER_MAX:
        raise WireError("notices: seq: an integer from 1")
    if kind not in _KINDS:
        raise WireError(f"notices: kind: one of {', '.join(_KINDS)}")
    if not isinstance(at, str) or not AT.fullmatch(at):
        raise WireError("notices: at: RFC 3339, UTC, milliseconds")
    station, operator, bundle, operation = ids
    return Notice(log, seq, cast(NoticeKind, kind), station, operator, at, bundle, operation)
