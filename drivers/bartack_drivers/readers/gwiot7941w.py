"""Driver of the Gwiot 7941W reader for 125 kHz and 13.56 MHz cards.

It says nothing by itself, so it is asked for one kind of card after the other, again and again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final, cast

from bartack_drivers.base import Medium, Read
from bartack_drivers.codecs.gwiot7941w import (
    DONE,
    NO_CARD,
    READ_EM4100,
    READ_UID,
    Gwiot7941wCodec,
    Reply,
)
from bartack_drivers.conversation import Ask, Conversation, Report, Rest, Script
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option

BETWEEN_POLLS_S: Final = 0.1
"""Short, so that a card that is only waved past is asked for in time."""
SILENT_S: Final = 2.0
"""How long a reader that does not answer is left alone."""

_POLLS: Final = MappingProxyType({"em4100": READ_EM4100, "iso14443": READ_UID})
_MEDIA: Final = MappingProxyType[int, Medium](
    {5: "em4100", 4: "iso14443", 7: "iso14443", 10: "iso14443"}
)
"""What a card is, by the number of bytes of its number."""


def converse(options: Options) -> Conversation[Reply]:
    """What asks the reader for cards. A reply counts whoever asked."""
    cards = cast(tuple[str, ...], options["cards"])
    return Conversation(Gwiot7941wCodec(), _cards, _polling([_POLLS[card] for card in cards]))


def _cards(reply: Reply, now_s: float) -> list[Read]:
    medium = _MEDIA.get(len(reply.data))
    if reply.status != DONE or medium is None or not any(reply.data):
        return []
    return [Read(medium, reply.data.hex().upper(), now_s)]


def _polling(polls: Iterable[bytes]) -> Script[Reply]:
    for poll in itertools.cycle(polls):
        reply = yield Ask("look for a card", poll, lambda _: True)
        if reply is not None:
            yield Report("status", _trouble(reply))
        yield Rest(SILENT_S if reply is None else BETWEEN_POLLS_S)


def _trouble(reply: Reply) -> str:
    if reply.status in {DONE, NO_CARD}:
        return ""
    return (
        f"the reader answers with the unknown status {reply.status:02X}; "
        "take its power away for a moment, and check that it is a 7941W"
    )


def _answers(data: bytes) -> bool:
    return bool(Gwiot7941wCodec().feed(data))


DRIVER = Driver(
    name="gwiot7941w",
    title="125 kHz and 13.56 MHz card reader Gwiot 7941W",
    media=("em4100", "iso14443"),
    link="serial",
    proof="vendor example",
    evidence="requests that sellers print, replies in tests of users' programs; simulated readers",
    options=(
        baudrate_option(115200),
        Option(
            "cards",
            "list",
            ("em4100", "iso14443"),
            "the kinds of card that the reader is asked for in turn",
            choices=("em4100", "iso14443"),
        ),
    ),
    converse=converse,
    probes=(Probe(9, (115200,), READ_EM4100, _answers),),
)
