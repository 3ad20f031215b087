"""A dashboard as a process of its own, which a test can kill or freeze.

``live.py PORT BUNDLES`` writes ``ready`` on stdout when it serves.
"""

from __future__ import annotations

import sys
import threading
from datetime import timedelta

from bartack_hub.board import Board
from bartack_hub.feed import Feed
from bartack_hub.web.app import build_app, serve
from browser.floor import OPENING, PLAN, Station, operations, operators, running_clock


def main() -> None:
    """Serve a board on which so many bundles of ten pieces are finished, until killed."""
    port, bundles = int(sys.argv[1]), int(sys.argv[2])
    feed = Feed(Board("dhk1", {"l03": PLAN}), running_clock())
    feed.reference(operators(), operations())
    station = Station("st06")
    at = OPENING - timedelta(minutes=5)
    feed.commit(station.work(at, f"B{number:06d}", 10) for number in range(bundles))
    feed.status("l03", "st06", station.status(OPENING), OPENING)
    feed.link(True, "connected")
    serve(build_app(feed, "0.1.0"), "127.0.0.1", port)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
