"""Many light stations in one process: real ledger, publisher and connection, no readers.

Run as ``fleet.py PORT FOLDER FIRST COUNT``: stations ``st<FIRST>`` and on connect to the broker at
PORT of this machine and stay until the process is ended.
"""

from __future__ import annotations

import functools
import signal
import sys
import threading
from pathlib import Path

from bartack.clock import Clock
from bartack.events import Place
from bartack.health import Health, LedgerHealth
from bartack.ledger import Ledger, LedgerReader
from bartack.mqtt import Connection
from bartack.projection import Rules
from bartack.publisher import Publisher
from bartack.settings import Broker
from bartack.station import note
from bartack.wire import offline_payload, status_topic
from sewing import signed


def start_station(port: int, folder: Path, number: int, stop: threading.Event) -> threading.Thread:
    """A station with one event in its ledger, connecting."""
    clock, place = Clock(), Place("dhk1", "l03", f"st{number}")
    path = folder / f"{place.station}.db"
    with Ledger(path, max_mb=16) as ledger:
        state = ledger.load(Rules(place))
        started = note(state, clock.now(), "agent.started", version="0")
        ledger.commit(started.events, started.state, signed(started.state))
    health = Health(clock.mono_s, LedgerHealth(started.state), acked=0)
    broker = Broker(host="127.0.0.1", port=port, insecure=True)
    connection = Connection(
        broker,
        client_id=f"bartack-dhk1-l03-{place.station}",
        will=(status_topic(place), offline_payload(clock.boot, started.state.head.log)),
        spread_s=broker.reconnect_spread_s,
    )
    publisher = Publisher(
        connection, functools.partial(LedgerReader, path), place, clock, health, "0", stall_s=40.0
    )
    thread = threading.Thread(target=publisher.run, args=[stop], daemon=True)
    thread.start()
    return thread


def main() -> None:
    port, folder, first, count = int(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:5])
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threads = [start_station(port, folder, first + n, stop) for n in range(count)]
    stop.wait()
    for thread in threads:
        thread.join(10)


if __name__ == "__main__":
    main()
