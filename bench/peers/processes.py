"""All processes of one gateway: started in sessions of their own, killed and weighed together."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import psutil


class Processes:
    """A gateway is what it starts: Bartack's agent, or a broker, a runtime and a helper."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._started: list[subprocess.Popen[bytes]] = []

    @property
    def first_pid(self) -> int:
        return self._started[0].pid

    @property
    def are_running(self) -> bool:
        return bool(self._started) and all(started.poll() is None for started in self._started)

    def start(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        with (self._logs / f"{name}.log").open("ab") as log:
            self._started.append(
                subprocess.Popen(
                    command,
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    cwd=folder,
                    env={**os.environ, **(environment or {})},
                    start_new_session=True,
                )
            )

    def kill(self) -> None:
        """SIGKILL for every process and its children; returns when all are gone."""
        found = list(self._tree())
        for process in found:
            try:
                process.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        for started in self._started:
            started.wait(20)
        psutil.wait_procs(found, 20)
        self._started.clear()

    def cpu_s(self) -> float:
        """Processor seconds that the living processes have used so far, user and system."""
        return self._sum(lambda process: sum(process.cpu_times()[:2]))

    def resident_mb(self) -> float:
        return self._sum(lambda process: process.memory_info().rss) / 1024**2

    def _sum(self, weigh: Callable[[psutil.Process], float]) -> float:
        total = 0.0
        for process in self._tree():
            try:
                total += weigh(process)
            except psutil.NoSuchProcess:
                continue
        return total

    def _tree(self) -> Iterator[psutil.Process]:
        for started in self._started:
            try:
                process = psutil.Process(started.pid)
                children = process.children(recursive=True)
            except psutil.NoSuchProcess:
                continue
            yield process
            yield from children
