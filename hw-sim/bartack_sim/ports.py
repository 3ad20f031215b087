"""TCP ports of 127.0.0.1: which are free, and whether a process of ours is who listens there.

A port that was free a moment ago may be somebody else's by now, who then answers in our place.
"""

from __future__ import annotations

import socket
from pathlib import Path

_LISTEN = "0A"
"""The state of a listening socket in ``/proc/net/tcp``."""


def free_port(wanted: int = 0) -> int:
    """``wanted`` if nobody listens there on 127.0.0.1, else any free port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            if not wanted:
                raise
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(pid: int, port: int) -> bool:
    """Whether this process has a listening TCP socket at that port. A process that is gone, or is
    not ours to look at, has none."""
    folder = Path(f"/proc/{pid}")
    sockets = _listening(folder / "net" / "tcp", port) | _listening(folder / "net" / "tcp6", port)
    try:
        opened = [_target(it) for it in (folder / "fd").iterdir()]
    except OSError:
        return False
    return any(f"socket:[{inode}]" in opened for inode in sockets)


def _target(link: Path) -> str:
    """Where an entry of ``/proc`` points; empty for a file that was closed meanwhile."""
    try:
        return str(link.readlink())
    except OSError:
        return ""


def _listening(table: Path, port: int) -> set[str]:
    """The inodes of sockets that listen at a port, by a table of the kernel's."""
    try:
        _, *rows = (line.split() for line in table.read_text(encoding="ascii").splitlines())
    except (OSError, ValueError):
        return set()
    return {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == _LISTEN}
