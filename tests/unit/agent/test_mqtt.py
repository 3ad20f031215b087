"""The MQTT connection's socket, as far as the broker's behaviour cannot show it."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from bartack.mqtt import Connection
from bartack.settings import Broker


def own_sockets() -> Iterator[socket.socket]:
    """A duplicate of every socket that this process has open."""
    for entry in Path("/proc/self/fd").iterdir():
        try:
            duplicate = os.dup(int(entry.name))
        except OSError:
            continue  # it was the listing's own
        if not stat.S_ISSOCK(os.fstat(duplicate).st_mode):
            os.close(duplicate)
            continue
        with socket.socket(fileno=duplicate) as found:
            yield found


def is_connected_to(candidate: socket.socket, port: int) -> bool:
    try:
        return bool(candidate.getpeername() == ("127.0.0.1", port))
    except OSError:
        return False


def test_a_message_is_not_held_back_for_the_answer_to_an_earlier_one() -> None:
    """The connection sends what it has at once, though the last packet is not acknowledged."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        port = listener.getsockname()[1]
        connection = Connection(Broker(host="127.0.0.1", port=port, insecure=True), "st07")
        connection.start()
        accepted, _ = listener.accept()
        with accepted:
            accepted.settimeout(10)
            assert accepted.recv(1), "the connection says CONNECT once its socket is set up"
            options = [
                link.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                for link in own_sockets()
                if is_connected_to(link, port)
            ]
            assert options == [1]
        connection.stop(timeout_s=1)
