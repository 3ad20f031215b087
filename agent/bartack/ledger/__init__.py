"""The station's append-only ledger: the only part of the agent that touches SQLite.

WAL with ``synchronous=FULL``: what a commit returned for survives a power cut. That, and STRICT
tables, are asserted at start; the ledger refuses to run on anything less. One thread writes
(``Ledger``); everyone else reads on a connection of their own (``LedgerReader``).

A full disk or a lock held by another process is ``LedgerUnavailable``: nothing was saved, and
trying again later is right. A failed write or fsync is ``LedgerBroken`` and is never retried,
because after it nobody knows what is on the disk; the process must end without a light. A file
whose contents contradict themselves is ``LedgerDamaged``: ``salvage`` sets it aside.
"""

from bartack.ledger.connection import (
    LedgerBroken,
    LedgerDamaged,
    LedgerError,
    LedgerUnavailable,
)
from bartack.ledger.reader import LedgerReader
from bartack.ledger.salvage import Replaced, open_or_replace
from bartack.ledger.writer import PRUNE_BATCH, Ledger

__all__ = [
    "PRUNE_BATCH",
    "Ledger",
    "LedgerBroken",
    "LedgerDamaged",
    "LedgerError",
    "LedgerReader",
    "LedgerUnavailable",
    "Replaced",
    "open_or_replace",
]
