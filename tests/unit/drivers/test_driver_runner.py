"""The runner: it never gives up on a device, never hangs, and never hides a fault of ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Self

import pytest

from bartack_drivers.base import Counters, DeviceLost, Read, Source
from bartack_drivers.runner import run
from contract.devices import PATIENCE_S, Heard, missing, running


class Scripted:
    """A source that does what a test says, one step for each read."""

    def __init__(self, steps: Iterator[list[Read] | Exception]) -> None:
        self._steps = steps
        self.closed = threading.Event()

    @property
    def counters(self) -> Counters:
        return Counters(good_frames=7)

    @property
    def trouble(self) -> str:
        return ""

    def read(self, timeout_s: float) -> list[Read]:
        step = next(self._steps, None)
        if step is None:
            self.closed.wait(timeout_s)
            return []
        if isinstance(step, Exception):
            raise step
        return step

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.closed.set()


def scripted(*steps: list[Read] | Exception) -> Scripted:
    return Scripted(iter(steps))


def one_after_another(*openings: Source | Exception) -> Callable[[], Source]:
    """Each opening in turn, the last for ever."""
    waiting = list(openings)

    def open_device() -> Source:
        opening = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(opening, Exception):
            raise opening
        return opening

    return open_device


def test_reads_and_counters_are_passed_on() -> None:
    """Every read is heard in order, after the device is up, and ticks carry its counters."""
    heard = Heard()
    reads = [Read("em4100", value, 0.0) for value in ("A", "B", "C")]
    source = scripted(reads[:1], reads[1:])
    with running(lambda: source, heard):
        assert [heard.next() for _ in range(4)] == [
            ("up", ""),
            ("read", "A"),
            ("read", "B"),
            ("read", "C"),
        ]
        while heard.ticks.get(timeout=PATIENCE_S) != Counters(good_frames=7):
            pass
    assert source.closed.is_set()


def test_a_reason_is_told_once() -> None:
    """A device that stays away is tried again and again, and told down once for each reason."""
    tries = threading.Semaphore(0)

    def open_device() -> Source:
        tries.release()
        return missing("/dev/badge")

    heard = Heard()
    with running(open_device, heard):
        for _ in range(5):
            assert tries.acquire(timeout=PATIENCE_S)
    assert heard.next() == ("down", "/dev/badge: no such device")
    assert heard.events.empty()


def test_a_lost_device_is_told_down_and_up_again() -> None:
    """Loss is heard with its reason, also the second time and for the same reason."""
    lost = DeviceLost("/dev/badge", "connection lost")
    openings = [scripted([], lost), scripted([], lost), scripted()]
    heard = Heard()
    with running(one_after_another(*openings), heard):
        events = [heard.next()[0] for _ in range(5)]
    assert events == ["up", "down", "up", "down", "up"]
    assert all(opening.closed.is_set() for opening in openings)


def test_a_device_that_fails_at_the_first_read_was_never_up() -> None:
    """A port that opens and then fails is down all the time, and told so once."""
    tries = threading.Semaphore(0)

    def open_device() -> Source:
        tries.release()
        return scripted(DeviceLost("/dev/badge", "connection lost"))

    heard = Heard()
    with running(open_device, heard):
        for _ in range(4):
            assert tries.acquire(timeout=PATIENCE_S)
    assert heard.next() == ("down", "/dev/badge: connection lost")
    assert heard.events.empty()


@pytest.mark.parametrize("opening", [ZeroDivisionError(), scripted(ZeroDivisionError())])
def test_a_fault_of_ours_is_not_caught(opening: Scripted | Exception) -> None:
    """An exception that no driver is meant to raise ends the loop, with the device closed."""
    with pytest.raises(ZeroDivisionError):
        run(one_after_another(opening), Heard(), threading.Event())
    assert isinstance(opening, Exception) or opening.closed.is_set()


def test_a_device_that_hangs_while_opening_holds_nothing_up() -> None:
    """Ticks go on while a device is slow to open; told to stop, the loop ends all the same.

    What opens too late is closed.
    """
    release = threading.Event()
    source = scripted()

    def open_device() -> Source:
        release.wait(PATIENCE_S)
        return source

    heard = Heard()
    with running(open_device, heard):
        for _ in range(4):
            assert heard.ticks.get(timeout=1.0) is None
    assert heard.events.empty()
    release.set()
    assert source.closed.wait(PATIENCE_S)


def test_ticks_come_at_least_once_a_second() -> None:
    """Between retries as between reads no second passes without a tick."""
    heard = Heard()
    stop = threading.Event()
    openings = one_after_another(DeviceLost("/dev/badge", "gone"), scripted([]))
    thread = threading.Thread(target=run, args=(openings, heard, stop, (1.5,)))
    thread.start()
    began_s = time.monotonic()
    while time.monotonic() - began_s < 2.5:
        heard.ticks.get(timeout=1.0)
    stop.set()
    thread.join(1.0)
    assert not thread.is_alive()
