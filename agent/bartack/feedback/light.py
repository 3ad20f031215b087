"""What the core needs of anything that shows an answer."""

from __future__ import annotations

from typing import Protocol

from bartack.station import Feedback


class Light(Protocol):
    """Something that shows the answer to a scan."""

    def show(self, feedback: Feedback) -> None:
        """Show it, or hand it over to what does; returns at once.

        Raises ``OSError`` when it cannot; the scan itself is safe all the same.
        """

    def close(self) -> None: ...
