"""All peers by their short names, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from peers.bartack import Bartack
from peers.mosquitto_bridge import MosquittoBridge, TunedMosquittoBridge
from peers.node_red import NodeRed, NodeRedOutbox
from peers.peer import Peer, Site
from peers.scripts import OutboxScript, PahoScript
from peers.thingsboard import ThingsBoard


@dataclass(frozen=True, slots=True)
class Entry:
    """``flood`` is how many events at once it can take in reasonable time.

    Bartack's limit is another: each of its events needs a bundle in the reference data, and ten
    thousand bundles are several lines' worth.
    """

    title: str
    make: Callable[[Site], Peer]
    flood: int = 10_000


PEERS = {
    "bartack": Entry("Bartack", Bartack, 5000),
    "paho": Entry("paho script, memory only", PahoScript),
    "outbox": Entry("paho + SQLite outbox", OutboxScript),
    "mosquitto": Entry("Mosquitto bridge, default", MosquittoBridge),
    "mosquitto-tuned": Entry("Mosquitto bridge, saved at each change", TunedMosquittoBridge, 3000),
    "node-red": Entry("Node-RED, TCP to MQTT", NodeRed),
    "node-red-outbox": Entry("Node-RED + SQLite outbox flow", NodeRedOutbox),
    "thingsboard": Entry("ThingsBoard Gateway, SQLite storage", ThingsBoard, 3000),
}
