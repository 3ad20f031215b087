"""Driver of UHF readers on the network that speak LLRP: Impinj, Zebra FX and others.

llrpkit is imported only when a reader is opened: it takes long, and few stations have one.
"""

from __future__ import annotations

import re
from typing import Any, Final, cast

from bartack_drivers.base import MissingExtra
from bartack_drivers.conversation import Conversation
from bartack_drivers.driver import Driver, Options
from bartack_drivers.options import Option

_NUMBERS: Final = re.compile(r"(?:[1-9][0-9]?(?:,[1-9][0-9]?)*)?", re.ASCII)


def converse(options: Options) -> Conversation[Any]:
    """What sets the reader up and listens to it. Raises ``MissingExtra`` without llrpkit."""
    try:
        from bartack_drivers.talks import llrp
    except ImportError as error:
        raise MissingExtra(
            f"LLRP readers need llrpkit: pip install 'bartack[llrp]' ({error})"
        ) from error

    numbers = cast(str, options["antennas"])
    antennas = [int(number) for number in numbers.split(",") if number]
    return llrp.conversation(antennas, cast(int, options["power_dbm"]))


def _fault(numbers: str) -> str | None:
    return None if _NUMBERS.fullmatch(numbers) else f"{numbers!r} is not a list such as 1,2"


DRIVER = Driver(
    name="llrp",
    title="UHF reader on the network that speaks LLRP, such as Impinj R700 or Zebra FX",
    media=("epc",),
    link="network",
    proof="capture",
    evidence="messages captured from readers by others; simulated readers",
    extra="llrp",
    options=(
        Option(
            "antennas", "text", "", "antennas to use, such as 1,2; empty: all of them", fault=_fault
        ),
        Option(
            "power_dbm",
            "integer",
            20,
            "transmit power in dBm; the reader's next lower step is taken",
            least=0,
            most=33,
        ),
    ),
    converse=converse,
    has_checksum=False,
    tcp_port=5084,
)
