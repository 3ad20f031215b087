"""Scans at a steady pace, whether or not they are answered, and how long each waits for its light.

A pace that waited for each light would hide the very delay it is to measure.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

LOOK_EVERY_S = 0.001


@dataclass(slots=True)
class Waits:
    """Seconds from scan to light of those that were answered; outcomes; how many were not."""

    answered_s: list[float] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    unanswered: int = 0


class Lights:
    """Reads a file of lights as it grows, and notes when each bundle's first light came."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self.seen: dict[str, tuple[float, str]] = {}
        """By bundle: when, and with what outcome."""
        self.count = 0
        """How many lights came, with or without a bundle."""

    def __enter__(self) -> Self:
        self._file.touch()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._stop.is_set():
            with self._file.open("rb") as file:
                self._follow(file)

    def _follow(self, file: BinaryIO) -> None:
        """Read on until told to stop, or until the file was set aside and begun anew."""
        rest, inode = b"", os.fstat(file.fileno()).st_ino
        while not self._stop.wait(LOOK_EVERY_S):
            new = file.read()
            if not new:
                if self._file.exists() and self._file.stat().st_ino != inode:
                    return
                continue
            now_s = time.perf_counter()
            *lines, rest = (rest + new).split(b"\n")
            for line in lines:
                light = json.loads(line)
                self.seen.setdefault(light["bundle"], (now_s, light["outcome"]))
                self.count += 1


def paced(
    send: Callable[[str], object],
    bundles: Iterable[str],
    rate: float,
    lights: Lights,
    grace_s: float = 10.0,
) -> Waits:
    """Send the bundles at ``rate`` a second, then wait up to ``grace_s`` for the last lights."""
    sent_s: dict[str, float] = {}
    began_s = time.perf_counter()
    for number, bundle in enumerate(bundles):
        time.sleep(max(0.0, began_s + number / rate - time.perf_counter()))
        sent_s[bundle] = time.perf_counter()
        send(bundle)
    deadline_s = time.perf_counter() + grace_s
    while time.perf_counter() < deadline_s and not sent_s.keys() <= lights.seen.keys():
        time.sleep(0.01)
    waits = Waits()
    for bundle, at_s in sent_s.items():
        if bundle in lights.seen:
            seen_s, outcome = lights.seen[bundle]
            waits.answered_s.append(seen_s - at_s)
            waits.outcomes[outcome] = waits.outcomes.get(outcome, 0) + 1
        else:
            waits.unanswered += 1
    return waits
