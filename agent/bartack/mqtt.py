"""One MQTT connection, for station and hub alike: paho behind a queue.

paho's callbacks run under its lock, so they only enqueue notes (an exception in one would end its
thread while ``is_connected()`` stays true). Whoever owns the connection reads the notes in its own
thread. paho's queue is never the buffer: what was unacknowledged when the link went is dropped
here and sent again by its owner. Measured reasons: docs/decisions/0005-mqtt.md.
"""

from __future__ import annotations

import queue
import random
import socket
import ssl
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from bartack.contest import Contest, link_ended, not_made
from bartack.settings import Broker

NOTES_MAX: Final = 10_000
"""Notes waiting for their owner. Past it messages are dropped and the link is cut: a sender that
floods is not worth the memory, and what matters is sent again."""

RECEIVE_MAX: Final = 500
"""Messages at QoS 1 that the broker may send before we acknowledge."""

LARGE_BYTES: Final = 2048
"""A link that ends while a message of this size is unanswered may have ended because of it."""

_UNSPECIFIED: Final = 0x80
_NOT_AUTHORISED: Final = frozenset({0x86, 0x87})

_SESSION_TAKEN_OVER: Final = 0x8E

NO_SUBSCRIBER: Final = 0x10
"""PUBACK reason: the broker took the message but nobody will ever get it."""

TOO_LARGE: Final = 0x95
"""PUBACK reason: the message is larger than the broker takes."""


class LinkDeadError(Exception):
    """The MQTT client does not react any more. The process must end, to be started anew."""


@dataclass(frozen=True, slots=True)
class Up:
    """Connected. At most ``window`` messages may be unacknowledged.

    ``packet_max_bytes`` is the largest packet that the broker takes, None if it did not say.
    """

    window: int
    packet_max_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Down:
    """Not connected: never was, refused, or lost. ``reason`` is for a person.

    ``contested``: by all signs another machine connects with our client id.
    """

    reason: str
    contested: bool = False


@dataclass(frozen=True, slots=True)
class Dead:
    """paho's thread ended though nobody asked it to. Nothing is sent or heard any more."""

    reason: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The broker answered a subscription: what is published from now on is heard, if it granted it.

    ``refusal`` is the broker's reason, empty when it granted every filter.
    """

    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Published:
    """The broker answered a publish; ``reason`` is its MQTT 5 code, 0 for taken."""

    mid: int
    reason: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message arrived; ``mid`` is what ``acknowledge`` wants, 0 at QoS 0."""

    topic: str
    payload: bytes
    mid: int


@dataclass(frozen=True, slots=True)
class Wake:
    """The owner's own nudge from another thread: there is something to do."""


@dataclass(frozen=True, slots=True)
class Errand:
    """The owner's own order from another thread: say this, once and not again."""

    topic: str
    payload: bytes


Note = Up | Down | Dead | Subscribed | Published | Message | Wake | Errand


class _Client(paho.Client):
    """paho, whose thread does not end unheard: otherwise it would say "connected" for ever."""

    def __init__(self, notes: queue.SimpleQueue[Note], **settings: Any) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, **settings)
        self._notes = notes

    def loop_forever(
        self, timeout: float = 1.0, retry_first_connection: bool = False
    ) -> MQTTErrorCode:
        try:
            return super().loop_forever(timeout, retry_first_connection)
        except BaseException as error:
            structlog.get_logger("mqtt").exception("the MQTT thread failed")
            self._notes.put(Dead(f"the MQTT thread failed: {error!r}"))
            return MQTTErrorCode.MQTT_ERR_UNKNOWN


class Connection:
    """A connection that keeps itself up and tells ``notes`` what happens to it."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        session_s: int = 0,
        will: tuple[str, bytes] | None = None,
        acknowledge_by_hand: bool = False,
        spread_s: float = 1.5,
    ) -> None:
        """``session_s`` is how long the broker keeps our session while we are away; 0 for none.
        ``spread_s``: a lost link is tried again after a time by chance, up to this.

        Raises ``OSError`` or ``ssl.SSLError`` when password or certificates cannot be read.
        """
        self.notes: queue.SimpleQueue[Note] = queue.SimpleQueue()
        self._broker = broker
        self._session_s = session_s
        self._spread_s = spread_s
        self._refused = False
        self._cutting = False
        self._contest = Contest()
        self._large: set[int] = set()
        """Large messages that the broker has not answered."""
        modern = broker.protocol == "5"
        self._client = _Client(
            self.notes,
            client_id=client_id,
            protocol=paho.MQTTv5 if modern else paho.MQTTv311,
            clean_session=None if modern else session_s == 0,
            manual_ack=acknowledge_by_hand,
        )
        if broker.username is not None:
            self._client.username_pw_set(broker.username, broker.password())
        if broker.ca_file is not None:
            context = ssl.create_default_context(cafile=str(broker.ca_file))
            if broker.cert_file is not None:
                context.load_cert_chain(str(broker.cert_file), str(broker.key_file))
            self._client.tls_set_context(context)
        if will is not None:
            self._client.will_set(will[0], will[1], qos=1, retain=True)
        self._client.max_inflight_messages_set(1000)  # the owner's window is the limit, not paho's
        self._client.on_socket_open = _send_at_once
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        self._spread_reconnects()

    def start(self) -> None:
        """Begin to connect, and keep trying for ever."""
        broker = self._broker
        if broker.protocol == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho
            properties.SessionExpiryInterval = self._session_s
            properties.ReceiveMaximum = RECEIVE_MAX
            self._client.connect_async(
                broker.host,
                broker.port,
                keepalive=broker.keepalive_s,
                clean_start=self._session_s == 0,
                properties=properties,
            )
        else:
            self._client.connect_async(broker.host, broker.port, keepalive=broker.keepalive_s)
        self._client.loop_start()

    def subscribe(self, *filters: str) -> None:
        self._client.subscribe([(topic_filter, 1) for topic_filter in filters])

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int | None:
        """Send at QoS 1; the message id, or None when there is no link and nothing was kept."""
        info = self._client.publish(topic, payload, qos=1, retain=retain)
        if info.rc != paho.MQTT_ERR_SUCCESS:
            # paho keeps it for the next connection all the same; the owner sends it again itself.
            self._client.drop_out_messages()
            return None
        if len(payload) >= LARGE_BYTES:
            self._large.add(info.mid)
        return info.mid

    def say(self, topic: str, payload: bytes) -> None:
        """Send at QoS 0 what is worth nothing later; lost where there is no link."""
        self._client.publish(topic, payload, qos=0)

    def acknowledge(self, message: Message) -> None:
        """Tell the broker that a message is ours now. Only with ``acknowledge_by_hand``."""
        if message.mid:
            self._client.ack(message.mid, 1)

    def cut(self) -> None:
        """Drop a link that is up in name only; paho then connects anew."""
        link = self._client.socket()
        if isinstance(link, socket.socket):
            self._cutting = True
            try:
                link.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it is gone already, which is what was wanted

    def stop(self, timeout_s: float = 2.0) -> None:
        """Say goodbye and stop. A broker that does not answer is not waited for."""
        self._client.disconnect()
        self._client.drop_out_messages()
        deadline_s = time.monotonic() + timeout_s
        while (left_s := deadline_s - time.monotonic()) > 0:
            try:
                if isinstance(self.notes.get(timeout=left_s), Down):
                    return
            except queue.Empty:
                break
        self.cut()

    def _spread_reconnects(self) -> None:
        # paho doubles the first delay up to the longest; it only adds and compares them.
        first_s = random.uniform(0.5, self._spread_s)  # noqa: S311  # jitter, not a secret
        longest_s = first_s + random.uniform(15, 30)  # noqa: S311  # likewise
        self._client.reconnect_delay_set(first_s, longest_s)  # type: ignore[arg-type]

    def _give_way(self) -> None:
        pause_s = self._contest.pause_s(self._spread_s) * random.uniform(1, 2)  # noqa: S311
        self._client.reconnect_delay_set(pause_s, 2 * pause_s)  # type: ignore[arg-type]

    # --- callbacks: in paho's thread, they only enqueue ---------------------------------------

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: Any, properties: Any
    ) -> None:
        if reason.is_failure:
            self._refused = True  # paho calls the hang-up that follows a protocol error
            way_out = "; check username, password_file and certificates"
            hint = way_out if reason.value in _NOT_AUTHORISED else ""
            self.notes.put(Down(f"the broker refused: {reason}{hint}"))
            return
        client.drop_out_messages()
        window = getattr(properties, "ReceiveMaximum", 100) if properties else 100
        self._spread_reconnects()
        packet_max_bytes = getattr(properties, "MaximumPacketSize", None) if properties else None
        self.notes.put(Up(int(window), packet_max_bytes))

    def _on_connect_fail(self, _client: paho.Client, _data: Any) -> None:
        self._contest = not_made(self._contest)
        # paho calls this while it handles the error, and has no other way to tell which it was.
        place = f"{self._broker.host}:{self._broker.port}"
        self.notes.put(Down(f"no connection to {place}: {sys.exception()}"))

    def _on_disconnect(
        self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        client.drop_out_messages()
        if not self._refused:
            told = reason.value == _SESSION_TAKEN_OVER
            unexplained = reason.value == _UNSPECIFIED and not (self._cutting or self._large)
            if told or unexplained:
                self._contest = link_ended(self._contest, time.monotonic(), told=told)
            contested = self._contest.is_on and (told or unexplained)
            if contested:
                self._give_way()
            hint = "; another machine seems to use our client id" if contested else ""
            self.notes.put(Down(f"the link to the broker went: {reason}{hint}", contested))
        self._refused = self._cutting = False
        self._large.clear()

    def _on_subscribe(
        self, _client: paho.Client, _data: Any, _mid: int, reasons: Any, _properties: Any
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self.notes.put(Subscribed(refused[0] if refused else ""))

    def _on_publish(
        self, _client: paho.Client, _data: Any, mid: int, reason: Any, _properties: Any
    ) -> None:
        self._large.discard(mid)
        self.notes.put(Published(mid, int(reason.value)))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if self.notes.qsize() > NOTES_MAX:
            self.cut()
            return
        mid = message.mid if message.qos else 0
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = ""
        self.notes.put(Message(topic, bytes(message.payload), mid))


def _send_at_once(_client: paho.Client, _data: Any, link: Any) -> None:
    """Nagle's algorithm would hold a small message back until the last one is acknowledged.

    What is acknowledged there is our answer to a watermark, for which the broker's kernel waits
    up to 40 ms: at 20 scans a second nearly every event would be that late.
    """
    if isinstance(link, socket.socket):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
