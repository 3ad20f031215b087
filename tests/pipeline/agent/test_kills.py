"""Killed at any moment, the station loses nothing green and counts nothing twice."""

from __future__ import annotations

import random
import threading
from collections import Counter

import pytest

from faults.oracle import insist
from faults.station_file import scan_again_at_once
from rig import Rig
from running import wait_until

KILLS = 6
BUNDLES = 60


@pytest.mark.timeout(240)
def test_killed_at_random_moments_totals_equal_the_green_lights(rig: Rig) -> None:
    """Agent, broker and hub die by SIGKILL during a line; the hub ends with what was credited.

    Every green light is committed, no bundle is credited twice, and every credit belongs to a
    bundle that was scanned.
    """
    scan_again_at_once(rig)
    rig.start_all(BUNDLES)
    rig.tap()
    choose = random.Random(1)
    deaths = sorted(choose.sample(range(1, BUNDLES), KILLS))
    for number in range(1, BUNDLES + 1):
        label = f"B{number:06d}"
        if number in deaths:
            victim = choose.choice([rig.agent, rig.agent, rig.broker, rig.hub])
            killer = threading.Timer(choose.uniform(0, 0.02), victim.kill)
            killer.start()
            rig.scanner.scan(label)
            killer.join()
            victim.start()
            rig.wait_ready()
        answered = {light["bundle"] for light in rig.lights()}
        while label not in answered:
            insist(rig, label)  # no light, so the operator scans again
            answered = {light["bundle"] for light in rig.lights()}
    rig.wait_drained()
    wait_until(lambda: rig.status()["acked"] == rig.status()["head"], "all confirmed")
    done = [event for event in rig.committed() if event.type == "work.done"]
    green = {
        (light["log"], light["seq"], light["bundle"], light["pieces"])
        for light in rig.lights()
        if light["outcome"] == "ok"
    }
    committed = {(e.log, e.seq, e.text("bundle"), e.number("pieces")) for e in done}
    assert green <= committed
    credits = Counter(event.text("bundle") for event in done)
    assert set(credits.values()) == {1}
    assert set(credits) == {f"B{number:06d}" for number in range(1, BUNDLES + 1)}
    assert len({event.log for event in done}) == 1
    assert "good" in rig.run("bartack", "ledger", "verify", "--config", str(rig.station_file))
