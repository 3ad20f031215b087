"""A conversation and a simulated device that talk with each other, in time that a test brings."""

from __future__ import annotations

from typing import Any

from bartack_drivers.base import Read
from bartack_drivers.conversation import Conversation
from bartack_drivers.registry import check_options, find_driver
from bartack_sim.devices.device import Device

STEP_S = 0.01


class Played:
    """A driver and its device on one wire. ``sent`` is what the driver said since it was read."""

    def __init__(self, driver: str, device: Device, **options: object) -> None:
        row = find_driver(driver)
        assert row.converse is not None
        complete, mistakes = check_options(row, options)
        assert mistakes == []
        self.talk: Conversation[Any] = row.converse(complete)
        self.device = device
        self.sent: list[bytes] = []
        self.now_s = 100.0
        self.hears = self.speaks = True
        """Whether the device hears the driver, and the driver the device."""
        self._turn_s = 0.0

    def run(self, seconds: float) -> list[Read]:
        """Let so much time go by; what was read in it."""
        reads: list[Read] = []
        for _ in range(round(seconds / STEP_S)):
            self.now_s += STEP_S
            said = self.talk.outgoing(self.now_s)
            if said:
                self.sent.append(said)
            frames = self.device.hear(said, self.now_s) if said and self.hears else []
            if self.now_s >= self._turn_s:
                self._turn_s = self.now_s + self.device.turn_s
                frames += self.device.turn(self.now_s)
            heard = b"".join(frames) if self.speaks else b""
            if heard:
                reads += self.talk.feed(heard, self.now_s)
            else:
                reads += self.talk.idle(self.now_s)
        return reads

    def values(self, seconds: float) -> set[str]:
        return {read.value for read in self.run(seconds)}

    def said(self, *starts: bytes) -> bool:
        """Whether the driver said something that has one of these bytes in it; then forget it."""
        found = any(start in said for said in self.sent for start in starts)
        self.sent.clear()
        return found
