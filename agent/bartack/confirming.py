"""What the hub has of this station's events: the watermark, written now and then, and pruning.

Used by the core, in its thread.
"""

from __future__ import annotations

from typing import Final

import structlog

from bartack.clock import Clock
from bartack.ledger import PRUNE_BATCH, Ledger, LedgerUnavailable
from bartack.wire import Watermark

ACKNOWLEDGE_EVERY_S: Final = 5.0
"""The watermark is written at most this often: it costs a commit and losing it only re-sends."""

SOON_S: Final = 0.5
"""When there may be more to prune, it goes on after this time."""


class Confirming:
    """Follows the hub's watermark for one ledger."""

    def __init__(self, ledger: Ledger, clock: Clock, keep_events: int) -> None:
        self._ledger = ledger
        self._clock = clock
        self._keep_events = keep_events
        self._through = ledger.acked
        self._written = self._through
        self._written_s = clock.mono_s()
        self._log = structlog.get_logger("core")

    def hear(self, watermark: Watermark, log: str) -> None:
        """The hub has more of our events, or of those that were salvaged from an older log."""
        if watermark.log == log and watermark.lost:
            self._take_back(watermark.through)
        elif watermark.log == log:
            self._through = max(self._through, watermark.through)
        else:
            self._forget_salvaged(watermark)

    def _take_back(self, through: int) -> None:
        """The hub lost events: what is still here counts as unsent, and stays."""
        try:
            self._ledger.take_back(through)
        except LedgerUnavailable as error:
            # Until it is written a restart believes the old watermark, and the hub asks again.
            self._log.error("a lower watermark is not kept yet", reason=str(error))
        self._through = self._written = through

    def _forget_salvaged(self, watermark: Watermark) -> None:
        try:
            self._ledger.forget_salvaged(watermark.log, watermark.through)
        except LedgerUnavailable as error:
            # They are sent once more after the next start, and the hub counts them once.
            self._log.error("salvaged events not cleared yet", reason=str(error))

    def settle(self, *, now: bool = False) -> None:
        """Write the watermark and prune, now and then."""
        due = now or self._clock.mono_s() - self._written_s >= ACKNOWLEDGE_EVERY_S
        if self._through == self._written or not due:
            return
        self._written_s = self._clock.mono_s()
        try:
            pruned = self._ledger.acknowledge(self._through, self._keep_events)
        except LedgerUnavailable as error:
            self._log.error("watermark not kept yet", reason=str(error))
            return
        self._written = self._through
        if pruned:
            self._log.info("pruned", events=pruned)
        if pruned == PRUNE_BATCH:  # there may be more: go on soon
            self._written = -1
            self._written_s += SOON_S - ACKNOWLEDGE_EVERY_S
