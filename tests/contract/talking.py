"""A conversation and a simulated device that talk without wire or clock."""

from __future__ import annotations

from typing import Any

from bartack_drivers.base import Read
from bartack_drivers.conversation import Conversation
from bartack_drivers.registry import check_options, find_driver
from bartack_sim.devices.device import Device

STEP_S = 0.05


def conversation_of(driver: str, **options: object) -> Conversation[Any]:
    """What the driver says with these options and else its defaults."""
    row = find_driver(driver)
    assert row.converse is not None
    complete, mistakes = check_options(row, options)
    assert mistakes == []
    return row.converse(complete)


class Table:
    """Both on one table: time goes on in steps, and everything said is kept."""

    def __init__(self, conversation: Conversation[Any], device: Device) -> None:
        self.conversation = conversation
        self.device = device
        self.now_s = 0.0
        self.said: list[bytes] = []
        self.cut = False
        self._turn_due_s = 0.0

    def power_up(self) -> None:
        self._hear(self.device.power_up())

    def go_on(self, seconds: float) -> list[Read]:
        """Let so much time go by; what was read meanwhile."""
        reads: list[Read] = []
        until_s = self.now_s + seconds
        while self.now_s < until_s:
            self.now_s += STEP_S
            reads += self._step()
        return reads

    def _step(self) -> list[Read]:
        reads = []
        answers: list[bytes] = []
        if said := self.conversation.outgoing(self.now_s):
            self.said.append(said)
            answers = self.device.hear(said, self.now_s)
        if self.now_s >= self._turn_due_s:
            self._turn_due_s = self.now_s + self.device.turn_s
            answers += self.device.turn(self.now_s)
        if answers and not self.cut:
            reads += self._hear(answers)
        else:
            reads += self.conversation.idle(self.now_s)
        return reads

    def _hear(self, frames: list[bytes]) -> list[Read]:
        return self.conversation.feed(b"".join(frames), self.now_s)
