"""People with every habit, honest and not, for a while and while everything fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bartack_sim.clock import local_now
from bartack_sim.configuration import TIMEZONE
from bartack_sim.demo import DemoSettings, run_demo
from bartack_sim.habits import ALL, Habits
from bartack_sim.interrupts import Interrupts
from bartack_sim.station_rules import TABLES
from rig import free_port

pytestmark = pytest.mark.slow

EVERYTHING = Habits(ALL, 1.0)


def acts_done(folder: Path) -> set[str]:
    """The acts that are on record."""
    lines = (folder / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    return {json.loads(line)["act"] for line in lines} - {""}


@pytest.mark.timeout(240)
@pytest.mark.parametrize("seed", [3, 9])
def test_a_line_of_people_is_judged_rightly(tmp_path: Path, seed: int) -> None:
    """In 130 s every act occurs, and each has the outcome and the money that the rules give."""
    told: list[str] = []
    settings = DemoSettings(
        stations=4,
        speed=600.0,
        run_s=130.0,
        check=True,
        port=free_port(),
        keep=tmp_path / "line",
        camera=False,
        seed=seed,
        habits=EVERYTHING,
        tables=TABLES,
    )
    with Interrupts() as interrupts:
        verdict = run_demo(settings, local_now(TIMEZONE), interrupts, told.append)
    assert verdict is not None
    assert verdict.clean, told
    assert acts_done(tmp_path / "line") == set(ALL)


def test_money_is_right_while_everything_fails(tmp_path: Path) -> None:
    """Agents, hub, broker and readers are killed in the middle of acts: nobody gains or loses."""
    told: list[str] = []
    settings = DemoSettings(
        stations=3,
        speed=600.0,
        run_s=45.0,
        check=True,
        port=free_port(),
        chaos=True,
        keep=tmp_path / "line",
        camera=True,
        seed=4,
        habits=EVERYTHING,
    )
    with Interrupts() as interrupts:
        verdict = run_demo(settings, local_now(TIMEZONE), interrupts, told.append)
    assert verdict is not None
    assert verdict.clean, told
