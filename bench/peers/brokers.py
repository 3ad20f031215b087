"""The Mosquittos of the bench: the central one, the same for all, and those at the edge."""

from __future__ import annotations

import signal
from pathlib import Path

from peers.ports import free_port, wait_listening
from running import Process

_PLAIN = """\
listener {port} 127.0.0.1
allow_anonymous true
user root
persistence true
persistence_location {folder}/
log_type error
log_type warning
log_type notice
"""

_CENTRAL = """\
max_queued_messages 1000000
max_inflight_messages 200
set_tcp_nodelay true
"""
"""No limit that a peer could run into, and no wait of the broker's own before it passes on."""


def write_configuration(file: Path, port: int, further: str) -> None:
    """A configuration with its state in a folder beside the file."""
    state = file.with_suffix(".state")
    state.mkdir(exist_ok=True)
    file.write_text(_PLAIN.format(port=port, folder=state) + further, encoding="utf-8")


class Central:
    """The broker in the office. It can be stopped in good order, or stand still with TCP open."""

    def __init__(self, folder: Path, mosquitto: Path) -> None:
        self.port = free_port()
        file = folder / "central.conf"
        write_configuration(file, self.port, _CENTRAL)
        self._process = Process([str(mosquitto), "-c", str(file)], folder / "central.log")

    def start(self) -> None:
        self._process.start()
        wait_listening(self.port, "the central broker")

    def stop(self) -> None:
        """SIGTERM: it saves its sessions, so nothing that it has taken is lost here."""
        self._process.terminate()

    def freeze(self) -> None:
        """A black hole: every connection stays open and nothing answers."""
        self._process.send(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send(signal.SIGCONT)

    def close(self) -> None:
        self._process.kill()
