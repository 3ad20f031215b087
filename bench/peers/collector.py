"""Who subscribes at the central broker: which events came, when, how often and in what order."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion


class Collector:
    """A persistent session at QoS 1. Its thread writes what the bench's thread reads."""

    def __init__(self, port: int, topic: str, numbers_in: Callable[[bytes], Iterable[int]]) -> None:
        self.first_ns: dict[int, int] = {}
        """When each event came first, in the order of coming."""
        self.copies: Counter[int] = Counter()
        self.last_s = time.monotonic()
        self._topic = topic
        self._numbers_in = numbers_in
        self._subscribed = threading.Event()
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="collector", clean_session=False
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.on_socket_open = _send_at_once
        self._client.on_connect = lambda client, *_: client.subscribe(topic, qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._received
        self._client.connect("127.0.0.1", port, keepalive=10)
        self._client.loop_start()
        assert self._subscribed.wait(20), "the collector cannot subscribe"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _received(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        now_ns = time.perf_counter_ns()
        for number in self._numbers_in(bytes(message.payload)):
            self.first_ns.setdefault(number, now_ns)
            self.copies[number] += 1
        self.last_s = time.monotonic()


def _send_at_once(_client: object, _data: object, link: object) -> None:
    assert isinstance(link, socket.socket)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
