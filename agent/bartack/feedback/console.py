"""The console: one JSON object a line, on standard output or appended to a file."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bartack.events import Json, canonical
from bartack.station import Feedback

KEPT_MAX_BYTES: Final = 8 * 1024 * 1024
"""Past this the file is set aside as ``.1`` and begun anew: it often lies in memory."""


class Console:
    """JSON Lines to a file, or to standard output when ``path`` is None."""

    def __init__(self, path: Path | None, kept_max_bytes: int = KEPT_MAX_BYTES) -> None:
        """Raises ``OSError`` when the file cannot be opened."""
        self._path = path
        self._kept_max_bytes = kept_max_bytes
        self._file = _open(path) if path else os.dup(sys.stdout.fileno())

    def show(self, feedback: Feedback) -> None:
        self.write(feedback.document())

    def write(self, document: Mapping[str, Json]) -> None:
        """Append one line. Raises ``OSError``."""
        # One write a line, so that a reader of the file never meets two half lines.
        os.write(self._file, canonical(dict(document)) + b"\n")
        if self._path is not None and self._is_full():
            self._path.replace(self._path.with_name(self._path.name + ".1"))
            os.close(self._file)
            self._file = _open(self._path)

    def close(self) -> None:
        os.close(self._file)

    def _is_full(self) -> bool:
        status = os.fstat(self._file)
        return stat.S_ISREG(status.st_mode) and status.st_size > self._kept_max_bytes


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
