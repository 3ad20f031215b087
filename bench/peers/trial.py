"""One trial: one peer, set up anew, put through one test. Prints one line of JSON.

    python -m peers.trial PEER TEST --folder DIR --built DIR --sizes JSON

Everything that it starts it ends, also when it is asked to stop.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from bartack_sim.broker import find_mosquitto
from faults.mounts import Image, ext4_image
from peers import misfortunes
from peers.bench import PER_S, Bench, Sizes
from peers.brokers import Central
from peers.catalogue import PEERS
from peers.collector import Collector
from peers.peer import Site
from peers.speed import speed

DISK_MB = 256
WARM_UP_EVENTS = 60

TESTS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "speed": speed,
    "outage": misfortunes.outage,
    "black_hole": misfortunes.black_hole,
    "kill_in_catch_up": misfortunes.kill_in_catch_up,
    "pulled_plug": misfortunes.pulled_plug,
}


def run(peer_name: str, test: str, folder: Path, built: Path, sizes: Sizes) -> dict[str, Any]:
    """Set everything up in ``folder``, which must be empty, and run the test."""
    mosquitto = find_mosquitto()
    assert mosquitto, "needs mosquitto: apt install mosquitto"
    with ExitStack() as ending:
        disk_folder = folder / "disk"
        disk: Image | None = None
        if test == "pulled_plug":
            disk = ending.enter_context(ext4_image(folder, disk_folder, DISK_MB))
        else:
            disk_folder.mkdir()
        central = Central(folder, Path(mosquitto))
        ending.callback(central.close)
        central.start()
        events = sizes.flood if test == "speed" else sizes.backlog
        events += int(PER_S * (max(sizes.latency_s, sizes.outage_s) + 30)) + WARM_UP_EVENTS
        site = Site(folder, disk_folder, built, Path(mosquitto), central.port, events)
        peer = PEERS[peer_name].make(site)
        ending.callback(peer.close)
        peer.start()
        collector = Collector(central.port, peer.topic, peer.numbers_in)
        ending.callback(collector.close)
        bench = Bench(peer, central, collector, sizes, disk)
        bench.warm_up()
        os.sync()  # what was set up is on the disk: from here on only unsynced work can be lost
        return TESTS[test](bench)


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """End in good order, and let no second signal disturb that."""
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, signal.SIG_IGN)
    sys.exit(128 + number)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("peer", choices=PEERS)
    options.add_argument("test", choices=TESTS)
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--built", type=Path, required=True)
    options.add_argument("--sizes", type=json.loads, required=True)
    chosen = options.parse_args()
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _stop)
    sizes = Sizes(**chosen.sizes)
    load_before = os.getloadavg()[0]
    result = run(chosen.peer, chosen.test, chosen.folder.resolve(), chosen.built.resolve(), sizes)
    load = max(load_before, os.getloadavg()[0])
    print(json.dumps({"peer": chosen.peer, "test": chosen.test, "load": load, **result}))


if __name__ == "__main__":
    main()
