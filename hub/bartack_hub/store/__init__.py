"""What the hub committed: events once each, watermarks, station reports and reference data.

The only part of the hub that touches SQLite. One ``Store`` writes, in one thread of one process;
any number of ``StoreReader`` read beside it. Everything that arrived together is written in one
transaction, and it counts only once that transaction is on disk.
"""

from bartack_hub.store.connection import open_for_reading
from bartack_hub.store.reader import StoreReader
from bartack_hub.store.values import (
    Chain,
    Committed,
    Imported,
    LogState,
    Report,
    StationNotices,
    StoreError,
    Unreadable,
)
from bartack_hub.store.writer import Store

__all__ = [
    "Chain",
    "Committed",
    "Imported",
    "LogState",
    "Report",
    "StationNotices",
    "Store",
    "StoreError",
    "StoreReader",
    "Unreadable",
    "open_for_reading",
]
