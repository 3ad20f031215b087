"""The peer of ``small_board``: the outbox that everyone writes first, one commit for each event.

Lines from standard input go into SQLite (WAL, ``synchronous=FULL``), each in a commit of its own,
and are answered in a file; a thread publishes them at QoS 1 and deletes what the broker took.

    python bench/outbox_script.py PORT DATABASE ANSWERS < lines
"""

from __future__ import annotations

import json
import queue
import sqlite3
import sys
import threading
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

SIZE_BYTES = 500
"""About the size of an event of the agent."""


def connect(database: str) -> sqlite3.Connection:
    connection = sqlite3.connect(database, isolation_level=None, timeout=60)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def publish(port: int, database: str, rows: queue.SimpleQueue[tuple[int, str]]) -> None:
    connection = connect(database)
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
    client.connect("127.0.0.1", port)
    client.loop_start()
    while True:
        number, body = rows.get()
        client.publish("bench/outbox", body, qos=1).wait_for_publish()
        connection.execute("DELETE FROM outbox WHERE id = ?", (number,))


def main() -> None:
    port, database, answers = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    connection = connect(database)
    connection.execute("CREATE TABLE outbox (id INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    rows: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    threading.Thread(target=publish, args=(port, database, rows), daemon=True).start()
    with answers.open("a", encoding="utf-8", buffering=1) as lights:
        for line in sys.stdin:
            bundle = line.strip()
            body = json.dumps({"bundle": bundle, "rest": "x" * SIZE_BYTES})
            cursor = connection.execute("INSERT INTO outbox (body) VALUES (?)", (body,))
            lights.write(json.dumps({"bundle": bundle, "outcome": "ok"}) + "\n")
            rows.put((cursor.lastrowid or 0, body))


if __name__ == "__main__":
    main()
