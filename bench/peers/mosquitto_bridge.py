"""A Mosquitto at the edge with a bridge to the central one, and a small script that feeds it.

As its manual has it: an outgoing bridge at QoS 1 with a kept session, persistence on. *Default*
leaves the rest as it is: at most 1,000 queued messages, saved every 30 minutes. *Tuned* queues
without limit and saves after each change.
"""

from __future__ import annotations

from peers.brokers import write_configuration
from peers.peer import Site
from peers.ports import free_port, wait_listening
from peers.tcp_peer import TcpPeer

_BRIDGE = """\
connection central
address 127.0.0.1:{central_port}
topic scans/# out 1
cleansession false
notifications false
restart_timeout 1 2
keepalive_interval 10
"""

SAVED_AT_EACH_CHANGE = """\
max_queued_messages 1000000
autosave_on_changes true
autosave_interval 1
"""


class MosquittoBridge(TcpPeer):
    """The broker keeps what the central one does not have yet."""

    settings = ""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.edge_port = free_port()

    def start_processes(self) -> None:
        file = self.site.disk / "edge.conf"
        bridge = _BRIDGE.format(central_port=self.site.central_port)
        write_configuration(file, self.edge_port, self.settings + bridge)
        self.processes.start("edge", [str(self.site.mosquitto), "-c", str(file)], self.site.folder)
        wait_listening(self.edge_port, "the broker at the edge")
        self.start_script("publish", str(self.edge_port))


class TunedMosquittoBridge(MosquittoBridge):
    settings = SAVED_AT_EACH_CHANGE
