"""What reaches the core: reads, readers that go and come, and what the publisher brings back."""

from __future__ import annotations

from dataclasses import dataclass

from bartack.identify import Role
from bartack.neighbours import Told
from bartack.resting import RestingSettings
from bartack.wire import (
    Claim,
    Notices,
    ReferenceTable,
    Watermark,
)
from bartack_drivers.base import Read


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """What the core must know of a reader: its role and when a value counts as new.

    ``resting``: it is watched for what rests on it; None: it is shown things.
    """

    role: Role
    quiet_s: float
    driver: str
    port: str
    resting: RestingSettings | None = None


@dataclass(frozen=True, slots=True)
class ReadArrived:
    reader: str
    read: Read


@dataclass(frozen=True, slots=True)
class ReaderUp:
    reader: str


@dataclass(frozen=True, slots=True)
class ReaderDown:
    reader: str
    reason: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of the operator's screen; ``seq`` is the event that it stands beside."""

    command: str
    argument: str = ""
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    reason: str


Heard = Watermark | ReferenceTable | Claim | Told | Notices
"""What the publisher brings back: from the hub, and from the other stations of the line."""

Input = ReadArrived | Pressed | ReaderUp | ReaderDown | Heard | Stop
