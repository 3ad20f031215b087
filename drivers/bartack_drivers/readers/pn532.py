"""Driver of 13.56 MHz badge readers with a PN532 chip on a serial line.

The chip only reads when it is asked, and sleeps from power-up on. It is woken, told to end a search
that finds no card, and asked again and again. When it falls silent it is woken anew.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Final, cast

from bartack_drivers.base import Read
from bartack_drivers.codecs.pn532 import (
    ACK,
    GET_FIRMWARE_VERSION,
    IN_LIST_PASSIVE_TARGET,
    RF_CONFIGURATION,
    SAM_CONFIGURATION,
    WAKE,
    Frame,
    Pn532Codec,
    card_numbers,
    command_frame,
)
from bartack_drivers.conversation import Ask, Conversation, Report, Rest, Script, Tell
from bartack_drivers.driver import Driver, Options, Probe, baudrate_option
from bartack_drivers.options import Option

ANSWER_S: Final = 0.5
"""How long an answer may take; the chip itself needs 15 ms to begin one."""

WAKING_TRIES: Final = 4
"""Some USB adapters of a Raspberry Pi take 1.5 s for the first answer, which is then late for the
first tries and in time for the next."""

AGAIN_S: Final = 1.0
"""How long a chip that does not answer is left alone."""

RANDOM_SHOWN_S: Final = 5.0
"""How long a card with a random number is complained of."""

SEARCH: Final = command_frame(IN_LIST_PASSIVE_TARGET, b"\x01\x00")
"""Look for one card of type A at 106 kbit/s."""

RANDOM_NUMBER: Final = (
    "the card shows a random number and cannot be used as a badge; give this person another card"
)

_SEARCH_ENDS: Final = command_frame(RF_CONFIGURATION, b"\x05\x01\x00\x01")
_SAM_OFF: Final = command_frame(SAM_CONFIGURATION, b"\x01")
_VERSION: Final = command_frame(GET_FIRMWARE_VERSION)
_TYPE_A_RANDOM: Final = 0x08
"""First byte of a 4-byte number that a card makes up each time (ISO 14443-3)."""

_Doing = Generator[Ask[Frame] | Tell | Rest | Report, Frame | None, bool]


class Cards:
    """The reads of what the chip finds. A card that lies there is read with every search."""

    def __init__(self) -> None:
        self.random = False
        self._random_s = 0.0

    def __call__(self, frame: Frame, now_s: float) -> list[Read]:
        numbers = card_numbers(frame)
        lasting = [number for number in numbers if not _is_random(number)]
        if len(lasting) < len(numbers):
            self.random, self._random_s = True, now_s
        elif lasting or now_s - self._random_s >= RANDOM_SHOWN_S:
            self.random = False
        return [Read("iso14443", number.hex().upper(), now_s) for number in lasting]


def converse(options: Options) -> Conversation[Frame]:
    """What asks the chip for cards."""
    cards = Cards()
    return Conversation(Pn532Codec(), cards, _script(cast(int, options["poll_ms"]) / 1000, cards))


def _script(poll_s: float, cards: Cards) -> Script[Frame]:
    while True:
        awake = yield from _set_up()
        while awake:
            yield Report("random number", RANDOM_NUMBER if cards.random else "")
            yield Rest(poll_s)
            # An answer that is lost is no trouble; the chip is woken, and that tells.
            ask = Ask("", SEARCH, _done(IN_LIST_PASSIVE_TARGET), ANSWER_S)
            awake = yield from _do("look for a card", ask)
        yield Report("random number", RANDOM_NUMBER if cards.random else "")
        yield Rest(AGAIN_S)


def _set_up() -> _Doing:
    """Wake the chip and make its searches end."""
    # An ACK from the host ends a search that somebody else began and that would never end.
    wake = WAKE + ACK + _SAM_OFF
    ask = Ask("wake up", wake, _done(SAM_CONFIGURATION), ANSWER_S, WAKING_TRIES)
    if not (yield from _do("wake up", ask)):
        return False
    purpose = "end a search without a card"
    ask = Ask(purpose, _SEARCH_ENDS, _done(RF_CONFIGURATION), ANSWER_S)
    return (yield from _do(purpose, ask))


def _do(purpose: str, ask: Ask[Frame]) -> _Doing:
    """Ask, and say what is refused; whether the chip does it."""
    answer = yield ask
    refused = answer is not None and answer.kind == "error"
    trouble = f"the reader refuses to {purpose}; is it a PN532, and does nobody else talk with it?"
    yield Report("refusal", trouble if refused else "")
    return answer is not None and not refused


def _done(command: int) -> Callable[[Frame], bool]:
    return lambda frame: frame.answers(command) or frame.kind == "error"


def _is_random(number: bytes) -> bool:
    return len(number) == 4 and number[0] == _TYPE_A_RANDOM


def _is_version(heard: bytes) -> bool:
    return any(frame.answers(GET_FIRMWARE_VERSION) for frame in Pn532Codec().feed(heard))


DRIVER = Driver(
    name="pn532",
    title="13.56 MHz badge reader with PN532 on a serial line (HSU)",
    media=("iso14443",),
    link="serial",
    proof="capture",
    evidence="exchanges that users of several libraries published; simulated readers",
    options=(
        baudrate_option(115200),
        Option(
            "poll_ms",
            "integer",
            250,
            "pause between two searches for a card, in milliseconds",
            least=20,
            most=5000,
        ),
    ),
    converse=converse,
    probes=(Probe(7, (115200,), WAKE + _VERSION, _is_version),),
)
