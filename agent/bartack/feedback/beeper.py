"""The beeper of a reader that can be told to."""

from __future__ import annotations

from bartack.station import Feedback
from bartack_drivers.links import WireSource


class ReaderBeeper:
    """The beeper of a reader: one short for what counted or signed in, another for a refusal.

    It is as good as the reader: one that is gone does not beep, and nobody is told.
    """

    def __init__(self) -> None:
        self._source: WireSource | None = None

    def attach(self, source: WireSource) -> None:
        """From now on this is the open reader. Called from its own thread."""
        self._source = source

    def show(self, feedback: Feedback) -> None:
        source = self._source
        if source is not None:
            source.beep(accepted=feedback.outcome != "refused")

    def close(self) -> None:
        self._source = None
