"""Power cuts by simulation: what a disk may hold when the power goes at a given write. Pure.

A real agent's writes are recorded (``trace_log``) and cut off after each of them. What was synced
is there; of everything later, each write may be there, missing, torn at a sector, or there without
the writes before it, in any order. A name that was made or removed is certain once its folder was
synced, and until then the names follow one another in order, as a journalling file system has them.

This models lost, torn and reordered writes of an honest disk. It does not model a card that lies
about flushes, nor one that damages what was written long ago; bytes that were never written read
as zeros.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from faults.trace_log import Change, Name, Shown, Step, Sync, SyncFolder, Truncate, Write

SECTOR_BYTES = 512

Loss = Literal["lost", "kept", "some", "torn", "sectors"]
LOSSES: tuple[Loss, ...] = ("lost", "kept", "some", "torn", "sectors")
"""All unsynced writes lost; all kept; some of them in any order; all kept and the last one torn;
each sector of each write on its own."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The power goes after ``steps`` steps; ``loss`` and ``seed`` say what the disk kept."""

    steps: int
    loss: Loss
    seed: int


@dataclass(frozen=True, slots=True)
class Image:
    """What is found after a cut: the files by name, and the lights that had been shown."""

    files: dict[str, bytes]
    shown: frozenset[Shown]
    identity: tuple[object, ...]
    """Two images of one recording with the same identity are the same."""


class Disk:
    """A disk that is fed steps, and can be asked what it may hold if the power goes now."""

    def __init__(self) -> None:
        self._synced: dict[int, bytearray] = {}
        self._unsynced: list[Change] = []
        self._names: dict[str, int] = {}
        self._unsynced_names: list[Name] = []
        self._shown: set[Shown] = set()
        self._syncs = 0

    def take(self, step: Step) -> None:
        match step:
            case Write() | Truncate():
                self._unsynced.append(step)
            case Sync(file):
                synced = self._synced.setdefault(file, bytearray())
                for change in self._unsynced:
                    if change.file == file:
                        put(synced, change)
                self._unsynced = [change for change in self._unsynced if change.file != file]
                self._syncs += 1
            case Name():
                self._unsynced_names.append(step)
            case SyncFolder():
                _rename(self._names, self._unsynced_names)
                self._unsynced_names = []
                self._syncs += 1
            case Shown():
                self._shown.add(step)

    def cut(self, loss: Loss, seed: int) -> Image:
        choose = random.Random(seed)
        survivors = surviving(self._unsynced, loss, choose)
        count = {"lost": 0, "kept": len(self._unsynced_names)}.get(loss)
        if count is None:
            count = choose.randint(0, len(self._unsynced_names))
        names = dict(self._names)
        _rename(names, self._unsynced_names[:count])
        contents = {file: bytearray(self._synced.get(file, b"")) for file in names.values()}
        for change in survivors:
            if change.file in contents:
                put(contents[change.file], change)
        files = {name: bytes(contents[file]) for name, file in names.items()}
        kept = tuple((type(c).__name__, c.file, *_place(c)) for c in survivors)
        identity = (self._syncs, len(self._shown), count, kept)
        return Image(files, frozenset(self._shown), identity)


def cuts(steps: Sequence[Step], rounds: int) -> list[Cut]:
    """Every way to cut these steps, random ones ``rounds`` times."""
    return [
        Cut(end, loss, seed)
        for end in range(len(steps) + 1)
        for loss in LOSSES
        for seed in range(1 if loss in ("lost", "kept") else rounds)
    ]


def images(steps: Sequence[Step], wanted: Iterable[Cut], seed: int) -> Iterator[tuple[Cut, Image]]:
    """The image of each cut, in the order of the steps. ``seed`` changes what is kept by chance."""
    disk, done = Disk(), 0
    for cut in sorted(wanted, key=lambda cut: cut.steps):
        for step in steps[done : cut.steps]:
            disk.take(step)
        done = cut.steps
        yield cut, disk.cut(cut.loss, hash((seed, cut.steps, cut.seed, LOSSES.index(cut.loss))))


def surviving(unsynced: Sequence[Change], loss: Loss, choose: random.Random) -> list[Change]:
    """The changes, or parts of them, that reached the disk, in the order in which they did."""
    if loss == "lost" or not unsynced:
        return []
    if loss == "kept":
        return list(unsynced)
    if loss == "torn":
        return [*unsynced[:-1], *_some(sectors(unsynced[-1]), choose)]
    parts = list(unsynced)
    if loss == "sectors":
        parts = [part for change in unsynced for part in sectors(change)]
    kept = _some(parts, choose)
    choose.shuffle(kept)
    return kept


def sectors(change: Change) -> list[Change]:
    """A write as the disk's sectors take it."""
    if isinstance(change, Truncate):
        return [change]
    parts: list[Change] = []
    start = 0
    while start < len(change.data):
        end = start + SECTOR_BYTES - (change.offset + start) % SECTOR_BYTES
        parts.append(Write(change.file, change.offset + start, change.data[start:end]))
        start = end
    return parts


def put(content: bytearray, change: Change) -> None:
    """Apply one change; a gap before it reads as zeros."""
    if isinstance(change, Truncate):
        del content[change.size :]
        content.extend(bytes(change.size - len(content)))
        return
    end = change.offset + len(change.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[change.offset : end] = change.data


def _some(parts: Sequence[Change], choose: random.Random) -> list[Change]:
    share = choose.choice([0.1, 0.5, 0.9])
    return [part for part in parts if choose.random() < share]


def _rename(names: dict[str, int], changes: Iterable[Name]) -> None:
    for change in changes:
        if change.file is None:
            names.pop(change.name, None)
        else:
            names[change.name] = change.file


def _place(change: Change) -> tuple[int, int]:
    if isinstance(change, Truncate):
        return change.size, 0
    return change.offset, len(change.data)
