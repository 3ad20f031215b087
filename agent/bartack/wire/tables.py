"""Reference data on its way to the stations, in chunks small enough for one message."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bartack.events import Json, canonical
from bartack.wire.parts import HASH, WireError, body_of, count_of

CHUNK_MAX_BYTES: Final = 64 * 1024
CHUNKS_MAX: Final = 1024

IMPORTED: Final = (
    *("operators", "operations", "bundles"),
    *("rates", "skills", "reasons", "faults", "curves", "guarantees", "shifts"),
)
"""Reference tables that an office keeps."""

STRAYS: Final = "strays"
"""The table of bundles of other lines that this line's stations were shown, of the columns of
``bundles`` and its version."""

TABLES: Final = (*IMPORTED, STRAYS)
"""Reference tables that exist."""

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
    body = body_of(payload)
    table, version = body.get("table"), count_of(body, "version")
    sha256 = body.get("sha256")
    chunk, chunks = count_of(body, "chunk"), count_of(body, "chunks")
    rows = body.get("rows")
    if table not in TABLES:
        raise WireError("table: not one of " + ", ".join(TABLES))
    if not isinstance(sha256, str) or not HASH.fullmatch(sha256):
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
    same = {
        part.chunk: part
        for part in chunks
        if (part.version, part.sha256, part.chunks) == (first.version, first.sha256, first.chunks)
    }
    if len(same) < first.chunks:
        return None
    rows = tuple(row for index in range(first.chunks) for row in same[index].rows)
    if reference_hash(rows) != first.sha256:
        raise WireError(f"{first.table} version {first.version}: the hash does not fit the rows")
    return ReferenceTable(first.table, first.version, first.sha256, rows)
