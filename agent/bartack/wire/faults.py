"""What stations of a line tell each other of faulty pieces: found here, and repaired here.

One retained topic for each station, the whole list each time. The station that found a fault is
the only one that says whether it is repaired; others report to it. What a list says is a
neighbour's word and hostile until parsed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bartack.events import LOG, Json, Place, canonical
from bartack.wire.parts import (
    WireError,
    body_of,
    cells_of,
    count_cell,
    id_cell,
    log_of,
    time_cell,
)
from bartack.wire.topics import sender_of

FAULTS_MAX: Final = 200
"""Rows of each kind in one list; the newest are told."""

FAULTS_MAX_BYTES: Final = 64 * 1024

_FAULT_FIELDS: Final = 9
_REPAIR_FIELDS: Final = 5
_HEAD_BYTES: Final = 128
"""Room for everything in a list that is not a row."""


@dataclass(frozen=True, slots=True)
class NeighbourFault:
    """Faulty ``pieces`` of a bundle at an operation, found by event ``seq`` of ``log``.

    ``owner``: who caused them, empty when nobody on the line; ``charged_at``: the station that is
    to take their pay off the owner, empty when none is; ``repaired_by``: empty while they wait.
    """

    station: str
    log: str
    seq: int
    bundle: str
    operation: str
    fault: str
    pieces: int
    finder: str
    owner: str
    charged_at: str
    repaired_by: str

    def row(self) -> list[Json]:
        return [
            *(self.seq, self.bundle, self.operation, self.fault, self.pieces),
            *(self.finder, self.owner, self.charged_at, self.repaired_by),
        ]


@dataclass(frozen=True, slots=True)
class NeighbourRepair:
    """Event ``seq`` of ``station`` says that ``operator`` repaired fault ``fault_seq`` of
    ``fault_log``."""

    station: str
    log: str
    seq: int
    fault_log: str
    fault_seq: int
    operator: str
    at: str

    def row(self) -> list[Json]:
        return [self.seq, self.fault_log, self.fault_seq, self.operator, self.at]


@dataclass(frozen=True, slots=True)
class NeighbourFaults:
    """All faults of a station that wait or were repaired of late, and all repairs that it reports
    to others; newest first."""

    station: str
    log: str = ""
    found: tuple[NeighbourFault, ...] = ()
    repairs: tuple[NeighbourRepair, ...] = ()

    def payload(self, max_bytes: int = FAULTS_MAX_BYTES) -> bytes:
        """The list as it goes out, in at most ``max_bytes``; repairs stand before faults."""
        left_bytes = max_bytes - _HEAD_BYTES
        repairs, left_bytes = _fitting(self.repairs, left_bytes)
        found, _ = _fitting(self.found, left_bytes)
        return canonical({"v": 1, "log": self.log, "found": found, "repairs": repairs})


def _fitting(
    rows: tuple[NeighbourFault, ...] | tuple[NeighbourRepair, ...], left_bytes: int
) -> tuple[list[Json], int]:
    taken: list[Json] = []
    for it in rows[:FAULTS_MAX]:
        row = it.row()
        left_bytes -= len(canonical(row)) + 1
        if left_bytes < 0:
            break
        taken.append(row)
    return taken, left_bytes


def parse_faults(place: Place, topic: str, payload: bytes) -> NeighbourFaults:
    """A list of some station on the line of ``place``. Raises ``WireError``."""
    station = sender_of(place, topic, "rework")
    if not payload:
        return NeighbourFaults(station)
    body = body_of(payload)
    log = log_of(body)
    found = tuple(_fault(station, log, row) for row in _rows(body, "found"))
    if len({fault.seq for fault in found}) != len(found):
        raise WireError("found: a fault stands twice")
    return NeighbourFaults(
        station,
        log,
        found,
        tuple(_repair(station, log, row) for row in _rows(body, "repairs")),
    )


def _rows(body: dict[str, Json], name: str) -> list[Json]:
    rows = body.get(name)
    if not isinstance(rows, list) or len(rows) > FAULTS_MAX:
        raise WireError(f"{name}: a list of at most {FAULTS_MAX}")
    return rows


def _fault(station: str, log: str, row: Json) -> NeighbourFault:
    cells = cells_of(row, _FAULT_FIELDS, "found")
    seq, bundle, operation, fault, pieces, finder, *people = cells
    owner, charged_at, repaired_by = ("" if it == "" else id_cell(it, "found") for it in people)
    return NeighbourFault(
        station,
        log,
        count_cell(seq, "found"),
        id_cell(bundle, "found"),
        id_cell(operation, "found"),
        id_cell(fault, "found"),
        count_cell(pieces, "found"),
        id_cell(finder, "found"),
        owner,
        charged_at,
        repaired_by,
    )


def _repair(station: str, log: str, row: Json) -> NeighbourRepair:
    seq, fault_log, fault_seq, operator, at = cells_of(row, _REPAIR_FIELDS, "repairs")
    if not isinstance(fault_log, str) or not LOG.fullmatch(fault_log):
        raise WireError("repairs: a log is 32 hex digits")
    return NeighbourRepair(
        station,
        log,
        count_cell(seq, "repairs"),
        fault_log,
        count_cell(fault_seq, "repairs"),
        id_cell(operator, "repairs"),
        time_cell(at, "repairs"),
    )
