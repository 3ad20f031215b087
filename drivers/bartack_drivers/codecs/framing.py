"""Finding frames among bytes, for wires whose frames say themselves where they end.

A protocol gives a *cut*: a function that looks at the bytes from one position on and says whether
a frame stands there. What is not a frame costs one byte, and the search goes on behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from bartack_drivers.base import Counters

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class Found(Generic[F]):
    """A whole frame of ``length`` bytes stands here, its checksum is right."""

    frame: F
    length: int


@dataclass(frozen=True, slots=True)
class NoFrame:
    """No frame starts here. ``bad_checksum``: one seemed to, and its checksum is wrong."""

    bad_checksum: bool = False


NO_FRAME: Final = NoFrame()
BAD_CHECKSUM: Final = NoFrame(bad_checksum=True)

Cut = Callable[[bytes, int], Found[F] | NoFrame | None]
"""Judges the bytes from a position on, at least one; None: more bytes must come to tell."""


class Codec(Protocol[F]):
    """Bytes in, frames out. Every byte fed is in a good frame, discarded, or still held."""

    def feed(self, data: bytes) -> list[F]:
        """Take bytes in pieces of any size and return the frames they complete."""

    def flush(self) -> list[F]:
        """The line fell silent: nothing that is held can be continued any more."""

    @property
    def counters(self) -> Counters: ...

    @property
    def good_bytes(self) -> int:
        """Bytes that were part of good frames."""

    @property
    def held_bytes(self) -> int:
        """Bytes of a frame whose end has not arrived."""


class Tally:
    """What became of the bytes of one codec, which is one."""

    def __init__(self) -> None:
        self._good_frames = 0
        self._good_bytes = 0
        self._bad_checksums = 0
        self._discarded_bytes = 0

    @property
    def counters(self) -> Counters:
        return Counters(self._good_frames, self._bad_checksums, self._discarded_bytes)

    @property
    def good_bytes(self) -> int:
        """Bytes that were part of good frames."""
        return self._good_bytes

    def _count(self, length: int) -> None:
        """A good frame of ``length`` bytes."""
        self._good_frames += 1
        self._good_bytes += length


class FrameCodec(Tally, Generic[F]):
    """Frames of one protocol. Holds fewer bytes than the longest frame has."""

    def __init__(self, cut: Cut[F], starts: bytes = b"") -> None:
        """``starts``: the bytes that a frame can begin with; empty where any can."""
        super().__init__()
        self._cut = cut
        self._starts = frozenset(starts or range(256))
        self._held = b""

    @property
    def held_bytes(self) -> int:
        return len(self._held)

    def feed(self, data: bytes) -> list[F]:
        return self._search(self._held + data)

    def flush(self) -> list[F]:
        """What is held is no frame; whole frames that stand inside of it are returned."""
        return self._search(self._held, given_up=len(self._held))

    def _framed(self, frame: F) -> F:
        """A protocol's chance to note on a frame what came before it; ``counters`` tell."""
        return frame

    def look_inside(self) -> list[F]:
        """What is held should have ended by now: a whole frame inside of it proves that it is none.

        Where there is none, what is held may still go on.
        """
        inside = (at for at in range(1, len(self._held)) if self._stands(at))
        return self._search(self._held, given_up=next(inside, 0))

    def _stands(self, at: int) -> bool:
        """Whether a whole frame begins at this place of what is held."""
        return self._held[at] in self._starts and isinstance(self._cut(self._held, at), Found)

    def _search(self, data: bytes, given_up: int = 0) -> list[F]:
        """``given_up``: no frame that is not whole begins before this place."""
        frames: list[F] = []
        at, end = 0, len(data)
        while at < end:
            found = NO_FRAME if data[at] not in self._starts else self._cut(data, at)
            if found is None and at >= given_up:
                break
            if isinstance(found, Found):
                frames.append(self._framed(found.frame))
                self._count(found.length)
                at += found.length
                continue
            self._bad_checksums += found is not None and found.bad_checksum
            self._discarded_bytes += 1
            at += 1
        self._held = data[at:]
        return frames
