"""Thousands of scans in a moment, an orderly end in the middle of them, and kills without end."""

from __future__ import annotations

import random
import signal
import threading
import time

import pytest

from faults.oracle import (
    LABELS_AT_ONCE,
    check_books,
    greens,
    label,
    scan_fast,
    scan_until_counted,
    send_labels,
    wait_confirmed,
)
from faults.station_file import scan_again_at_once
from rig import Rig
from running import wait_until

BURST = 5000
ENDS_WITHIN_S = 10
READS_PER_S = 50

pytestmark = pytest.mark.require("mosquitto")


@pytest.mark.parametrize("heard", [400, pytest.param(0, marks=pytest.mark.slow)])
def test_a_burst_and_then_sigterm_keeps_every_green_light(rig: Rig, heard: int) -> None:
    """5,000 scans as fast as the agent reads them, SIGTERM at once or while the lights still come:
    it ends in good order within ten seconds, and what was green is in the ledger."""
    scan_again_at_once(rig)
    rig.start_all(BURST)
    rig.tap()
    texts = [label(number) for number in range(1, BURST + 1)]
    for start in range(0, BURST, LABELS_AT_ONCE):
        send_labels(rig, texts[start : start + LABELS_AT_ONCE], timeout_s=30)
        assert rig.scanner.port.drain(30), "the agent reads no more"
        if heard and len(rig.lights()) > heard:
            break
    asked_s = time.monotonic()
    rig.agent.send(signal.SIGTERM)
    assert rig.agent.wait(timeout_s=ENDS_WITHIN_S * 2) == 0, rig.agent.log.read_text()
    assert time.monotonic() - asked_s < ENDS_WITHIN_S
    ledger = rig.ledger()
    assert greens(rig) <= {(event.log, event.seq) for event in ledger}
    assert ledger[-1].type == "agent.stopped"
    rig.agent.start()
    rig.wait_ready()
    dark = sorted(set(texts) - {light["bundle"] for light in rig.lights()})
    scan_fast(rig, dark)
    wait_confirmed(rig)
    check_books(rig, texts)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_two_hundred_times_while_it_reads(rig: Rig) -> None:
    """SIGKILL at 200 random moments at 50 reads/s: no green light is lost, nothing counts twice."""
    kills = 200
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  # pytest shows it with a failure
    choose = random.Random(seed)
    scan_again_at_once(rig)
    rig.start_all(bundles=6000)
    rig.tap()
    scanned: list[str] = []
    pause = threading.Event()
    for _ in range(kills):
        killer = threading.Timer(choose.uniform(0.02, 0.5), rig.agent.kill)
        killer.start()
        first = len(scanned)
        while killer.is_alive():
            scanned.append(label(len(scanned) + 1))
            rig.scanner.scan(scanned[-1])
            pause.wait(1 / READS_PER_S)
        killer.join()
        rig.agent.start()
        rig.wait_ready()
        for text in scanned[first:]:
            scan_until_counted(rig, text)
    wait_confirmed(rig, timeout_s=120)
    wait_until(lambda: greens(rig), "lights")
    check_books(rig, scanned)
