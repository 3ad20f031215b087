"""Watches the file in which the station shows its lights: which scan was answered, when and how."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

LOOKS_EVERY_S = 0.0002
IDLE_LOOKS_EVERY_S = 0.05


class Lights:
    """A thread that reads the file as it grows, often while an answer is awaited."""

    def __init__(self, file: Path) -> None:
        self.shown_ns: dict[str, int] = {}
        """When each label was first answered."""
        self.green: set[str] = set()
        self._file = file
        self._awaited = 0
        self._expecting = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def expect(self, answers: int) -> None:
        """So many more answers are on their way: look often."""
        self._awaited += answers
        self._expecting.set()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._file.exists():
            if self._stop.wait(IDLE_LOOKS_EVERY_S):
                return
        rest = b""
        with self._file.open("rb") as file:
            while not self._stop.is_set():
                data = file.read()
                if not data:
                    self._pause()
                    continue
                now_ns = time.perf_counter_ns()
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._shown(json.loads(line), now_ns)

    def _pause(self) -> None:
        self._expecting.clear()
        if len(self.shown_ns) < self._awaited:
            time.sleep(LOOKS_EVERY_S)
        else:
            self._expecting.wait(IDLE_LOOKS_EVERY_S)

    def _shown(self, light: dict[str, object], now_ns: int) -> None:
        label = light.get("bundle")
        if isinstance(label, str) and label:
            self.shown_ns.setdefault(label, now_ns)
            if light["outcome"] == "ok":
                self.green.add(label)
