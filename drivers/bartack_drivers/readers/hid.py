"""Driver of barcode scanners and badge readers that type like a keyboard over USB."""

from __future__ import annotations

import math
from typing import cast

from bartack_drivers.codecs.keyboard import PAUSE_S, KeyboardCodec
from bartack_drivers.codecs.text import Line, LineFormat
from bartack_drivers.conversation import Conversation
from bartack_drivers.driver import Driver, Options
from bartack_drivers.em4100 import badge_form_option
from bartack_drivers.options import Option
from bartack_drivers.talks.lines import line_conversation


def converse(options: Options) -> Conversation[Line]:
    """What listens to the reader; it cannot be talked to."""
    line_format = LineFormat(
        prefix=cast(str, options["prefix"]),
        trailer=cast(str, options["trailer"]),
        aim=cast(bool, options["aim"]),
        badge_form=cast(str, options["badge_form"]),
    )
    ends_by_pause = options["suffix"] == "none"
    codec = KeyboardCodec(line_format, ends_by_pause=ends_by_pause)
    silence_s = PAUSE_S if ends_by_pause else math.inf
    return line_conversation(codec, line_format.badge_form, silence_s)


DRIVER = Driver(
    name="hid",
    title="barcode scanner or badge reader that types like a keyboard over USB",
    media=("barcode", "em4100"),
    link="input",
    proof="fact sheet",
    evidence="Linux input events, USB HID usage tables, users' reports; simulated readers",
    options=(
        badge_form_option(),
        Option(
            "suffix",
            "text",
            "auto",
            "what ends a line; auto: Enter or Tab; none: also half a second without a key",
            choices=("auto", "none"),
        ),
        Option("prefix", "text", "", "text the reader types before each label; removed"),
        Option(
            "trailer",
            "text",
            "",
            "text the reader types after each label, before the suffix; removed",
        ),
        Option("aim", "switch", False, "the scanner sends AIM identifiers (]C0): read and removed"),
    ),
    converse=converse,
    has_checksum=False,
)
