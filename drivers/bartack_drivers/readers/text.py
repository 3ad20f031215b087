"""Driver of scanners and badge readers that send each label or number as a line of text over a
serial port."""

from __future__ import annotations

from typing import Final, cast

from bartack_drivers.codecs.text import Ending, Line, LineFormat, TextCodec
from bartack_drivers.conversation import Conversation
from bartack_drivers.driver import Driver, Options, baudrate_option
from bartack_drivers.em4100 import badge_form_option
from bartack_drivers.options import Option, encoding_fault
from bartack_drivers.talks.lines import line_conversation

PAUSE_S: Final = 0.1
"""Silence that ends a label where the scanner sends no ending. At 9600 baud a byte takes 1 ms."""


def converse(options: Options) -> Conversation[Line]:
    """What listens to the scanner; it is not talked to."""
    line_format = LineFormat(
        ending=cast(Ending, options["suffix"]),
        prefix=cast(str, options["prefix"]),
        trailer=cast(str, options["trailer"]),
        aim=cast(bool, options["aim"]),
        encoding=cast(str, options["encoding"]),
        badge_form=cast(str, options["badge_form"]),
    )
    return line_conversation(TextCodec(line_format), line_format.badge_form, PAUSE_S)


DRIVER = Driver(
    name="text",
    title="barcode scanner that sends lines of text over a serial port or USB-CDC",
    media=("barcode", "em4100"),
    link="serial",
    proof="vendor example",
    evidence="formats of scanner manuals and AIM tables; simulated scanners",
    options=(
        baudrate_option(9600),
        Option(
            "suffix",
            "text",
            "auto",
            "what ends a label; auto: any of CR, LF, Tab; none: a pause of 100 ms",
            choices=("auto", "cr", "lf", "crlf", "tab", "none"),
        ),
        Option("prefix", "text", "", "text the scanner puts before each label; removed"),
        Option(
            "trailer",
            "text",
            "",
            "text the scanner puts after each label, before the suffix; removed",
        ),
        Option("aim", "switch", False, "the scanner sends AIM identifiers (]C0): read and removed"),
        Option(
            "encoding",
            "text",
            "latin-1",
            "encoding of labels that are not UTF-8",
            fault=encoding_fault,
        ),
        badge_form_option(),
    ),
    converse=converse,
    has_checksum=False,
    heard_at=(9600, 115200),
)
