"""A line of people with every habit, before real agents, hub and broker, judged by the truth."""

from __future__ import annotations

import json
from pathlib import Path

from bartack_sim.clock import local_now
from bartack_sim.configuration import TIMEZONE
from bartack_sim.demo import DemoSettings, run_demo
from bartack_sim.habits import ALL, Habits
from bartack_sim.interrupts import Interrupts
from running import free_port


def acts_done(folder: Path) -> set[str]:
    """The acts that are on record."""
    lines = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {json.loads(line)["act"] for line in lines} - {""}


def test_every_act_has_the_outcome_that_the_rules_demand(tmp_path: Path) -> None:
    """Some seconds of honest and dishonest acts: lamps, events, marks and everyone's money are as
    the truth says."""
    told: list[str] = []
    settings = DemoSettings(
        stations=3,
        speed=600.0,
        run_s=10.0,
        check=True,
        port=free_port(),
        keep=tmp_path / "line",
        camera=False,
        seed=5,
        habits=Habits(ALL, 1.0),
    )
    with Interrupts() as interrupts:
        verdict = run_demo(settings, local_now(TIMEZONE), interrupts, told.append)
    assert verdict is not None
    assert verdict.clean, told
    assert len(acts_done(tmp_path / "line")) >= 5
