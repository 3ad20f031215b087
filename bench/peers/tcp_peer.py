"""What the peers with a TCP entrance have in common; each says only what it starts."""

from __future__ import annotations

import sys
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from peers import line_feed
from peers.line_feed import LineFeed
from peers.peer import Site
from peers.ports import free_port, wait_listening
from peers.processes import Processes

BENCH = str(Path(__file__).parents[1])


def python_module(name: str) -> list[str]:
    """The command for a module of ``gateways/``; it needs ``BENCH`` as its path."""
    return [sys.executable, "-m", f"peers.gateways.{name}"]


class TcpPeer(ABC):
    """A peer that takes lines over TCP and publishes below ``scans/``."""

    topic = "scans/#"
    warm_up_s = 1.0
    """From the open port to steady work, as far as it cannot be seen from outside."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.line_port = free_port()
        self.processes = Processes(site.folder)
        self._feed = LineFeed(self.line_port)

    @abstractmethod
    def start_processes(self) -> None:
        """Set up if need be, and start; the last one listens at ``line_port``."""

    @property
    def sent_ns(self) -> Mapping[int, int]:
        return self._feed.sent_ns

    @property
    def light_ns(self) -> Mapping[int, int]:
        return {}

    def start(self) -> None:
        self.start_processes()
        wait_listening(self.line_port, type(self).__name__)
        time.sleep(self.warm_up_s)

    def hand_over(self, number: int) -> None:
        self._feed.send(number)

    def flood(self, numbers: Sequence[int]) -> None:
        self._feed.send_all(numbers)

    def rest(self) -> None:
        self._feed.rest()

    def unanswered(self) -> int:
        return 0

    def promised(self) -> set[int]:
        return set(self._feed.sent_ns)

    def numbers_in(self, payload: bytes) -> list[int]:
        return line_feed.numbers_in(payload)

    def counted(self) -> Counter[int] | None:
        return None

    def close(self) -> None:
        self._feed.let_go()
        self.processes.kill()

    def start_script(self, name: str, *arguments: str) -> None:
        """Start one of ``gateways/`` with this Python."""
        command = [*python_module(name), str(self.line_port), *arguments]
        self.processes.start(name, command, self.site.folder, {"PYTHONPATH": BENCH})
