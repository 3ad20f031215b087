"""All processes of one gateway: started in sessions of their own, killed and weighed together.

Who belongs to it is what Linux says of the sessions, so children of any depth are counted.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from running import wait_until

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


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
        for pid in self._pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        for started in self._started:
            started.wait(20)
        wait_until(lambda: not list(self._pids()), "every process is gone")
        self._started.clear()

    def cpu_s(self) -> float:
        """Processor seconds that the living processes have used so far, user and system."""
        used = (_stat(pid) for pid in self._pids())
        return sum(int(fields[11]) + int(fields[12]) for fields in used if fields) * TICK_S

    def resident_mb(self) -> float:
        used = (_stat(pid) for pid in self._pids())
        return sum(int(fields[21]) for fields in used if fields) * PAGE_BYTES / 1024**2

    def _pids(self) -> Iterator[int]:
        """Every process of the sessions that were started, but for those that only wait to be
        reaped."""
        sessions = {started.pid for started in self._started}
        for folder in Path("/proc").glob("[0-9]*"):
            fields = _stat(int(folder.name))
            if fields and int(fields[3]) in sessions and fields[0] != "Z":
                yield int(folder.name)


def _stat(pid: int) -> list[str]:
    """The fields of ``/proc/PID/stat`` from the state on; empty when the process is gone.

    0 state, 3 session, 11 and 12 ticks in user and system mode, 21 resident pages.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()
