"""Readers at a table that show less than others: a keyboard that types 24 bits of a badge's number,
and beside it a UHF reader, which sees whatever tag is held to it.

Who holds up a badge there is told by its lowest six hex digits, and by nothing else.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bartack_sim.devices.fifo import FifoPort
from bartack_sim.devices.pty import Port
from bartack_sim.devices.wire import Wire, make_device

DIGITS = 6
"""Hex digits of a badge's number that the keyboard types."""

_UNREAD = "0000"
"""Stands for the digits of a badge that it leaves out, whatever they are."""


def shown(badge: str) -> str:
    """What is typed for a badge of ten hex digits."""
    return badge[-DIGITS:]


class FewBitsReaders:
    """Both readers on their ports until ``close``. What is shown is a badge's six digits or a
    tag's EPC, which is longer."""

    def __init__(self, badges: Path, tags: Path) -> None:
        with ExitStack() as opened:
            self._badges = opened.enter_context(FifoPort(badges))
            self._tags = opened.enter_context(Port(tags))
            self._keyboard = opened.enter_context(
                Wire(self._badges, make_device("hid", {"form": "6H"}))
            )
            self._uhf = opened.enter_context(
                Wire(self._tags, make_device("uhf_prime", {"active": "true", "idle": "false"}))
            )
            self._opened = opened.pop_all()

    def tap_together(self, values: Sequence[str], seconds: float) -> None:
        """Hold these to the readers for so long."""
        held = [
            (self._keyboard, _UNREAD + it) if len(it) == DIGITS else (self._uhf, it)
            for it in values
        ]
        for wire, value in held:
            wire.place(value)
        threading.Event().wait(seconds)
        for wire, value in held:
            wire.remove(value)

    def unplug(self) -> None:
        self._badges.unplug()
        self._tags.unplug()

    def plug(self) -> None:
        self._badges.plug()
        self._tags.plug()
        self._keyboard.power_up()
        self._uhf.power_up()

    def close(self) -> None:
        self._opened.close()
