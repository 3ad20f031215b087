"""A hub on the test bench: a real broker, the real ``bartack-hub``, and bare MQTT clients."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from bartack.events import Event, Place, parse_event
from bartack.wire import EventBatch, Status, events_topic, status_topic
from running import Process, free_port, wait_until

COMMAND = str(Path(sys.executable).parent / "bartack-hub")

_BROKER = """\
listener {port} 127.0.0.1
{access}
persistence true
persistence_location {folder}/
autosave_interval 1
max_queued_messages 100000
user root
"""

_HUB = """\
site = "dhk1"
[broker]
host = "127.0.0.1"
port = {port}
{access}
[store]
url = "sqlite:///hub.db"
[web]
port = {web_port}
[lines.l03]
timezone = "Asia/Dhaka"
shift_start = "08:00"
shift_end = "17:00"
target_pieces = 960
[lines.l04]
timezone = "Asia/Dhaka"
shift_start = "08:00"
shift_end = "17:00"
target_pieces = 960
"""

REFERENCE = {
    "operators": "operator,name,badges,language\nE1044,Asha,62E3086CED,bn\n",
    "operations": "style,seq,operation,name,sam,rate\nS1,1,OP310,Hem,0.50,0.45\n",
    "bundles": (
        "bundle,order,style,size,colour,pieces,line\n"
        "B000001,4711,S1,M,red,12,l03\nB000002,4711,S1,M,red,12,l04\n"
    ),
}


class Client:
    """A bare client: no queue, no rules. ``held`` is the last payload of every topic heard."""

    def __init__(self, port: int, *filters: str) -> None:
        self.held: dict[str, bytes] = {}
        self._filters = filters
        self._ready = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port, clean_start=True)
        self._client.loop_start()
        assert self._ready.wait(10), "no broker"

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe([(name, 1) for name in self._filters or ["none"]])

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        self.held[message.topic] = bytes(message.payload)

    def send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish, and wait until the broker has it."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(10)

    def send_events(self, place: Place, events: list[Event]) -> None:
        self.send(events_topic(place), EventBatch(place, events[0].log, tuple(events)).payload())

    def send_status(self, place: Place, log: str, head: int, acked: int) -> None:
        status = Status("b", log, head, acked, "synced", "1", "2026-11-21T08:00:00.000Z")
        self.send(status_topic(place), status.payload(), retain=True)

    def document(self, topic: str) -> dict[str, Any]:
        """The last payload heard at a topic; empty when there is none."""
        answer: dict[str, Any] = json.loads(self.held.get(topic) or b"{}")
        return answer

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


class HubBench:
    """A broker and a hub in one folder. Nothing runs until the test says so."""

    def __init__(self, folder: Path, mosquitto: Path, access: str = "", client: str = "") -> None:
        """``access`` and ``client`` are settings of the broker and of the hub's link to it."""
        self.folder = folder
        self.port, self.web_port = free_port(), free_port()
        self.broker_state = folder / "broker"
        self.broker_state.mkdir()
        broker_file = folder / "broker.conf"
        access = access or "allow_anonymous true"
        broker_file.write_text(
            _BROKER.format(port=self.port, folder=self.broker_state, access=access)
        )
        self.hub_file = folder / "hub.toml"
        client = client or "insecure = true"
        self.hub_file.write_text(_HUB.format(port=self.port, web_port=self.web_port, access=client))
        self.broker = Process([str(mosquitto), "-c", str(broker_file)], folder / "broker.log")
        self.hub = Process([COMMAND, "run", "--config", str(self.hub_file)], folder / "hub.log")
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        self._ending.callback(self.broker.kill)
        self._ending.callback(self.hub.kill)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.close()

    def start_broker(self) -> None:
        """Start the broker and wait until it takes connections."""
        log = self.folder / "broker.log"
        before = log.read_text().count(" running") if log.exists() else 0
        self.broker.start()
        wait_until(lambda: log.read_text().count(" running") > before, "a broker")

    def start_hub(self) -> None:
        """Start the hub and wait until it is subscribed."""
        before = self.logged("broker_up")
        self.hub.start()
        wait_until(lambda: self.logged("broker_up") > before, "the hub is linked")

    def client(self, *filters: str) -> Client:
        client = Client(self.port, *filters)
        self._ending.callback(client.stop)
        return client

    def logged(self, event: str) -> int:
        """How often the hub logged an event."""
        log = self.folder / "hub.log"
        return log.read_text().count(f'"event": "{event}"') if log.exists() else 0

    def write_reference(self, **texts: str) -> Path:
        """A folder of CSV files: good ones, except for those given."""
        folder = self.folder / "reference"
        folder.mkdir(exist_ok=True)
        for name, text in {**REFERENCE, **texts}.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run ``bartack-hub`` with this hub's settings file to its end."""
        verb, *rest = arguments
        return subprocess.run(
            [COMMAND, verb, "--config", str(self.hub_file), *rest],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def exported(self, *arguments: str) -> list[Event]:
        done = self.command("export", "--format", "jsonl", *arguments)
        assert done.returncode == 0, done.stderr
        return [parse_event(line) for line in done.stdout.splitlines()]

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.command("status", "--json").stdout)
        return answer

    def asked(self, path: str) -> dict[str, Any]:
        """A JSON document from the hub's web server."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}{path}", timeout=5) as reply:
            answer: dict[str, Any] = json.load(reply)
        return answer
