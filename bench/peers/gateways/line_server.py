"""The entrance of the Python gateways: lines from TCP clients, one client at a time."""

from __future__ import annotations

import socket
from collections.abc import Callable


def serve(port: int, take: Callable[[bytes], object]) -> None:
    """Call ``take`` with every line, without its end, for ever."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        while True:
            client, _ = listener.accept()
            with client:
                _read_lines(client, take)


def _read_lines(client: socket.socket, take: Callable[[bytes], object]) -> None:
    rest = b""
    try:
        while data := client.recv(65536):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                take(line)
    except ConnectionError:
        return
