"""MQTT topics and payloads as values (contract: docs/mqtt.md), and the check of printed labels.

Everything here is pure: topics and payloads in and out, nothing is sent. What arrives over MQTT is
hostile until it went through a ``parse`` or ``from`` function; those raise ``WireError``.
"""

from bartack.wire.batches import (
    BATCH_MAX_BYTES,
    BATCH_MAX_EVENTS,
    EventBatch,
    Watermark,
    batch_max_bytes,
    parse_events,
    parse_watermark,
    salvaged_batches,
)
from bartack.wire.check_character import (
    CHECK_SEPARATOR,
    check_character,
    is_check_valid,
    with_check_character,
)
from bartack.wire.claims import Claim, parse_claim
from bartack.wire.parts import PAYLOAD_MAX_BYTES, WireError
from bartack.wire.status import (
    ReaderHealth,
    Status,
    offline_payload,
    parse_status,
    signed_head_of,
)
from bartack.wire.tables import (
    CHUNK_MAX_BYTES,
    CHUNKS_MAX,
    TABLES,
    ReferenceChunk,
    ReferenceTable,
    Row,
    join_reference,
    parse_reference,
    reference_hash,
    split_reference,
)
from bartack.wire.topics import (
    PREFIX,
    RESERVED_STATIONS,
    ack_topic,
    claim_topic,
    claims_filter,
    events_topic,
    parse_station_topic,
    reference_filter,
    reference_topic,
    state_topic,
    station_filter,
    status_topic,
)

__all__ = [
    "BATCH_MAX_BYTES",
    "BATCH_MAX_EVENTS",
    "CHECK_SEPARATOR",
    "CHUNKS_MAX",
    "CHUNK_MAX_BYTES",
    "PAYLOAD_MAX_BYTES",
    "PREFIX",
    "RESERVED_STATIONS",
    "TABLES",
    "Claim",
    "EventBatch",
    "ReaderHealth",
    "ReferenceChunk",
    "ReferenceTable",
    "Row",
    "Status",
    "Watermark",
    "WireError",
    "ack_topic",
    "batch_max_bytes",
    "check_character",
    "claim_topic",
    "claims_filter",
    "events_topic",
    "is_check_valid",
    "join_reference",
    "offline_payload",
    "parse_claim",
    "parse_events",
    "parse_reference",
    "parse_station_topic",
    "parse_status",
    "parse_watermark",
    "reference_filter",
    "reference_hash",
    "reference_topic",
    "salvaged_batches",
    "signed_head_of",
    "split_reference",
    "state_topic",
    "station_filter",
    "status_topic",
    "with_check_character",
]
