"""The two scripts that people write first: paho alone, and paho behind an SQLite outbox."""

from __future__ import annotations

from peers.tcp_peer import TcpPeer


class PahoScript(TcpPeer):
    """Nothing is kept but in memory: the bare cost of a gateway."""

    def start_processes(self) -> None:
        self.start_script("publish", str(self.site.central_port))


class OutboxScript(TcpPeer):
    """One commit for each event, deleted at the broker's acknowledgement."""

    def start_processes(self) -> None:
        database = self.site.disk / "outbox.db"
        self.start_script("outbox", str(self.site.central_port), str(database))
