"""Ports of 127.0.0.1 that stay free while the process behind them is dead.

They lie below the range from which the kernel takes ports for outgoing connections, so that no
client's retry sits on the port of the server it waits for.
"""

from __future__ import annotations

import random
import socket

from running import wait_until

FIRST, LAST = 20_000, 32_000


def free_port() -> int:
    """A port that nobody listens at now."""
    while True:
        port = random.randrange(FIRST, LAST)
        if not is_listening(port):
            return port


def is_listening(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def wait_listening(port: int, what: str, timeout_s: float = 60.0) -> None:
    wait_until(lambda: is_listening(port), f"{what} listens at port {port}", timeout_s)
