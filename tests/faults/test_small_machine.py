"""A station on a small machine: a slow disk, little memory, and a long backlog."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bartack.events import Event
from bartack.heads import signer
from bartack.identify import Scan
from bartack.keys import load_or_make
from bartack.ledger import Ledger
from bartack.station import decide
from faults.memory_limit import memory_limit
from faults.oracle import check_books, greens, label, running, wait_confirmed
from faults.station_file import change
from faults.traced import Agent, agent_command, inject
from installed import Require
from rig import Rig
from running import wait_until
from sewing import moment, rules

SYNC_US = 150_000
READS_PER_S = 20
BACKLOG = 100_000
TOGETHER = 1000
LIMIT_MB = 256
LIVE = 20

pytestmark = [pytest.mark.require("mosquitto", "strace"), pytest.mark.slow]


def test_a_slow_disk_drops_no_scan(rig: Rig, require: Require) -> None:
    """Every sync takes 150 ms longer, and twenty labels a second are scanned: each is green once,
    and what waited together was made durable together."""
    rig.agent = inject(rig, require, f"fdatasync:delay_enter={SYNC_US}")
    rig.start_all(200)
    rig.tap()
    scanned = [label(number) for number in range(1, 201)]
    pause = threading.Event()
    for text in scanned:
        rig.scanner.scan(text)
        pause.wait(1 / READS_PER_S)
    wait_until(lambda: len(rig.lights()) == 1 + len(scanned), "a light for each")
    assert [light["bundle"] for light in rig.lights()[1:]] == scanned
    assert {light["outcome"] for light in rig.lights()[1:]} == {"ok"}
    wait_confirmed(rig)
    check_books(rig, scanned)


@pytest.fixture
def little_memory(rig: Rig, as_root: None) -> Iterator[None]:
    """The agent may take 256 MB, the pages of its files included."""
    with memory_limit(f"bartack-test-{os.getpid()}", LIMIT_MB) as members:
        own = ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(members)]
        rig.agent = Agent([*own, *agent_command(rig)], rig.agent.log)
        yield
        rig.agent.kill()


def write_backlog(path: Path, count: int) -> None:
    """A ledger with so many events that no hub has, as a station leaves it that was long alone."""
    key = load_or_make(path.with_name(f"{path.name}.key"))
    with Ledger(path, max_mb=1024) as ledger:
        state = ledger.load(rules())
        for start in range(0, count, TOGETHER):
            events: list[Event] = []
            for number in range(start, start + TOGETHER):
                text = f"X{number:06d}"
                scan = Scan("unknown", text, "scanner")
                decision = decide(state, scan, moment(number // 2))
                state = decision.state
                events += decision.events
            ledger.commit(events, state, signer(key)(state.head))
            ledger.checkpoint()


@pytest.mark.timeout(600)
def test_a_long_backlog_fits_into_little_memory_and_starves_nobody(
    rig: Rig, little_memory: None
) -> None:
    """100,000 events wait and 256 MB are all there is: the agent starts, sends them, and is killed
    by nobody; who works meanwhile sees green at once."""
    change(rig, ('path = "ledger.db"', 'path = "ledger.db"\nkeep_events = 0'))
    write_backlog(rig.folder / "ledger.db", BACKLOG)
    rig.start_all(LIVE)
    pid = running(rig)["pid"]
    rig.tap()
    scanned = [label(number) for number in range(1, LIVE + 1)]
    for text in scanned:
        assert rig.scan(text)["outcome"] == "ok"
    assert running(rig)["backlog"] > BACKLOG // 10, "the backlog was sent before anybody scanned"
    wait_confirmed(rig, timeout_s=400)
    assert running(rig)["pid"] == pid
    committed = {(event.log, event.seq) for event in rig.committed()}
    assert len(committed) >= BACKLOG + LIVE
    assert greens(rig) <= committed
    check_books(rig, scanned)
