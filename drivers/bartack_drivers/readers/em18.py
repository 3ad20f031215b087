"""Driver of the EM-18 125 kHz badge reader.

It sends each badge once, when it comes near, so that one frame must be enough.
"""

from __future__ import annotations

from typing import Final, cast

from bartack_drivers.codecs.em18 import Em18Codec
from bartack_drivers.codecs.rdm6300 import TagFrame
from bartack_drivers.conversation import Conversation
from bartack_drivers.driver import Driver, Options, baudrate_option
from bartack_drivers.em4100 import Confirmed, confirm_option

PAUSE_S: Final = 0.1
"""Silence that ends a frame. A byte takes 1 ms, and USB adapters hold bytes back for 16 ms."""


def converse(options: Options) -> Conversation[TagFrame]:
    """What listens to the reader; it cannot be talked to."""
    return Conversation(Em18Codec(), Confirmed(cast(int, options["confirm"])), silence_s=PAUSE_S)


DRIVER = Driver(
    name="em18",
    title="125 kHz EM4100 badge reader EM-18",
    media=("em4100",),
    link="serial",
    proof="vendor example",
    evidence="examples that sellers of the module print; simulated readers",
    options=(baudrate_option(9600), confirm_option(1)),
    converse=converse,
    heard_at=(9600,),
)
