"""People with every habit, honest and not, for a while and while everything fails."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from bartack_sim.clock import local_now
from bartack_sim.configuration import TIMEZONE
from bartack_sim.demo import DemoSettings, run_demo
from bartack_sim.habits import ALL, LONG, Habits
from bartack_sim.interrupts import Interrupts
from bartack_sim.station_rules import TABLES
from running import free_port

pytestmark = pytest.mark.slow

EVERYTHING = Habits(ALL, 1.0)


EVERY_ACT_S = 300.0
"""A line that has not done every act by then never will; most have in a third of it."""

LOOKS_EVERY_S = 1.0

COME_BACK = dict.fromkeys(LONG, "false") | {
    "come_in_turn": "part",
    "recounted_after_faults": "correct",
}
"""Acts whose proof is a last scan after a while, and what kind of scan that is."""


class UntilAllIsDone(Interrupts):
    """Sends the line home once every act is on record in the folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._looked_s = 0.0
        self._done = False

    def asked_to_stop(self) -> bool:
        now_s = time.monotonic()
        if not self._done and now_s >= self._looked_s + LOOKS_EVERY_S:
            self._looked_s = now_s
            self._done = set(ALL) <= acts_done(self._folder)
        return self._done or super().asked_to_stop()


def acts_done(folder: Path) -> set[str]:
    """The acts that are on record, each to its end."""
    file = folder / "truth.jsonl"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    whole = text[: text.rfind("\n") + 1].splitlines()
    intents = [json.loads(line) for line in whole]
    return {it["act"] for it in intents if COME_BACK.get(it["act"], it["kind"]) == it["kind"]} - {
        ""
    }


@pytest.mark.timeout(480)
@pytest.mark.parametrize("seed", [3, 9])
def test_a_line_of_people_is_judged_rightly(tmp_path: Path, seed: int) -> None:
    """Every act occurs, and each has the outcome and the money that the rules give."""
    told: list[str] = []
    settings = DemoSettings(
        stations=4,
        speed=600.0,
        run_s=EVERY_ACT_S,
        check=True,
        port=free_port(),
        keep=tmp_path / "line",
        camera=False,
        seed=seed,
        habits=EVERYTHING,
        tables=TABLES,
    )
    with UntilAllIsDone(tmp_path / "line") as interrupts:
        verdict = run_demo(settings, local_now(TIMEZONE), interrupts, told.append)
    assert verdict is not None
    assert verdict.clean, told
    assert acts_done(tmp_path / "line") == set(ALL)


@pytest.mark.timeout(300)
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
