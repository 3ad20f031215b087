"""A budget for one process: a share of a core, memory, and writes a second to one disk.

Control groups of version 1 or 2, whichever the machine has; as root. The limit on writes is set for
the disk that a folder lies on and holds for this group alone: nobody else on it is slowed. It acts
on what is synced, which is what a light waits for; a write that nobody waits for is the kernel's.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PERIOD_US = 100_000
V2_NEEDS = {"cpu", "memory", "io"}
_WRITES = {"blkio.throttle.io_serviced": r" Write (\d+)", "io.stat": r" wios=(\d+)"}


@dataclass(frozen=True, slots=True)
class Limits:
    """A small board with a slow SD card."""

    core_share: float = 0.4
    memory_mb: int = 512
    write_iops: int = 100


@dataclass(frozen=True, slots=True)
class Budget:
    """A group with its limits set; ``folders`` are one for each controller, or one for all."""

    folders: tuple[Path, ...]

    def holding(self, *command: str) -> list[str]:
        """The command, started inside of the group."""
        joins = " && ".join(f"echo $$ > '{folder}/cgroup.procs'" for folder in self.folders)
        return ["/bin/sh", "-c", f'{joins} && exec "$@"', "budget", *command]

    def throttled(self) -> tuple[int, float]:
        """How often, and for how many seconds, the share of the core was used up."""
        (file,) = (folder / "cpu.stat" for folder in self.folders if (folder / "cpu.stat").exists())
        lines = file.read_text(encoding="ascii").splitlines()
        figures = {name: int(value) for name, value in (line.split() for line in lines)}
        held_s = figures.get("throttled_time", 0) / 1e9 + figures.get("throttled_usec", 0) / 1e6
        return figures["nr_throttled"], held_s

    def writes(self) -> int:
        """Writes to disks so far, as the limit counts them."""
        for folder in self.folders:
            for name, pattern in _WRITES.items():
                if (folder / name).exists():
                    text = (folder / name).read_text(encoding="ascii")
                    return sum(map(int, re.findall(pattern, text)))
        return 0


@contextmanager
def budget(name: str, disk: Path, limits: Limits) -> Iterator[Budget]:
    """A group called ``name``; processes in it must have ended when the block ends."""
    if os.geteuid() != 0:
        raise SystemExit("needs root, for control groups")
    device = _whole_disk(disk)
    one, several = _mounts()
    if one is not None:
        files = _version_2(one / name, device, limits)
        (one / "cgroup.subtree_control").write_text("+cpu +memory +io", encoding="ascii")
    elif several.keys() >= {"cpu", "memory", "blkio"}:
        files = _version_1(several, name, device, limits)
    else:
        raise SystemExit("needs control groups with cpu, memory and io (version 2) or blkio (1)")
    folders = tuple(dict.fromkeys(file.parent for file in files))
    try:
        for folder in folders:
            folder.mkdir()
        for file, text in files.items():
            file.write_text(text, encoding="ascii")
        yield Budget(folders)
    finally:
        for folder in folders:
            _remove(folder)


def _version_1(mounts: dict[str, Path], name: str, device: str, limits: Limits) -> dict[Path, str]:
    cpu, memory, disk = (mounts[controller] / name for controller in ("cpu", "memory", "blkio"))
    return {
        cpu / "cpu.cfs_period_us": str(PERIOD_US),
        cpu / "cpu.cfs_quota_us": str(int(PERIOD_US * limits.core_share)),
        memory / "memory.limit_in_bytes": f"{limits.memory_mb}M",
        disk / "blkio.throttle.write_iops_device": f"{device} {limits.write_iops}",
    }


def _version_2(folder: Path, device: str, limits: Limits) -> dict[Path, str]:
    return {
        folder / "cpu.max": f"{int(PERIOD_US * limits.core_share)} {PERIOD_US}",
        folder / "memory.max": f"{limits.memory_mb}M",
        folder / "io.max": f"{device} wiops={limits.write_iops}",
    }


def _mounts() -> tuple[Path | None, dict[str, Path]]:
    """Where version 2 with all that is needed is mounted, if it is; and version 1 by controller."""
    one: Path | None = None
    several: dict[str, Path] = {}
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup2":
            controllers = (Path(where) / "cgroup.controllers").read_text(encoding="ascii").split()
            one = Path(where) if set(controllers) >= V2_NEEDS else one
        elif kind == "cgroup":
            several |= {option: Path(where) for option in options.split(",")}
    return one, several


def _whole_disk(folder: Path) -> str:
    """The number of the disk behind ``folder``; a partition cannot be limited by itself."""
    number = folder.stat().st_dev
    entry = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}")
    if not entry.exists():
        raise SystemExit(f"{folder} is on no disk that can be limited; choose with --folder")
    whole = entry.resolve().parent if (entry / "partition").exists() else entry
    return (whole / "dev").read_text(encoding="ascii").strip()


def _remove(folder: Path) -> None:
    """Remove the group; the kernel lets go of an ended process a moment later."""
    for _ in range(50):
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    print(f"{folder} is left behind; something still runs in it")
