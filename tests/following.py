"""Reads a file of lines that grows, and is now and then set aside for a new one of its name."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import IO


class Follower:
    """Reads each line once: a burst has thousands of answers, and tests look again and again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._half = b""

    def new_lines(self) -> list[bytes]:
        """The whole lines that came since the last call."""
        lines: list[bytes] = []
        while self._file is not None or self._path.exists():
            if self._file is None:
                self._file = self._path.open("rb")
            # Looked at before it is read: what was set aside by then grows no more.
            is_over = self._is_set_aside(self._file)
            *whole, self._half = (self._half + self._file.read()).split(b"\n")
            lines += [line for line in whole if line]
            if not is_over:
                break
            self._file.close()
            self._file = None
        return lines

    def _is_set_aside(self, file: IO[bytes]) -> bool:
        with suppress(FileNotFoundError):  # between the one and the other
            return self._path.stat().st_ino != os.fstat(file.fileno()).st_ino
        return False
