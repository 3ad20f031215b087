"""Driver of readers that say length and kind of a card: Gwiot 7941E and its desktop relatives.

They also see cards that no read can be made of; whoever shows one is told.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from bartack_drivers.base import Medium, Read
from bartack_drivers.codecs.stx_len import (
    EM4100_KINDS,
    ISO14443_KINDS,
    KIND_NAMES,
    CardFrame,
    StxLenCodec,
)
from bartack_drivers.conversation import Ask, Conversation, Report, Script
from bartack_drivers.driver import Driver, Options, baudrate_option
from bartack_drivers.em4100 import Confirmed, confirm_option

TROUBLE_S: Final = 10.0
"""For how long it is said that a card cannot be read, unless another card is shown."""


def converse(options: Options) -> Conversation[CardFrame]:
    """What listens to the reader; it cannot be talked to."""
    confirmed = Confirmed(cast(int, options["confirm"]))

    def sightings(card: CardFrame, now_s: float) -> Sequence[Read]:
        medium = _medium(card)
        if medium is None:
            return ()
        return [replace(read, medium=medium) for read in confirmed(card, now_s)]

    return Conversation(StxLenCodec(), sightings, _watch())


def _medium(card: CardFrame) -> Medium | None:
    """What a read of this card is; None where no read can be made of it."""
    if card.kind in EM4100_KINDS and len(card.number) == 5:
        return "em4100"
    if card.kind in ISO14443_KINDS and 4 <= len(card.number) <= 10:
        return "iso14443"
    return None


def _watch() -> Script[CardFrame]:
    """Say which cards are not read."""
    patience_s = math.inf
    while True:
        card = yield Ask("", b"", lambda _: True, patience_s, tries=1)
        trouble = _trouble(card) if card is not None else ""
        patience_s = TROUBLE_S if trouble else math.inf
        yield Report("card", trouble)


def _trouble(card: CardFrame) -> str:
    if _medium(card) is not None:
        return ""
    name = KIND_NAMES.get(card.kind, f"kind {card.kind:02X}")
    if card.kind in EM4100_KINDS | ISO14443_KINDS:
        return f"a card ({name}) with a number of an unknown length was shown: {card.id}"
    return (
        f"a card of a kind that is not read here ({name}) was shown; use EM4100 or ISO 14443 cards"
    )


DRIVER = Driver(
    name="stx_len",
    title="125 kHz and 13.56 MHz card reader Gwiot 7941E, 7941D or a desktop relative",
    media=("em4100", "iso14443"),
    link="serial",
    proof="vendor example",
    evidence="examples that two sellers print; simulated readers",
    options=(baudrate_option(9600), confirm_option(1)),
    converse=converse,
    heard_at=(9600,),
)
