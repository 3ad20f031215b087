"""A plain paho script: a line in, a QoS 1 publish out, nothing kept but paho's queue in memory.

Run as ``-m peers.gateways.publish LINE_PORT BROKER_PORT``. Against the central broker it is a peer
of its own; against a Mosquitto at the edge it is the way in of peers that have no TCP input.
"""

from __future__ import annotations

import sys

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from peers.gateways.line_server import serve

TOPIC = "scans/gate-3"


def main() -> None:
    line_port, broker_port = int(sys.argv[1]), int(sys.argv[2])
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="gate-3", clean_session=False)
    client.reconnect_delay_set(1, 2)
    client.connect_async("127.0.0.1", broker_port, keepalive=10)
    client.loop_start()
    serve(line_port, lambda line: client.publish(TOPIC, line, qos=1))


if __name__ == "__main__":
    main()
