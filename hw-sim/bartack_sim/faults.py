"""What goes wrong on a reader's wire, as pure functions of the bytes and a seeded generator.

A device sends a *burst*: the chunks that reach the wire one after the other. Each fault takes
bytes and gives bytes, or a burst of them, so that the same seed always breaks the same things.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

HEX_DIGITS = b"0123456789ABCDEF"


@dataclass(frozen=True, slots=True)
class LineFaults:
    """How often each fault strikes a frame, from 0 (never) to 1 (always).

    ``wrong_checksum`` and ``ghost`` mean something only on a wire whose frames have a checksum.
    """

    noise: float = 0.0
    split: float = 0.0
    truncated: float = 0.0
    wrong_checksum: float = 0.0
    ghost: float = 0.0
    power_up: float = 0.0

    def __post_init__(self) -> None:
        for name in self.__slots__:
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


def wrong_checksum(frame: bytes, rng: random.Random) -> bytes:
    """An RDM6300 frame (STX, 10 hex digits, 2 checksum digits, ETX) whose checksum is wrong."""
    right = frame[11:13]
    wrong = right
    while wrong == right:
        wrong = bytes(rng.choices(HEX_DIGITS, k=2))
    return frame[:11] + wrong + frame[13:]


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
