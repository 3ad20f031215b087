"""What an operator sees: the station's console feedback, followed as it grows.

The agent appends one JSON object a line. It may be killed in the middle of a line, and the file
may be replaced; neither may hide a later lamp.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

_READ_MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Lamp:
    """One answer of the station: green (``ok``), red (``refused``) or news (``info``)."""

    outcome: str
    reason: str | None = None
    log: str | None = None
    seq: int | None = None
    operator: str | None = None
    bundle: str | None = None
    operation: str | None = None
    pieces: int | None = None
    flags: tuple[str, ...] = ()

    @property
    def is_notice(self) -> bool:
        """It came by itself, because of what another station did: no answer to anything shown."""
        return (self.reason or "").startswith("notice_")


def parse_lamp(line: bytes) -> Lamp | None:
    """The lamp in one line of the file; None when it is torn beyond use.

    A line that a killed agent began and the next one went on with holds a whole lamp at its end.
    """
    starts = [0]
    starts.extend(_starts_after(line, b'{"at"'))
    for start in starts:
        try:
            document = json.loads(line[start:])
        except ValueError:
            continue
        if isinstance(document, dict) and isinstance(document.get("outcome"), str):
            return Lamp(
                outcome=document["outcome"],
                reason=_text(document.get("reason")),
                log=_text(document.get("log")),
                seq=_number(document.get("seq")),
                operator=_text(document.get("operator")),
                bundle=_text(document.get("bundle")),
                operation=_text(document.get("operation")),
                pieces=_number(document.get("pieces")),
                flags=_texts(document.get("flags")),
            )
    return None


class LampFile:
    """Follows one station's feedback file; it need not exist yet. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._inode: int | None = None
        self._offset = 0
        self._torn = b""
        self._seen: list[Lamp] = []
        self._unreadable = 0

    @property
    def seen(self) -> tuple[Lamp, ...]:
        """Every lamp so far, in order."""
        return tuple(self._seen)

    @property
    def unreadable(self) -> int:
        """Lines in which no lamp could be read."""
        return self._unreadable

    def poll(self) -> list[Lamp]:
        """The lamps that came since the last call. A torn last line waits for its end."""
        lamps = []
        for line in self._new_lines():
            lamp = parse_lamp(line)
            if lamp is None:
                self._unreadable += 1
            else:
                lamps.append(lamp)
        self._seen.extend(lamps)
        return lamps

    def _new_lines(self) -> list[bytes]:
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return []
        with file:
            status = os.fstat(file.fileno())
            if status.st_ino != self._inode or status.st_size < self._offset:
                self._inode, self._offset, self._torn = status.st_ino, 0, b""
            file.seek(self._offset)
            data = file.read(_READ_MAX_BYTES)
        self._offset += len(data)
        *lines, self._torn = (self._torn + data).split(b"\n")
        return [line for line in lines if line.strip()]


def _starts_after(line: bytes, mark: bytes) -> list[int]:
    starts = []
    start = line.find(mark, 1)
    while start != -1:
        starts.append(start)
        start = line.find(mark, start + 1)
    return starts


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(it) for it in value) if isinstance(value, list) else ()


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
