"""The agent under strace: every file call written down, or a chosen one made to fail.

strace runs beside the agent and not above it (``-D``), so the agent's process id, exit code and
death are its own.
"""

from __future__ import annotations

from pathlib import Path

from installed import Require
from rig import Rig
from running import COMMANDS, Process

RECORDED = "openat,pwrite64,write,ftruncate,fsync,fdatasync,rename,unlink"


class Agent(Process):
    """The agent, which may end by itself."""

    @property
    def ended(self) -> bool:
        return self._running is not None and self._running.poll() is not None


def agent_command(rig: Rig) -> list[str]:
    return [str(COMMANDS / "bartack"), "run", "--config", str(rig.station_file)]


def untraced(rig: Rig) -> Agent:
    """The agent with nothing between it and the kernel."""
    return Agent(agent_command(rig), rig.agent.log)


def record(rig: Rig, require: Require, trace: Path) -> Agent:
    """An agent whose file calls, with every byte written, go to ``trace``."""
    options = [
        "--seccomp-bpf",
        "-y",
        "-xx",
        "-s",
        "1000000",
        "-e",
        f"trace={RECORDED}",
        "-o",
        str(trace),
    ]
    return _under_strace(rig, require, options)


def inject(rig: Rig, require: Require, fault: str, file: str | None = None) -> Agent:
    """An agent with ``fault`` as strace writes it: ``fdatasync:error=EIO:when=7``.

    With ``file``, only calls on that file of the bench's folder count.
    """
    calls = fault.partition(":")[0]
    options = ["-e", f"trace={calls}", "-e", f"inject={fault}", "-o", "/dev/null"]
    if file is not None:
        options += ["-P", str(rig.folder / file)]
    return _under_strace(rig, require, options)


def _under_strace(rig: Rig, require: Require, options: list[str]) -> Agent:
    strace = [str(require("strace")), "-D", "-f", "-qqq", *options]
    return Agent([*strace, *agent_command(rig)], rig.agent.log)
