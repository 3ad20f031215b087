"""Children that are started, killed, revived and stopped by pid, and the brokers among them."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bartack_sim.broker import BrokerHandle
from bartack_sim.ports import free_port, listens
from bartack_sim.processes import QUICK_ENDS_MAX, Child, ProcessError, run_once, stop_all
from installed import Require

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('deaf', flush=True)\n"
    "time.sleep(60)",
)


def never() -> bool:
    return False


def wait_until(condition: Callable[[], bool], limit_s: float = 10.0) -> None:
    """Wait for the condition; fails when it does not come true in time."""
    deadline = time.monotonic() + limit_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline
        pause.wait(0.02)


@pytest.fixture
def children() -> Iterator[list[Child]]:
    started: list[Child] = []
    yield started
    for child in started:
        child.kill()


def alive(pid: int | None) -> bool:
    assert pid is not None
    return Path(f"/proc/{pid}").exists()


def test_a_killed_child_comes_back_under_a_new_pid(tmp_path: Path, children: list[Child]) -> None:
    """SIGKILL ends it for good; start gives a new process."""
    child = Child("sleeper", SLEEPER, tmp_path / "log")
    children.append(child)
    child.start()
    before = child.pid
    child.kill()
    assert not alive(before)
    child.start()
    assert child.running
    assert child.pid != before


def test_a_child_that_ends_is_revived(tmp_path: Path, children: list[Child]) -> None:
    """A child that ends by itself is started again, and its exit status is told."""
    child = Child("brief", (sys.executable, "-c", "raise SystemExit(7)"), tmp_path / "log")
    children.append(child)
    child.start()
    wait_until(lambda: not child.running)
    assert child.revive() == 7
    assert child.pid is not None


def test_a_child_that_keeps_ending_is_given_up(tmp_path: Path, children: list[Child]) -> None:
    """A child that cannot live is reported with the end of its log."""
    program = (sys.executable, "-c", "raise SystemExit('no such port')")
    child = Child("hopeless", program, tmp_path / "log")
    children.append(child)
    child.start()
    for _ in range(QUICK_ENDS_MAX - 1):
        wait_until(lambda: not child.running)
        child.revive()
    wait_until(lambda: not child.running)
    with pytest.raises(ProcessError, match="no such port"):
        child.revive()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A command that does not exist gives an error with its path."""
    with pytest.raises(ProcessError, match="/no/such/program"):
        Child("ghost", ("/no/such/program",), tmp_path / "log").start()


def test_stopping_asks_first_and_kills_the_deaf(tmp_path: Path, children: list[Child]) -> None:
    """SIGTERM ends who listens; who does not is killed after the deadline and named."""
    polite = Child("polite", SLEEPER, tmp_path / "polite")
    stubborn = Child("stubborn", STUBBORN, tmp_path / "stubborn")
    children += [polite, stubborn]
    polite.start()
    stubborn.start()
    wait_until(lambda: "deaf" in stubborn.log_tail())
    assert stop_all([polite, stubborn], 0.5, never) == ["stubborn"]
    assert not polite.running
    assert not stubborn.running


def test_in_a_hurry_nobody_is_waited_for(tmp_path: Path, children: list[Child]) -> None:
    """In a hurry the deaf are killed at once."""
    stubborn = Child("stubborn", STUBBORN, tmp_path / "stubborn")
    children.append(stubborn)
    stubborn.start()
    wait_until(lambda: "deaf" in stubborn.log_tail())
    began = time.monotonic()
    assert stop_all([stubborn], 30.0, lambda: True) == ["stubborn"]
    assert time.monotonic() - began < 5.0


def test_a_command_gives_its_output_or_its_error(tmp_path: Path) -> None:
    """Standard output comes back; a failure says what was on standard error."""
    good = (sys.executable, "-c", "print('å'*100000)")
    assert run_once(good, tmp_path, 10.0, never) == "å" * 100000 + "\n"
    bad = (sys.executable, "-c", "raise SystemExit('hub.toml:3: what is this')")
    with pytest.raises(ProcessError, match=r"hub\.toml:3"):
        run_once(bad, tmp_path, 10.0, never)
    with pytest.raises(ProcessError, match="given up"):
        run_once(SLEEPER, tmp_path, 0.2, never)


def check_broker(folder: Path, mosquitto: str | None, kind: str) -> None:
    broker = BrokerHandle(folder, free_port(), mosquitto)
    assert broker.kind == kind
    assert not broker.listening
    broker.child.start()
    try:
        wait_until(lambda: broker.listening)
        broker.child.kill()
        assert not broker.listening
        broker.child.start()
        wait_until(lambda: broker.listening)
        assert stop_all([broker.child], 5.0, never) == []
    finally:
        broker.child.kill()


@pytest.mark.require("mosquitto")
def test_mosquitto_listens_again_after_a_kill(tmp_path: Path, require: Require) -> None:
    """Mosquitto with the demo's configuration starts, comes back after SIGKILL, and stops."""
    check_broker(tmp_path, os.fspath(require("mosquitto")), "mosquitto")


def test_iotcore_listens_again_after_a_kill(tmp_path: Path) -> None:
    """So does iotcore, where Mosquitto is not installed."""
    check_broker(tmp_path, None, "iotcore")


def test_a_free_port_is_the_wanted_one_when_nobody_has_it(tmp_path: Path) -> None:
    """A wanted port is given when it is free, and another one when it is taken."""
    wanted = free_port()
    assert free_port(wanted) == wanted
    broker = BrokerHandle(tmp_path, wanted, None)
    broker.child.start()
    try:
        wait_until(lambda: broker.listening)
        assert free_port(wanted) != wanted
    finally:
        broker.child.kill()


def test_who_listens_at_a_port_is_told_apart() -> None:
    """A port is of the process that has it, and of no other that asks for it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert not listens(os.getpid(), port)
        taken.listen()
        assert listens(os.getpid(), port)
        assert not listens(os.getppid(), port)
    assert not listens(os.getpid(), port)
