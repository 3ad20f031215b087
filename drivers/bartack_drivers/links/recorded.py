"""A device whose bytes are recorded, and a recording in the place of a device.

``replay:FILE`` as a port gives what a device sent once more and in its own time, from the moment
the port is opened. What is said to it is not heard. After its end it is silent.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Self

from bartack_drivers.base import Counters, DeviceMissing, Read
from bartack_drivers.links.source import Link
from bartack_drivers.recording import Passage, Recorder, about, passages

SCHEME: Final = "replay:"


class RecordedLink:
    """A link whose bytes are noted by a recorder, which may raise errors of its file."""

    def __init__(self, link: Link, recorder: Recorder) -> None:
        self._link = link
        self._recorder = recorder

    def read(self, timeout_s: float) -> bytes:
        data = self._link.read(timeout_s)
        if data:
            self._recorder.passed("rx", data)
        return data

    def write(self, data: bytes) -> None:
        self._link.write(data)
        self._recorder.passed("tx", data)

    def check_path(self) -> None:
        self._link.check_path()

    def close(self) -> None:
        self._link.close()


class ListeningSource:
    """A device that is only listened to: nothing is said to it, and no reads come of it."""

    trouble = ""

    def __init__(self, link: Link) -> None:
        """The source closes the link."""
        self._link = link
        self._bytes = 0

    @property
    def counters(self) -> Counters:
        return Counters(discarded_bytes=self._bytes)

    def read(self, timeout_s: float) -> list[Read]:
        data = self._link.read(timeout_s)
        self._bytes += len(data)
        if not data:
            self._link.check_path()
        return []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._link.close()


class ReplayClock:
    """A clock that is put forward in place of waiting."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __call__(self) -> float:
        return self._now_s

    def sleep(self, duration_s: float) -> None:
        self._now_s += duration_s


class ReplayLink:
    """An open recording. ``damage`` says why it ended before its time; empty where it did not."""

    def __init__(
        self,
        file: Path,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Raises ``DeviceMissing`` where the file cannot be read."""
        about(file)
        self.damage = ""
        self._received = (it for it in passages(file) if it.direction == "rx")
        self._clock = clock
        self._sleep = sleep
        self._next = self._following()
        self._started_s = clock()

    @property
    def ended(self) -> bool:
        """Whether all was given out."""
        return self._next is None

    def read(self, timeout_s: float) -> bytes:
        """Wait up to ``timeout_s`` for what comes next; empty where that is later."""
        now_s = self._clock()
        due_s = self._started_s + self._next.t_s if self._next else math.inf
        self._sleep(max(0.0, min(due_s - now_s, timeout_s)))
        if self._next is None or due_s > now_s + timeout_s:
            return b""
        data = self._next.data
        self._next = self._following()
        return data

    def write(self, data: bytes) -> None:
        """Nobody is there to hear it."""

    def check_path(self) -> None:
        """The file is open, and stays so."""

    def close(self) -> None:
        self._received.close()

    def _following(self) -> Passage | None:
        # An error would have the recording opened again, and its tags read twice.
        try:
            return next(self._received, None)
        except DeviceMissing as error:
            self.damage = str(error)
            return None
