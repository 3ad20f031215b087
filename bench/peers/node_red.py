"""Node-RED: its TCP input straight to its MQTT output, or through an outbox flow."""

from __future__ import annotations

from peers import node_red_flow
from peers.peer import Site
from peers.ports import free_port
from peers.tcp_peer import TcpPeer


class NodeRed(TcpPeer):
    outbox = False
    warm_up_s = 3.0

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._modules = site.built / "node-red" / "node_modules"
        self._admin_port = free_port()

    def start_processes(self) -> None:
        folder = self.site.disk / "node-red"
        if not folder.exists():
            ports = (self.line_port, self.site.central_port, self._admin_port)
            node_red_flow.write(folder, *ports, outbox=self.outbox)
            (folder / "node_modules").symlink_to(self._modules)
        command = ["node", str(self._modules / "node-red" / "red.js"), "--userDir", str(folder)]
        self.processes.start("node-red", command, self.site.folder)


class NodeRedOutbox(NodeRed):
    outbox = True
