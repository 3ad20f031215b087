"""The example broker: a real Mosquitto on config/mosquitto.conf and config/acl, over TLS."""

from __future__ import annotations

import queue
import re
import socket
import ssl
from collections.abc import Iterator

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from factory_broker import ACCOUNTS, CONFIG, DEADLINE_S, Broker, factory_broker
from installed import Require

NOT_AUTHORIZED = 0x87
ST07 = "bartack/v1/dhk1/l03/st07"

pytestmark = pytest.mark.require("mosquitto", "mosquitto_passwd", "openssl")


@pytest.fixture(scope="module")
def broker(require: Require, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with factory_broker(tmp_path_factory.mktemp("broker"), require) as running:
        yield running


class Client:
    """A connected MQTT 5 client whose callbacks only enqueue."""

    def __init__(self, broker: Broker, user: str | None, password: str | None = None) -> None:
        self.messages: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.connected: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.tls_set_context(ssl.create_default_context(cafile=str(broker.ca_file)))
        if user is not None:
            self._client.username_pw_set(user, password or ACCOUNTS[user])
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._client.connect("localhost", broker.port)
        self._client.loop_start()

    def __enter__(self) -> Client:
        assert self.connected.get(timeout=DEADLINE_S) == "Success"
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes = b"{}") -> int:
        """Publishes retained at QoS 1; the broker's MQTT 5 reason code."""
        self._client.publish(topic, payload, qos=1, retain=True)
        return self.answers.get(timeout=DEADLINE_S)

    def subscribe(self, topic_filter: str) -> None:
        self._client.subscribe(topic_filter, qos=1)
        assert self.answers.get(timeout=DEADLINE_S) < 0x80

    def _on_connect(
        self, _c: paho.Client, _u: object, _f: object, reason: ReasonCode, _p: Properties | None
    ) -> None:
        self.connected.put(str(reason))

    def _on_publish(
        self, _c: paho.Client, _u: object, _mid: int, reason: ReasonCode, _p: Properties
    ) -> None:
        self.answers.put(reason.value)

    def _on_subscribe(
        self, _c: paho.Client, _u: object, _mid: int, codes: list[ReasonCode], _p: object
    ) -> None:
        self.answers.put(codes[0].value)

    def _on_message(self, _c: paho.Client, _u: object, message: paho.MQTTMessage) -> None:
        self.messages.put((message.topic, bytes(message.payload)))


@pytest.mark.parametrize("leaf", ["events", "status", "state"])
def test_a_station_reaches_the_hub_under_its_own_name(broker: Broker, leaf: str) -> None:
    """What a station publishes under its own prefix is delivered to the hub."""
    with Client(broker, "hub") as hub, Client(broker, "st07") as station:
        hub.subscribe(f"bartack/v1/dhk1/+/+/{leaf}")
        assert station.publish(f"{ST07}/{leaf}", leaf.encode()) == 0
        assert hub.messages.get(timeout=DEADLINE_S) == (f"{ST07}/{leaf}", leaf.encode())


@pytest.mark.parametrize(
    "topic",
    [
        f"{ST07}/ack",
        f"{ST07}/notices",
        f"{ST07}/events/more",
        f"{ST07}/credits/08/more",
        "bartack/v1/dhk1/l03/st08/credits/08",
        "bartack/v1/dhk1/l03/st08/session",
        "bartack/v1/dhk1/l03/st08/events",
        "bartack/v1/dhk1/l03/st08/status",
        "bartack/v1/dhk1/l04/st07/events",
        "bartack/v1/dhk2/l03/st07/events",
        "bartack/v1/dhk1/l03/ref/operators",
        "bartack/v1/dhk1/l03/summary",
        "anything",
    ],
)
def test_a_station_writes_nowhere_else(broker: Broker, topic: str) -> None:
    """Acknowledgements, other stations' topics and reference data are refused to a station."""
    with Client(broker, "st07") as station:
        assert station.publish(topic) == NOT_AUTHORIZED


def test_a_station_hears_its_own_acknowledgement_and_its_line_only(broker: Broker) -> None:
    """Of all that the hub publishes, a station gets what is for it and its line's tables."""
    topics = [
        "bartack/v1/dhk1/l03/st08/ack",
        "bartack/v1/dhk1/l03/st08/notices",
        "bartack/v1/dhk1/l04/ref/operators",
        "bartack/v1/dhk1/l03/ref/operators",
        f"{ST07}/notices",
        f"{ST07}/ack",
    ]
    with Client(broker, "hub") as hub, Client(broker, "st07") as station:
        station.subscribe("#")
        for topic in topics:
            assert hub.publish(topic, b"fresh") < 0x80
        heard: list[str] = []
        while f"{ST07}/ack" not in heard:
            topic, payload = station.messages.get(timeout=DEADLINE_S)
            if payload == b"fresh":
                heard.append(topic)
    assert heard == topics[3:]


@pytest.mark.parametrize("leaf", ["claim", "credits/08", "session"])
def test_neighbours_hear_each_other(broker: Broker, leaf: str) -> None:
    """What a station tells its line reaches the other stations of the line."""
    with Client(broker, "st08") as neighbour, Client(broker, "st07") as station:
        neighbour.subscribe(f"bartack/v1/dhk1/l03/+/{leaf}")
        assert station.publish(f"{ST07}/{leaf}", leaf.encode()) == 0
        assert neighbour.messages.get(timeout=DEADLINE_S) == (f"{ST07}/{leaf}", leaf.encode())


def test_the_hub_writes_no_events(broker: Broker) -> None:
    """The hub's account cannot invent a station's events."""
    with Client(broker, "hub") as hub:
        assert hub.publish(f"{ST07}/events") == NOT_AUTHORIZED


@pytest.mark.parametrize(("user", "password"), [(None, None), ("st07", "wrong"), ("st09", "x")])
def test_nobody_connects_without_an_account(
    broker: Broker, user: str | None, password: str | None
) -> None:
    """No account, a wrong password and an unknown station are refused at the door."""
    stranger = Client(broker, user, password)
    try:
        assert stranger.connected.get(timeout=DEADLINE_S) == "Not authorized"
    finally:
        stranger.stop()


def answer_of(link: socket.socket) -> bytes:
    """The MQTT answer on a raw connection; empty when it was closed or reset instead."""
    try:
        received = link.recv(64)
    except ConnectionResetError:
        return b""
    is_tls_alert = received[:1] == b"\x15"
    return b"" if is_tls_alert else received


def test_the_broker_speaks_tls_only(broker: Broker) -> None:
    """A client without TLS, or one that trusts another authority, gets no connection."""
    with socket.create_connection(("127.0.0.1", broker.port), timeout=DEADLINE_S) as link:
        link.sendall(b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04st07")
        assert answer_of(link) == b""
    with socket.create_connection(("127.0.0.1", broker.port), timeout=DEADLINE_S) as link:
        context = ssl.create_default_context()
        with pytest.raises(ssl.SSLCertVerificationError):
            context.wrap_socket(link, server_hostname="localhost")


def test_the_queue_is_large_and_not_unlimited() -> None:
    """The key whose default loses messages, and whose 0 did in some releases, is a number."""
    text = (CONFIG / "mosquitto.conf").read_text(encoding="utf-8")
    found = re.search(r"^max_queued_messages (\d+)$", text, re.MULTILINE)
    assert found
    assert int(found[1]) >= 100_000
