"""Driver of the Innovations ID-2LA, ID-12LA and ID-20LA 125 kHz badge readers in ASCII mode.

They send each badge once, when it comes near, so that one frame must be enough.
"""

from __future__ import annotations

from typing import cast

from bartack_drivers.codecs.rdm6300 import Rdm6300Codec, TagFrame
from bartack_drivers.conversation import Conversation
from bartack_drivers.driver import Driver, Options, baudrate_option
from bartack_drivers.em4100 import Confirmed, confirm_option


def converse(options: Options) -> Conversation[TagFrame]:
    """What listens to the reader; it cannot be talked to."""
    return Conversation(Rdm6300Codec(), Confirmed(cast(int, options["confirm"])))


DRIVER = Driver(
    name="id12la",
    title="125 kHz EM4100 badge reader ID-2LA, ID-12LA or ID-20LA",
    media=("em4100",),
    link="serial",
    proof="fact sheet",
    evidence="frame layout of the maker's data sheet; simulated readers",
    options=(baudrate_option(9600), confirm_option(1)),
    converse=converse,
    heard_at=(9600,),
)
