"""Driver of 125 kHz EM4100 badge readers of the RDM6300 family.

The checksum is weak and the coil picks up noise, so an id counts only after the same frame came
twice in succession.
"""

from __future__ import annotations

import math
from typing import cast

from bartack_drivers.codecs.rdm6300 import Rdm6300Codec, TagFrame
from bartack_drivers.conversation import Conversation
from bartack_drivers.driver import Driver, Options, baudrate_option
from bartack_drivers.em4100 import Confirmed, confirm_option


def converse(options: Options) -> Conversation[TagFrame]:
    """What listens to the reader; it cannot be talked to."""
    confirmed = Confirmed(cast(int, options["confirm"]))
    # Every frame begins with a byte that no other place has, so half a frame hides nothing.
    return Conversation(Rdm6300Codec(), confirmed, silence_s=math.inf)


DRIVER = Driver(
    name="rdm6300",
    title="125 kHz EM4100 badge reader RDM6300 or RDM630",
    media=("em4100",),
    link="serial",
    proof="vendor example",
    evidence="frames printed in the maker's data sheet and by users; simulated readers",
    options=(baudrate_option(9600), confirm_option(2)),
    converse=converse,
    heard_at=(9600,),
    # Its relative ID-12LA sends the same frame with a line's end in it.
    claims=lambda heard: b"\r\n\x03" not in heard,
)
