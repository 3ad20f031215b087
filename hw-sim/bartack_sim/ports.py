"""TCP ports of 127.0.0.1: which are free, and whether a process of ours is who listens there.

A port that was free a moment ago may be somebody else's by now, who then answers in our place.
"""

from __future__ import annotations

import secrets
import socket
from pathlib import Path

_PORTS = range(20_000, 32_000)
"""Below those that the kernel gives to whoever asks for any, or connects somewhere."""

_TRIES = 100

_LISTEN = "0A"
"""The state of a listening socket in ``/proc/net/tcp``."""


def free_port(wanted: int = 0) -> int:
    """``wanted`` if nobody listens there on 127.0.0.1, else any free port.

    That is one which the kernel gives nobody by itself: until it is used no connection takes it.
    Raises ``OSError`` when there is none.
    """
    some = (secrets.choice(_PORTS) for _ in range(_TRIES))
    for port in (wanted, *some) if wanted else some:
        if _is_free(port):
            return port
    raise OSError(f"127.0.0.1: no free port among {_PORTS[0]} to {_PORTS[-1]}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


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
