"""What goes wrong on a reader's wire, as pure functions of the bytes and a seeded generator.

A device sends a *burst*: the chunks that reach the wire one after the other. Each fault takes
bytes and gives bytes, or a burst of them, so that the same seed always breaks the same things.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

_TIMES = frozenset({"slow_s", "sleep_s"})


@dataclass(frozen=True, slots=True)
class LineFaults:
    """How often each fault strikes a frame, from 0 (never) to 1 (always).

    ``dropout`` loses the frame, ``merged`` sends it together with those that follow, ``ghost``
    sends one more that reports what is not there. ``slow_s``: by how many seconds every answer
    is late. ``sleep_s``: the device falls asleep when the host is silent for so long, and loses the
    byte that wakes it; 0 never.
    """

    noise: float = 0.0
    split: float = 0.0
    truncated: float = 0.0
    wrong_checksum: float = 0.0
    ghost: float = 0.0
    power_up: float = 0.0
    dropout: float = 0.0
    merged: float = 0.0
    slow_s: float = 0.0
    sleep_s: float = 0.0

    def __post_init__(self) -> None:
        for name in _TIMES:
            if not getattr(self, name) >= 0.0:
                raise ValueError(f"{name}: {getattr(self, name)} is not a time in seconds")
        for name in set(self.__slots__) - _TIMES:
            rate = getattr(self, name)
            if not 0.0 <= rate <= 1.0:
                raise ValueError(f"{name}: {rate} is not a rate between 0 and 1")


CLEAN = LineFaults()


def strikes(rate: float, rng: random.Random) -> bool:
    """Whether a fault of this rate happens this time."""
    return rate > 0.0 and rng.random() < rate


def with_noise(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one to four stray bytes pushed in anywhere."""
    noisy = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        noisy.insert(rng.randint(0, len(noisy)), rng.randrange(256))
    return bytes(noisy)


def truncated(data: bytes, rng: random.Random) -> bytes:
    """The beginning of ``data``: at least one byte is missing from its end."""
    return data[: rng.randrange(len(data))] if data else data


def split(data: bytes, rng: random.Random) -> tuple[bytes, ...]:
    """``data`` in two to four pieces, as a slow wire and a busy kernel deliver it."""
    if len(data) < 2:
        return (data,)
    cuts = sorted(rng.sample(range(1, len(data)), min(rng.randint(1, 3), len(data) - 1)))
    edges = [0, *cuts, len(data)]
    return tuple(data[start:end] for start, end in itertools.pairwise(edges))


def other_byte(data: bytes, at: int, rng: random.Random) -> bytes:
    """``data`` with another value in the byte at ``at``, which may count from the end."""
    changed = bytearray(data)
    changed[at] ^= rng.randint(1, 255)
    return bytes(changed)


def power_up_garbage(rng: random.Random) -> bytes:
    """The stray bytes that a module sends when power comes."""
    return rng.randbytes(rng.randint(1, 12))


def burst(data: bytes, faults: LineFaults, rng: random.Random) -> tuple[bytes, ...]:
    """The chunks in which ``data`` reaches the wire once these faults had their chance."""
    if strikes(faults.truncated, rng):
        data = truncated(data, rng)
    if strikes(faults.noise, rng):
        data = with_noise(data, rng)
    return split(data, rng) if strikes(faults.split, rng) else (data,)
