"""What the stations say of themselves at the broker: their retained state, read once."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

ANSWER_S = 10.0


def read_states(
    host: str, port: int, site: str, line: str, stations: Collection[str]
) -> dict[str, dict[str, Any]]:
    """The newest state of each of these stations; one that has told none is left out.

    Waits up to ``ANSWER_S``. Raises ``OSError`` when there is no broker.
    """
    states: dict[str, dict[str, Any]] = {}
    complete = threading.Event()

    def arrived(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        states[message.topic.split("/")[-2]] = json.loads(message.payload)
        if states.keys() >= set(stations):
            complete.set()

    def linked(client: mqtt.Client, *_: object) -> None:
        client.subscribe(f"bartack/v1/{site}/{line}/+/state", qos=1)

    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    client.on_message = arrived
    client.on_connect = linked
    client.connect(host, port)
    client.loop_start()
    try:
        complete.wait(ANSWER_S)
    finally:
        client.disconnect()
        client.loop_stop()
    return states


def behind(
    states: Mapping[str, Mapping[str, Any]], events: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Stations that told of their ledger as of another event than their last of these."""
    heads: dict[str, int] = {}
    for event in events:
        heads[event["log"]] = max(event["seq"], heads.get(event["log"], 0))
    return sorted(
        station for station, told in states.items() if told["as_of"] != heads.get(told["log"])
    )


def earned_by_states(states: Mapping[str, Mapping[str, Any]]) -> dict[str, Fraction]:
    """Earnings for pieces by operator, as the stations add them up for today."""
    earned: dict[str, Fraction] = defaultdict(Fraction)
    for state in states.values():
        for row in state["work"]:
            earned[row["operator"]] += Fraction(row["earned"])
    return earned


def rounded_off(states: Mapping[str, Mapping[str, Any]]) -> dict[str, Fraction]:
    """By how much those sums may be off: each is told with six places."""
    most: dict[str, Fraction] = defaultdict(Fraction)
    for state in states.values():
        for row in state["work"]:
            most[row["operator"]] += Fraction(1, 2 * 10**6)
    return most
