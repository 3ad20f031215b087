"""What every payload is read with: strict JSON of a bounded size, and checked fields."""

from __future__ import annotations

import re
from typing import Final

from bartack.events import AT, ID, INTEGER_MAX, LOG, EventError, Json, strict_json

PAYLOAD_MAX_BYTES: Final = 128 * 1024
"""Anything larger is refused unread; the broker's packet limit is the same."""

HASH: Final = re.compile(r"[0-9a-f]{64}")


class WireError(ValueError):
    """A topic or payload that does not keep the contract; the text says where."""


def body_of(payload: bytes, *, versioned: bool = True) -> dict[str, Json]:
    """A payload's JSON object. Raises ``WireError``."""
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


def log_of(body: dict[str, Json]) -> str:
    """The field ``log``. Raises ``WireError``."""
    log = body.get("log")
    if not isinstance(log, str) or not LOG.fullmatch(log):
        raise WireError("log: 32 hex digits")
    return log


def count_of(body: dict[str, Json], key: str) -> int:
    """A field that counts from 0. Raises ``WireError``."""
    value = body.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= INTEGER_MAX:
        raise WireError(f"{key}: an integer from 0")
    return value


def cells_of(row: Json, fields: int, table: str) -> list[Json]:
    """A row of a list that has so many fields. Raises ``WireError``."""
    if not isinstance(row, list) or len(row) != fields:
        raise WireError(f"{table}: rows of {fields} fields")
    return row


def id_cell(value: Json, table: str) -> str:
    """An id in a row. Raises ``WireError``."""
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise WireError(f"{table}: bundles, operations, operators and the like are ids")
    return value


def count_cell(value: Json, table: str) -> int:
    """A number from 1 in a row. Raises ``WireError``."""
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= INTEGER_MAX:
        raise WireError(f"{table}: pieces, first and seq are integers from 1")
    return value


def time_cell(value: Json, table: str) -> str:
    """A wall-time label in a row. Raises ``WireError``."""
    if not isinstance(value, str) or not AT.fullmatch(value):
        raise WireError(f"{table}: times are RFC 3339, UTC, milliseconds")
    return value
