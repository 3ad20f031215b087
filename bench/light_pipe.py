"""The console's answers through a pipe, so that whoever times a scan sleeps until its light comes.

Looking at a growing file again and again would either see the light late or take a core from the
agent that is measured.
"""

from __future__ import annotations

import json
import os
import select
import time
from pathlib import Path
from typing import Any, Self


class LightPipe:
    """Stands where the console's file would; open it before the agent starts."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        # Held open as well, so that it does not end while the agent is not running.
        self._writing = os.open(path, os.O_WRONLY)
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._reading)
        os.close(self._writing)

    def wait(self, timeout_s: float = 30.0) -> tuple[float, dict[str, Any]]:
        """The next answer, and when it came (``perf_counter``). Raises ``TimeoutError``."""
        while b"\n" not in self._rest:
            if not select.select([self._reading], [], [], timeout_s)[0]:
                raise TimeoutError(f"no light in {timeout_s} s")
            self._rest += os.read(self._reading, 65536)
        came_s = time.perf_counter()
        line, _, self._rest = self._rest.partition(b"\n")
        return came_s, json.loads(line)
