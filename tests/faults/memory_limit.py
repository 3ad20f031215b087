"""A memory limit for one process: a control group that the test makes and takes away. Needs root.

Version 2 of control groups where the machine has the memory controller there, else version 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from running import wait_until

_ROOT = Path("/sys/fs/cgroup")


@contextmanager
def memory_limit(name: str, limit_mb: int) -> Iterator[Path]:
    """The file into which a process writes its id to be limited; skips where there is none."""
    controllers = _ROOT / "cgroup.controllers"
    modern = controllers.exists() and "memory" in controllers.read_text(encoding="ascii")
    folder = (_ROOT if modern else _ROOT / "memory") / name
    try:
        if modern:
            (_ROOT / "cgroup.subtree_control").write_text("+memory", encoding="ascii")
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no memory control group can be made here: {error}")
    try:
        limit = folder / ("memory.max" if modern else "memory.limit_in_bytes")
        limit.write_text(str(limit_mb * 1024**2), encoding="ascii")
        yield folder / "cgroup.procs"
    finally:
        members = folder / "cgroup.procs"
        wait_until(lambda: not members.read_text(encoding="ascii"), "the process is gone")
        folder.rmdir()
