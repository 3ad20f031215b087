"""Who has a device file open, read from /proc.

Other users' processes show their open files only to root, so an empty answer proves nothing.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


def holders(port: str, *, ours: bool = True) -> str:
    """Name the processes that have the device at ``port`` open, as ``command (pid N), …``.

    Empty where there are none or this user may not see them. This process is named as itself,
    or left out where ``ours`` is false.
    """
    try:
        status = Path(port).stat()
    except OSError:
        return ""
    if not stat.S_ISCHR(status.st_mode):
        return ""
    found = [
        process
        for process in Path("/proc").iterdir()
        if process.name.isdecimal()
        and (ours or int(process.name) != os.getpid())
        and _has_open(process, status.st_rdev)
    ]
    return ", ".join(_name(process) for process in sorted(found, key=lambda it: int(it.name)))


def _has_open(process: Path, device: int) -> bool:
    try:
        descriptors = list((process / "fd").iterdir())
    except OSError:  # ended meanwhile, or another user's
        return False
    return any(_device(descriptor) == device for descriptor in descriptors)


def _device(descriptor: Path) -> int | None:
    try:
        status = descriptor.stat()
    except OSError:  # closed meanwhile
        return None
    return status.st_rdev if stat.S_ISCHR(status.st_mode) else None


def _name(process: Path) -> str:
    pid = int(process.name)
    if pid == os.getpid():
        return f"this process (pid {pid}), for another reader"
    try:
        command = (process / "comm").read_text(errors="replace").strip()
    except OSError:  # ended meanwhile
        command = "a process"
    return f"{command} (pid {pid})"
