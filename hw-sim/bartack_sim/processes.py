"""Child processes of the demo, started, killed and stopped by their pid as a service manager would.

Each child has a session of its own, so that Ctrl-C reaches only the demo, which then stops its
children in order. Every child logs into a file.
"""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bartack_sim.ports import listens

QUICK_S = 5.0
QUICK_ENDS_MAX = 5
"""A child that ends so often within ``QUICK_S`` of its start is beyond restarting."""

_TAIL_BYTES = 1500


class ProcessError(Exception):
    """A child process did not do its part; the text says which, and how its log ends."""


class Child:
    """One long-running child. Used by one thread."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        log: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.log = log
        self._arguments = tuple(arguments)
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._quick_ends = 0

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def listens_at(self, port: int) -> bool:
        """Whether it is who listens at that TCP port."""
        return self._process is not None and self.running and listens(self._process.pid, port)

    def start(self) -> None:
        """Start it; raises ``ProcessError`` when the program cannot be started."""
        if self.running:
            return
        with self.log.open("ab") as log:
            try:
                self._process = subprocess.Popen(
                    self._arguments,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=self.log.parent,
                    env={**os.environ, "PYTHONUNBUFFERED": "1"},
                    start_new_session=True,
                )
            except OSError as error:
                raise ProcessError(
                    f"{self.name}: cannot start {self._arguments[0]}: {error}"
                ) from error
        self._started_s = self._clock()

    def revive(self) -> int | None:
        """Start it again if it has ended by itself; returns its exit status in that case.

        Raises ``ProcessError`` when it keeps ending right after its start.
        """
        if self._process is None or self._process.poll() is None:
            return None
        status = self._process.returncode
        quick = self._clock() - self._started_s < QUICK_S
        self._quick_ends = self._quick_ends + 1 if quick else 0
        if self._quick_ends >= QUICK_ENDS_MAX:
            raise ProcessError(
                f"{self.name} ends with status {status} whenever it is started\n{self.log_tail()}"
            )
        self.start()
        return status

    def kill(self) -> None:
        """SIGKILL, as a power cut would; returns when it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def ask_to_stop(self) -> None:
        """SIGTERM; the child stops in its own time."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def ended_within(self, timeout_s: float) -> bool:
        """Whether it is gone, or goes within that time."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def log_tail(self) -> str:
        """The end of its log."""
        try:
            data = self.log.read_bytes()
        except FileNotFoundError:
            return ""
        return data[-_TAIL_BYTES:].decode("utf-8", errors="replace").strip()


def stop_all(children: Sequence[Child], timeout_s: float, hurry: Callable[[], bool]) -> list[str]:
    """Stop these children together; returns the names of those that had to be killed.

    Once ``hurry`` says so, nobody is waited for.
    """
    for child in children:
        child.ask_to_stop()
    killed = []
    deadline = time.monotonic() + timeout_s
    for child in children:
        while not child.ended_within(0.1):
            if hurry() or time.monotonic() >= deadline:
                child.kill()
                killed.append(child.name)
                break
    return killed


def run_once(
    arguments: Sequence[str],
    folder: Path,
    timeout_s: float,
    hurry: Callable[[], bool],
    good: Sequence[int] = (0,),
) -> str:
    """Run a command to its end and return what it wrote to standard output.

    Raises ``ProcessError`` with its standard error when it fails, takes too long, or ``hurry``
    says that nobody waits for it any more.
    """
    name = " ".join((Path(arguments[0]).name, *arguments[1:2]))
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                cwd=folder,
                start_new_session=True,
            )
        except OSError as error:
            raise ProcessError(f"{name}: cannot be started: {error}") from error
        deadline = time.monotonic() + timeout_s
        while process.poll() is None:
            if hurry() or time.monotonic() >= deadline:
                process.kill()
                process.wait()
                raise ProcessError(f"{name}: given up before it ended (limit {timeout_s:g} s)")
            time.sleep(0.02)
        output.seek(0)
        errors.seek(0)
        if process.returncode not in good:
            said = errors.read().decode("utf-8", errors="replace").strip()
            raise ProcessError(f"{name}: exit status {process.returncode}: {said}")
        return output.read().decode("utf-8")
