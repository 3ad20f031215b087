"""Driver of the Parallax 28140 and 28340 125 kHz badge readers.

Their frames have no checksum, so an id counts only after the same frame came twice in succession.
"""

from __future__ import annotations

from typing import cast

from bartack_drivers.codecs.parallax28140 import Parallax28140Codec
from bartack_drivers.codecs.rdm6300 import TagFrame
from bartack_drivers.conversation import Conversation
from bartack_drivers.driver import Driver, Options, baudrate_option
from bartack_drivers.em4100 import Confirmed, confirm_option


def converse(options: Options) -> Conversation[TagFrame]:
    """What listens to the reader; it cannot be talked to."""
    return Conversation(Parallax28140Codec(), Confirmed(cast(int, options["confirm"])))


DRIVER = Driver(
    name="parallax28140",
    title="125 kHz EM4100 badge reader Parallax 28140 or 28340",
    media=("em4100",),
    link="serial",
    proof="vendor example",
    evidence="the example of the maker's data sheet; simulated readers",
    options=(baudrate_option(2400), confirm_option(2)),
    converse=converse,
    has_checksum=False,
    heard_at=(2400,),
)
