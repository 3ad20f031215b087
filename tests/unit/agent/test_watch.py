"""The watch over the agent's threads: one that died or stands still ends the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from bartack.compose import WATCH_TURN_S, Failures, Part, watch
from bartack.health import STUCK_AFTER_S, Health, LedgerHealth
from sewing import state


class Clock:
    """Monotonic seconds that the test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def ending() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def running(ending: threading.Event) -> Part:
    thread = threading.Thread(target=ending.wait, daemon=True, name="at work")
    thread.start()
    return Part(thread, ending)


def dead() -> Part:
    thread = threading.Thread(target=lambda: None, name="dead")
    thread.start()
    thread.join()
    return Part(thread, threading.Event())


def health(clock: Clock) -> Health:
    return Health(clock, LedgerHealth(state()), acked=0)


def test_a_dead_thread_ends_the_watch_with_its_name(ending: threading.Event) -> None:
    """The process does not go on without one of its parts."""
    failures = Failures()
    watch(ending, [running(ending), dead()], health(Clock()), failures)
    assert "dead" in str(failures.found)
    assert failures.code == 1


def test_a_loop_that_stands_still_ends_the_watch(ending: threading.Event) -> None:
    """Alive is not enough: a loop that has not turned for nine seconds counts as dead."""
    clock, failures = Clock(), Failures()
    known = health(clock)
    known.pulse("publisher")
    known.pulse("core")
    clock.now_s += STUCK_AFTER_S + 0.1
    known.pulse("core")
    watch(ending, [running(ending)], known, failures)
    assert "stuck ['publisher']" in str(failures.found)


def test_a_systemd_that_does_not_listen_stops_no_station(
    ending: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scans go on though the watchdog cannot be told; whoever listens will start it anew."""
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/notify")
    failures = Failures()
    part = running(ending)
    watched = threading.Thread(
        target=watch, args=(ending, [part], health(Clock()), failures), daemon=True
    )
    watched.start()
    watched.join(3 * WATCH_TURN_S)
    assert watched.is_alive()
    ending.set()
    watched.join(5)
    assert failures.found == []


def test_an_ordinary_end_is_no_failure(ending: threading.Event) -> None:
    """Asked to end, the watch returns with nothing to report."""
    failures = Failures()
    ending.set()
    watch(ending, [], health(Clock()), failures)
    assert failures.found == []


def test_what_a_part_died_of_is_kept() -> None:
    """The exit code tells a broken ledger from other failures."""
    from bartack.ledger import LedgerBroken

    failures = Failures()

    def fail() -> None:
        raise LedgerBroken("fsync failed")

    failures.guard(fail)
    assert failures.code == 6
