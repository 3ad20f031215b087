"""Recordings: what went over a device's wire, both ways, with its timing.

A recording is JSON Lines. The first line says what was recorded, each further one has seconds
since the start and what was received from the device (``rx``) or sent to it (``tx``), in hex::

    {"bartack_recording":1,"driver":"rdm6300","options":{},"port":"/dev/…","started":"…"}
    {"t":0.4031,"rx":"02363245333038364345443038"}
    {"t":0.4032,"rx":"03"}

A last line that was cut off by a power failure is left out. A file that does not begin so is
taken for plain bytes that a device sent, all at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final, Literal

from bartack_drivers.base import DeviceMissing

FORMAT: Final = 1
_KEY: Final = "bartack_recording"
_LINE_MAX_BYTES: Final = 1 << 20
"""Longer lines are not ours."""
_TIME_MAX_S: Final = 1e9

Direction = Literal["rx", "tx"]


@dataclass(frozen=True, slots=True)
class About:
    """What was recorded. ``driver`` is empty where no driver took part."""

    driver: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    port: str = ""
    started: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Bytes that passed ``t_s`` seconds after the start, and whether from or to the device."""

    t_s: float
    direction: Direction
    data: bytes


class RecordingFull(Exception):
    """The recording has reached the size it was given."""


class Recorder:
    """Writes a recording. What was passed to it is in the file when the call returns."""

    def __init__(
        self, file: IO[bytes], about: About, clock: Callable[[], float], max_bytes: int
    ) -> None:
        self._file = file
        self._clock = clock
        self._max_bytes = max_bytes
        self._bytes = 0
        self.received_bytes = 0
        self.sent_bytes = 0
        self._started_s = clock()
        options = {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in about.options.items()
        }
        self._write(
            {
                _KEY: FORMAT,
                "driver": about.driver,
                "options": options,
                "port": about.port,
                **({"started": about.started} if about.started else {}),
            }
        )

    def passed(self, direction: Direction, data: bytes) -> None:
        """Note that bytes passed now. Raises ``RecordingFull``, or ``OSError`` of the file."""
        self._write({"t": round(self._clock() - self._started_s, 6), direction: data.hex().upper()})
        if direction == "rx":
            self.received_bytes += len(data)
        else:
            self.sent_bytes += len(data)

    def _write(self, line: Mapping[str, object]) -> None:
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        if self._bytes + len(text) > self._max_bytes:
            raise RecordingFull
        self._bytes += len(text)
        self._file.write(text)
        self._file.flush()


def about(file: Path) -> About:
    """What a recording says of itself. Raises ``DeviceMissing`` where the file cannot be read."""
    with _opened(file) as lines:
        header = _header(lines.readline(_LINE_MAX_BYTES))
    return About() if header is None else header


def passages(file: Path) -> Iterator[Passage]:
    """What passed, in order. Raises ``DeviceMissing`` where the file cannot be read.

    The file is read as the passages are taken, so that a large one takes no memory.
    """
    with _opened(file) as lines:
        if _header(lines.readline(_LINE_MAX_BYTES)) is None:
            lines.seek(0)
            yield from (Passage(0.0, "rx", part) for part in iter(lambda: lines.read(4096), b""))
            return
        number, t_s = 1, 0.0
        while line := lines.readline(_LINE_MAX_BYTES):
            number += 1
            if not line.endswith(b"\n"):
                return
            passage = _passage(line)
            if passage is None or passage.t_s < t_s:
                raise DeviceMissing(str(file), f"line {number} is not a line of a recording")
            t_s = passage.t_s
            yield passage


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        raise DeviceMissing(str(file), f"the recording cannot be read: {reason}") from error


def _header(line: bytes) -> About | None:
    """Read the first line; None where it is not that of a recording."""
    found = _object(line)
    options = found.get("options", {})
    if found.get(_KEY) != FORMAT or not isinstance(options, dict):
        return None
    return About(
        str(found.get("driver", "")),
        options,
        str(found.get("port", "")),
        str(found.get("started", "")),
    )


def _passage(line: bytes) -> Passage | None:
    found = _object(line)
    t_s = found.get("t")
    if isinstance(t_s, bool) or not isinstance(t_s, int | float) or not 0 <= t_s < _TIME_MAX_S:
        return None
    direction: Direction = "tx" if "tx" in found else "rx"
    try:
        return Passage(float(t_s), direction, bytes.fromhex(found[direction]))
    except (KeyError, TypeError, ValueError):
        return None


def _object(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
