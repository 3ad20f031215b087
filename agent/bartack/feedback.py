"""What an operator sees and hears, shown only after the commit.

The console is one JSON object a line, on standard output or appended to a file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Protocol

from bartack.events import canonical
from bartack.station import Feedback


class Light(Protocol):
    """Something that shows the answer to a scan."""

    def show(self, feedback: Feedback) -> None:
        """Show it. Raises ``OSError`` when it cannot; the scan itself is safe all the same."""

    def close(self) -> None: ...


class Console:
    """JSON Lines to a file, or to standard output when ``path`` is None."""

    def __init__(self, path: Path | None) -> None:
        """Raises ``OSError`` when the file cannot be opened."""
        self._path = path
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.open(path, flags, 0o640) if path else os.dup(sys.stdout.fileno())

    def show(self, feedback: Feedback) -> None:
        # One write a line, so that a reader of the file never meets two half lines.
        os.write(self._file, canonical(dict(feedback.document())) + b"\n")

    def close(self) -> None:
        os.close(self._file)
