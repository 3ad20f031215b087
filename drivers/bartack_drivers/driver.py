"""A driver's row: what it reads, over what, how well that is proven, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bartack_drivers.base import Medium, Source
from bartack_drivers.conversation import Conversation
from bartack_drivers.options import Option

Clock = Callable[[], float]
"""Monotonic seconds."""

Options = Mapping[str, object]
"""Values of a driver's options, complete and checked."""

LinkKind = Literal["serial", "input", "camera", "network"]

Proof = Literal["capture", "vendor example", "fact sheet"]
"""The best that a driver's codec was held against: bytes recorded from a real reader by others,
examples that the maker prints, or a description only."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A question that changes nothing in a reader, to find out whether it is there.

    ``order``: when it is asked, lower first. ``answers`` is given everything that was heard since
    the request was sent.
    """

    order: int
    baudrates: tuple[int, ...]
    request: bytes
    answers: Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver.

    ``link``: ``serial``, ``input`` and ``network`` devices bring bytes and have a ``converse``,
    which makes what talks with the device; all others have an ``open``, which takes the port, the
    options and a clock. Both may raise ``MissingExtra``. ``tcp_port`` is where a network device
    listens if its address does not say. ``evidence`` says what stands behind ``proof``. ``extra``
    is the optional dependency set. ``has_checksum``: whether the wire can tell a changed byte.
    ``beeps``: whether the reader can be told to beep for an answer.

    ``heard_at``: the baud rates at which detection may hear a device that talks by itself, its
    usual one first; empty where what it sends proves nothing. ``claims`` decides between relatives
    that send the same frames: whether bytes that were heard are this very device's.
    """

    name: str
    title: str
    media: tuple[Medium, ...]
    link: LinkKind
    proof: Proof
    evidence: str
    options: tuple[Option, ...]
    extra: str | None = None
    converse: Callable[[Options], Conversation[Any]] | None = None
    open: Callable[[str, Options, Clock], Source] | None = None
    has_checksum: bool = True
    beeps: bool = False
    probes: tuple[Probe, ...] = ()
    heard_at: tuple[int, ...] = ()
    tcp_port: int | None = None
    claims: Callable[[bytes], bool] | None = None


def baudrate_option(default: int) -> Option:
    """The option every serial driver has."""
    return Option(
        "baudrate",
        "integer",
        default,
        "bits per second, 8N1; USB-CDC devices and tcp:// ports ignore it",
        least=50,
        most=4_000_000,
    )
