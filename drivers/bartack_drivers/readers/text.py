"""Driver of barcode scanners that send each label as a line of text over a serial port."""

from __future__ import annotations

from typing import Final, cast

from bartack_drivers.base import Read
from bartack_drivers.codecs.text import Ending, LineFormat, LineFrame, TextCodec
from bartack_drivers.conversation import Conversation
from bartack_drivers.driver import Driver, Options, baudrate_option
from bartack_drivers.options import Option, encoding_fault

PAUSE_S: Final = 0.1
"""Silence that ends a label where the scanner sends no ending. At 9600 baud a byte takes 1 ms."""


def converse(options: Options) -> Conversation[LineFrame]:
    """What listens to the scanner; it is not talked to."""
    line_format = LineFormat(
        ending=cast(Ending, options["suffix"]),
        prefix=cast(str, options["prefix"]),
        trailer=cast(str, options["trailer"]),
        aim=cast(bool, options["aim"]),
        encoding=cast(str, options["encoding"]),
    )
    return Conversation(TextCodec(line_format), _labels, silence_s=PAUSE_S)


def _labels(frame: LineFrame, now_s: float) -> list[Read]:
    return [Read("barcode", frame.text, now_s, symbology=frame.symbology)]


DRIVER = Driver(
    name="text",
    title="barcode scanner that sends lines of text over a serial port or USB-CDC",
    media=("barcode",),
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
    ),
    converse=converse,
    has_checksum=False,
    heard_at=(9600, 115200),
)
