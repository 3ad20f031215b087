"""The outbox that everybody writes: commit each line to SQLite, publish, delete when acknowledged.

Run as ``-m peers.gateways.outbox LINE_PORT BROKER_PORT DATABASE``. It keeps everything and tells
nothing apart: the broker's acknowledgement is taken for delivery, and what was sent twice is two.
"""

from __future__ import annotations

import queue
import sqlite3
import sys
import threading
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from peers.gateways.line_server import serve

TOPIC = "scans/gate-3"
WINDOW = 200


def connect(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute(
        "CREATE TABLE IF NOT EXISTS outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, line BLOB)"
    )
    return database


class Outbox:
    """The writer is the line server's thread; everything else is the pump's."""

    def __init__(self, file: Path, client: paho.Client) -> None:
        self._file = file
        self._writer = connect(file)
        self._client = client
        self._acknowledged: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        """Message ids, and None for: there may be something new."""
        client.on_publish = lambda _client, _data, mid, *_: self._acknowledged.put(mid)
        client.on_connect = lambda *_: self._acknowledged.put(None)

    def take(self, line: bytes) -> None:
        """One commit for each line, before anything is sent."""
        self._writer.execute("INSERT INTO outbox (line) VALUES (?)", (line,))
        self._acknowledged.put(None)

    def pump(self) -> None:
        """Publish in order, at most ``WINDOW`` at a time, and delete what the broker has."""
        database = connect(self._file)
        flights: dict[int, int] = {}
        last = 0
        while True:
            done = [flights.pop(mid) for mid in self._news() if mid in flights]
            if done:
                database.execute("BEGIN")
                database.executemany("DELETE FROM outbox WHERE id = ?", [(row,) for row in done])
                database.execute("COMMIT")
            if not self._client.is_connected():
                continue
            rows = database.execute(
                "SELECT id, line FROM outbox WHERE id > ? ORDER BY id LIMIT ?",
                (last, WINDOW - len(flights)),
            ).fetchall()
            for row, line in rows:
                flights[self._client.publish(TOPIC, line, qos=1).mid] = row
                last = row

    def _news(self) -> list[int]:
        """Wait for something to happen; the message ids that were acknowledged."""
        news = [self._acknowledged.get()]
        while not self._acknowledged.empty():
            news.append(self._acknowledged.get())
        return [mid for mid in news if mid is not None]


def main() -> None:
    line_port, broker_port, file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="gate-3", clean_session=False)
    client.reconnect_delay_set(1, 2)
    client.max_inflight_messages_set(100)
    outbox = Outbox(file, client)
    client.connect_async("127.0.0.1", broker_port, keepalive=10)
    client.loop_start()
    threading.Thread(target=outbox.pump, daemon=True).start()
    serve(line_port, outbox.take)


if __name__ == "__main__":
    main()
