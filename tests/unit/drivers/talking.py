"""A driver's conversation and a simulated reader in one room: no wire, no clock but this one's."""

from __future__ import annotations

from typing import Any

from bartack_drivers.base import Read
from bartack_drivers.conversation import Conversation
from bartack_drivers.registry import check_options, find_driver
from bartack_sim.devices.device import Device

STEP_S = 0.01


def talk(driver: str, **options: object) -> Conversation[Any]:
    """The conversation of a driver with these options and else its defaults."""
    row = find_driver(driver)
    assert row.converse is not None
    complete, mistakes = check_options(row, options)
    assert mistakes == []
    return row.converse(complete)


class Room:
    """Lets the two talk for as long as it is told to, and keeps what was said.

    ``hears`` and ``is_on`` are the reader's send line and power.
    """

    def __init__(self, conversation: Conversation[Any], device: Device) -> None:
        self.conversation = conversation
        self.device = device
        self.hears = True
        self.is_on = True
        self.now_s = 0.0
        self.said: list[bytes] = []
        self._turn_s = 0.0

    def values(self, duration_s: float) -> list[str]:
        return [read.value for read in self.reads(duration_s)]

    def reads(self, duration_s: float) -> list[Read]:
        """Let time go by and return what was read meanwhile."""
        reads: list[Read] = []
        for _ in range(round(duration_s / STEP_S)):
            answers = []
            if request := self.conversation.outgoing(self.now_s):
                self.said.append(request)
                if self.hears and self.is_on:
                    answers += self.device.hear(request, self.now_s)
            if self.is_on and self.now_s >= self._turn_s:
                answers += self.device.turn(self.now_s)
                self._turn_s = self.now_s + self.device.turn_s
            self.now_s += STEP_S
            data = b"".join(answers)
            if data:
                reads += self.conversation.feed(data, self.now_s)
            else:
                reads += self.conversation.idle(self.now_s)
        return reads

    def forget(self) -> None:
        """Forget what the driver said so far."""
        self.said.clear()

    def times_said(self, request: str) -> int:
        return b"".join(self.said).count(bytes.fromhex(request))
