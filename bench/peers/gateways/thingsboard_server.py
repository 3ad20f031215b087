"""Stands for the ThingsBoard server: tells the gateway its limits, without which it sends nothing.

Run as ``-m peers.gateways.thingsboard_server BROKER_PORT``. Its session is kept, so that a gateway
that is back earlier than this is answered as well; ``READY`` is printed when it listens.
"""

from __future__ import annotations

import json
import sys

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

READY = "listening"

LIMITS = {
    "maxPayloadSize": 65536,
    "maxInflightMessages": 100,
    "rateLimits": {},
    "gatewayRateLimits": {},
}


def answer(client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
    if b"getSessionLimits" in message.payload:
        request = message.topic.rsplit("/", 1)[1]
        client.publish(f"v1/devices/me/rpc/response/{request}", json.dumps(LIMITS), qos=1)


def main() -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="server", clean_session=False)
    client.on_connect = lambda client, *_: client.subscribe("v1/devices/me/rpc/request/+", qos=1)
    client.on_subscribe = lambda *_: print(READY, flush=True)
    client.on_message = answer
    client.reconnect_delay_set(1, 1)
    client.connect_async("127.0.0.1", int(sys.argv[1]), keepalive=10)
    client.loop_forever(retry_first_connection=True)


if __name__ == "__main__":
    main()
