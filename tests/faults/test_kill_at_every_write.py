"""The agent dies, or its disk fails, at the n-th file call of a shift.

strace injects the fault into the real agent. Calls are counted in each thread on its own: low
numbers hit the opening of the ledger as well as the first commits, higher ones only the commits.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from faults.oracle import check_books, label, running, scan_until_counted, status, wait_confirmed
from faults.station_file import scan_again_at_once
from faults.trace_log import LEDGER
from faults.traced import Agent, inject, untraced
from installed import Require
from rig import BADGE, OTHER_BADGE, Rig
from running import wait_until

SCANS = 5
BUNDLES = 1500
LEDGER_FAILED = 6
TABLES = ("operators", "operations", "bundles")

SCANS_TO_A_CHECKPOINT = 400
LAST_SYNC = 12
LAST_WRITE = 90
"""At least as many calls as one thread makes in a shift: the last ones hit nothing."""

pytestmark = pytest.mark.require("strace", "mosquitto")


class Line:
    """A broker and a hub that live on while agents come and go on one ledger."""

    def __init__(self, rig: Rig, require: Require) -> None:
        self.rig = rig
        self.scanned: list[str] = []
        self.require = require
        self._tapped = 0

    def open(self) -> None:
        self.rig.import_reference(BUNDLES)
        self.rig.broker.start()
        self.rig.hub.start()

    def start(self, agent: Agent) -> bool:
        """False when it ended before an operator could work."""
        self.rig.agent = agent
        agent.log.write_text("")
        agent.start()

        def ready() -> bool:
            return status(self.rig) is not None and self._listens() and self._has_reference(agent)

        wait_until(
            lambda: agent.ended or ready(),
            lambda: f"the agent is ready or ended: {self.rig.last_words()}",
        )
        return not agent.ended

    def _has_reference(self, agent: Agent) -> bool:
        """Every table came to this agent, or was kept by one before it that died of the next."""
        text = agent.log.read_text(encoding="utf-8")
        kept = kept_tables(self.rig.folder / "ledger.db")
        return all(name in kept or f'"table": "{name}"' in text for name in TABLES)

    def _listens(self) -> bool:
        return self.rig.badge.port.listened and self.rig.scanner.port.listened

    def act(self, agent: Agent, do: Callable[[], object]) -> dict[str, Any] | None:
        """Do something; the light that follows, or None when the agent ended first."""
        seen = len(self.rig.lights())
        do()
        wait_until(lambda: len(self.rig.lights()) > seen or agent.ended, "a light or an end")
        lights = self.rig.lights()
        return lights[seen] if len(lights) > seen else None

    def shift_under(self, fault: str) -> tuple[Agent, list[dict[str, Any]]]:
        """Sign in and scan until it is done or the agent ended; the lights that were shown."""
        agent = inject(self.rig, self.require, fault)
        lights: list[dict[str, Any]] = []
        if not self.start(agent):
            return agent, lights
        self._tapped += 1
        badge = (BADGE, OTHER_BADGE)[self._tapped % 2]
        acts: list[Callable[[], object]] = [lambda: self.rig.badge.tap(badge, 0.2)]
        for _ in range(SCANS):
            text = label(len(self.scanned) + len(acts))
            acts.append(lambda text=text: self.rig.scanner.scan(text))  # type: ignore[misc]  # bound
        for act in acts:
            light = self.act(agent, act)
            if light is None:
                break
            lights.append(light)
        self.scanned += [label(len(self.scanned) + 1 + n) for n in range(SCANS)]
        return agent, lights

    def finish(self) -> None:
        """Start a healthy agent on the same ledger and have the last labels scanned again."""
        agent = untraced(self.rig)
        assert self.start(agent), f"does not start again: {agent.log.read_text()}"
        if running(self.rig)["operator"] is None:
            self.rig.tap()
        for text in self.scanned[-SCANS:]:
            scan_until_counted(self.rig, text)
        wait_confirmed(self.rig)
        assert agent.terminate() == 0


def kept_tables(ledger: Path) -> set[str]:
    """The names of the reference tables that a ledger holds."""
    with contextlib.closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM reference")}


@pytest.fixture
def line(rig: Rig, require: Require) -> Line:
    scan_again_at_once(rig)
    opened = Line(rig, require)
    opened.open()
    return opened


def every_call() -> list[tuple[str, int]]:
    syncs = [("fdatasync", n) for n in range(1, LAST_SYNC + 1)]
    writes = [("pwrite64", n) for n in range(1, LAST_WRITE + 1)]
    return [*syncs, ("fsync", 1), ("fsync", 2), *writes]


def kill_at(line: Line, calls: list[tuple[str, int]]) -> int:
    """Kill an agent at each of these calls; returns how many were."""
    killed = 0
    for call, number in calls:
        agent, _ = line.shift_under(f"{call}:signal=KILL:when={number}")
        killed += agent.ended
        agent.kill()
        line.finish()
    check_books(line.rig, line.scanned)
    return killed


def fail_at(line: Line, calls: list[tuple[str, int]]) -> int:
    """Let the disk fail at each of these calls; returns how many agents ended of it.

    The one that did ended with the ledger's exit code, and the scan it was at had no light.
    """
    failed = 0
    for call, number in calls:
        agent, lights = line.shift_under(f"{call}:error=EIO:when={number}")
        if agent.ended:
            failed += 1
            where = f"{call} {number}, log {agent.log.read_text()}"
            assert agent.wait() == LEDGER_FAILED, where
            assert len(lights) <= SCANS, where
            assert all(light["seq"] is not None for light in lights), where
        agent.kill()
        line.finish()
    check_books(line.rig, line.scanned)
    return failed


def some(calls: list[tuple[str, int]], count: int) -> list[tuple[str, int]]:
    seed = random.randrange(2**32)
    print(f"seed {seed}")  # noqa: T201  # pytest shows it with a failure
    chosen = random.Random(seed).sample([call for call in calls if call[0] != "fsync"], count)
    return [call for call in chosen if call[1] < LAST_WRITE // 2] + [("fdatasync", 3)]


def test_killed_at_some_writes_nothing_green_is_lost(line: Line) -> None:
    """Killed at a handful of calls chosen by chance, the station goes on with every light."""
    assert kill_at(line, some(every_call(), 3)) > 0


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1800)
def test_killed_at_every_write_nothing_green_is_lost(line: Line) -> None:
    """Killed at each write and sync of a shift in turn, the station goes on with every light."""
    assert kill_at(line, every_call()) > 45


def test_a_failing_disk_ends_the_agent_without_a_light(line: Line) -> None:
    """After EIO at a few calls the agent ended with code 6, and nothing was shown that is lost."""
    assert fail_at(line, some(every_call(), 2)) > 0


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_disk_that_fails_at_any_call_ends_the_agent_without_a_light(line: Line) -> None:
    """The same for EIO at each write and sync of a shift in turn."""
    assert fail_at(line, every_call()) > 45


def test_a_full_disk_is_shown_in_red_and_recovers(line: Line) -> None:
    """While writes fail for want of room lights are red; then the same agent is green again."""
    line.finish()
    agent, lights = line.shift_under("pwrite64:error=ENOSPC:when=33..36")
    assert not agent.ended, agent.log.read_text()
    red = [light for light in lights if light["reason"] == "ledger_unavailable"]
    assert red
    assert {light["seq"] for light in red} == {None}
    if running(line.rig)["operator"] is None:
        line.rig.tap()
    for text in line.scanned:
        scan_until_counted(line.rig, text)
    assert "ledger_unavailable" not in running(line.rig)["alarms"]
    wait_confirmed(line.rig)
    check_books(line.rig, line.scanned)


def test_a_sync_that_fails_in_a_checkpoint_ends_the_agent(line: Line) -> None:
    """When the database file cannot be synced while the WAL is copied into it, somebody hears of
    it: the agent ends with the ledger's code, as after every other sync that fails."""
    line.finish()
    agent = inject(line.rig, line.require, "fdatasync:error=EIO:when=1", LEDGER)
    assert line.start(agent)
    line.act(agent, lambda: line.rig.badge.tap(OTHER_BADGE, 0.2))
    for number in range(1, SCANS_TO_A_CHECKPOINT):
        line.scanned.append(label(number))
        if line.act(agent, lambda: line.rig.scanner.scan(line.scanned[-1])) is None:
            break
    ended = agent.ended
    if not ended:
        agent.kill()
    line.finish()
    check_books(line.rig, line.scanned)
    assert ended, "a failed fdatasync of ledger.db was passed over in silence"
    assert agent.wait() == LEDGER_FAILED
