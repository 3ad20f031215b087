"""What tests have run beside them: a port for it, the process, and the waiting for what it does."""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

COMMANDS = Path(sys.executable).parent

_PORTS = range(20_000, 32_000)
"""Below those that the kernel gives to whoever asks for any, or connects somewhere."""

_turn = itertools.count(secrets.randbelow(len(_PORTS)))
"""Where in their round this process is: others that run beside it are elsewhere."""


def free_port() -> int:
    """A port that nobody listens at, nor will before the test does: no one else is given it."""
    while True:
        port = _PORTS[next(_turn) % len(_PORTS)]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(
    condition: Callable[[], object], what: str | Callable[[], str], timeout_s: float = 60.0
) -> None:
    """Look until ``condition`` holds; fails with ``what`` when it does not in time."""
    deadline_s = time.monotonic() + timeout_s
    pause = threading.Event()
    while not condition():
        if time.monotonic() >= deadline_s:
            said = what if isinstance(what, str) else what()
            raise AssertionError(f"after {timeout_s} s still not: {said}")
        pause.wait(0.02)


class Process:
    """One of our commands, or the broker, that can be killed and started again."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        self._arguments = arguments
        self.log = log
        self._log_begins = 0
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.pid

    def start(self) -> None:
        # SIGABRT then has it write down where each of its threads stands.
        environment = {**os.environ, "PYTHONFAULTHANDLER": "1"}
        with self.log.open("ab") as log:
            self._log_begins = log.tell()
            self._running = subprocess.Popen(
                self._arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
            )

    def said(self) -> str:
        """What it has logged since it was started last."""
        return self.log.read_bytes()[self._log_begins :].decode("utf-8", "replace")

    def last_words(self) -> str:
        """Why a test waits for it in vain: all it logged, and where its threads stand. Ends it."""
        if self._running is not None and self._running.poll() is None:
            threads = [
                f"{it.name} {(it / 'wchan').read_text()} {(it / 'comm').read_text().strip()}"
                for it in Path(f"/proc/{self.pid}/task").iterdir()
            ]
            self.send(signal.SIGABRT)
            with suppress(subprocess.TimeoutExpired):
                self.wait()
            return f"{self.said()}\nthreads: {threads}"
        return f"{self.said()}\nnot running"

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self, timeout_s: float = 15.0) -> int:
        assert self._running is not None
        return self._running.wait(timeout_s)

    def kill(self) -> None:
        """SIGKILL: no chance to say or save anything."""
        if self._running is not None and self._running.poll() is None:
            self._running.kill()
            self._running.wait(10)

    def terminate(self) -> int:
        """SIGTERM, and the exit code."""
        self.send(signal.SIGTERM)
        return self.wait()
