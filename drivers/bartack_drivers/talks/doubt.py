"""Reports that are doubted count when they come twice: damage on a line does not repeat itself."""

from __future__ import annotations

from typing import Final

DOUBT_S: Final = 2.0
"""A doubted report counts if the same came within so long. A tag in view is reported in every
round, which is many times a second."""


class Doubts:
    """Remembers the doubted reports of the last two seconds."""

    def __init__(self) -> None:
        self._seen_s: dict[bytes, float] = {}

    def confirm(self, report: bytes, now_s: float) -> bool:
        """Whether the same report was doubted a moment ago; from now on this one was."""
        recent = {it: at_s for it, at_s in self._seen_s.items() if now_s - at_s <= DOUBT_S}
        self._seen_s = recent | {report: now_s}
        return report in recent

    def __len__(self) -> int:
        return len(self._seen_s)
