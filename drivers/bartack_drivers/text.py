"""Driver of barcode scanners that send each label as a line of text over a serial port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from bartack_drivers.base import Counters, Read
from bartack_drivers.codecs.text import Ending, LineFormat, LineFrame, TextCodec
from bartack_drivers.links import SerialLink, SerialSource

PAUSE_S: Final = 0.1
"""Silence that ends a label where the scanner sends no ending. At 9600 baud a byte takes 1 ms."""


class TextDecoder:
    """Lines as reads.

    A pause is only believed after the line was found silent: bytes that waited while this
    computer was busy must not be taken for two labels.
    """

    def __init__(self, line_format: LineFormat | None = None) -> None:
        self._codec = TextCodec(line_format or LineFormat())
        self._last_byte_s = 0.0

    @property
    def counters(self) -> Counters:
        return self._codec.counters

    def feed(self, data: bytes, now_s: float) -> list[Read]:
        if data:
            self._last_byte_s = now_s
        return _reads(self._codec.feed(data), now_s)

    def idle(self, now_s: float) -> list[Read]:
        if now_s - self._last_byte_s < PAUSE_S:
            return []
        return _reads(self._codec.flush(), now_s)


def _reads(frames: list[LineFrame], now_s: float) -> list[Read]:
    return [Read("barcode", frame.text, now_s, symbology=frame.symbology) for frame in frames]


def open_scanner(
    port: str, options: Mapping[str, object], clock: Callable[[], float]
) -> SerialSource:
    """Open the scanner at a serial port. ``options`` are complete and checked."""
    line_format = LineFormat(
        ending=cast(Ending, options["suffix"]),
        prefix=cast(str, options["prefix"]),
        trailer=cast(str, options["trailer"]),
        aim=cast(bool, options["aim"]),
        encoding=cast(str, options["encoding"]),
    )
    link = SerialLink(port, cast(int, options["baudrate"]))
    return SerialSource(link, TextDecoder(line_format), clock)
