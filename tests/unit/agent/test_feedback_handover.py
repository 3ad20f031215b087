"""A device with a thread of its own: nothing that it does or fails to do delays the core."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest

from bartack.events import Json
from bartack.feedback.handover import FRESH_S, STUCK_S, HandedOver, Rest, Showing
from bartack.station import Feedback
from bartack_drivers.base import DeviceLost, DeviceMissing
from running import wait_until
from sewing import LOG, moment


def answer(seq: int) -> Feedback:
    return Feedback(moment().at, "ok", None, LOG, seq, "E1", "B000001", "OP310", 12)


class Device:
    """Plays each answer for ``for_s`` or until it is cut; fails when it is told to."""

    def __init__(self, for_s: float = 0.0) -> None:
        self.for_s = for_s
        self.played: list[tuple[object, bool]] = []
        self.began: list[object] = []
        self.lost = False
        self.is_open = True

    def play(self, document: Mapping[str, Json], rest: Rest) -> None:
        if self.lost:
            raise DeviceLost("chip", "unplugged")
        self.began.append(document["seq"])
        self.played.append((document["seq"], rest(self.for_s)))

    def refresh(self) -> None:
        if self.lost:
            raise DeviceLost("chip", "unplugged")

    def close(self) -> None:
        self.is_open = False


class Bench:
    """A device on its thread, and what was reported of it."""

    def __init__(
        self, opener: Callable[[], Showing], mono_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.faults: list[tuple[str, str]] = []
        self.light = HandedOver("lamp", opener, mono_s, lambda *it: self.faults.append(it), 0.05)


@contextmanager
def running(light: HandedOver) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=light.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(5.0)
        assert not thread.is_alive()


def test_an_answer_is_shown_and_the_device_closed_at_the_end() -> None:
    """From the hand-over to the device, and a dark lamp when the agent ends."""
    device = Device()
    light = Bench(lambda: device).light
    with running(light):
        light.show(answer(1))
        wait_until(lambda: device.played == [(1, False)], "the answer is played")
        assert device.is_open
    assert not device.is_open


def test_a_new_answer_cuts_the_old_one_short() -> None:
    """Whoever scans again sees the answer to that, not the end of the one before."""
    device = Device(for_s=30.0)
    light = Bench(lambda: device).light
    with running(light):
        light.show(answer(1))
        wait_until(lambda: device.began == [1], "the first is begun")
        light.show(answer(2))
        wait_until(lambda: device.began == [1, 2], "the second is begun")
        assert device.played == [(1, True)]


def test_the_newest_of_many_wins_and_none_is_waited_for() -> None:
    """While a device is busy a thousand answers are handed over in no time, and the last stands."""
    going_on = threading.Event()

    class Slow(Device):
        def play(self, document: Mapping[str, Json], rest: Rest) -> None:
            self.began.append(document["seq"])
            going_on.wait(30.0)

    device = Slow()
    light = Bench(lambda: device).light
    with running(light):
        light.show(answer(0))
        wait_until(lambda: device.began == [0], "the device is busy")
        began_s = time.monotonic()
        for seq in range(1, 1001):
            light.show(answer(seq))
        assert time.monotonic() - began_s < 1.0
        going_on.set()
        wait_until(lambda: len(device.began) == 2, "the next is begun")
        assert device.began == [0, 1000]


def test_a_device_that_takes_nothing_is_in_fault() -> None:
    """A lamp that hangs is told of at the next scan, by the error that raises the alarm."""
    now_s = [0.0]
    light = Bench(Device, lambda: now_s[0]).light  # its thread does not run
    light.show(answer(1))
    now_s[0] = STUCK_S + 1.0
    with pytest.raises(OSError, match="lamp: has taken no answer for 4 s"):
        light.show(answer(2))


def test_a_missing_device_is_told_once_and_tried_again() -> None:
    """Each answer raises the alarm until the chip is there; then all is well by itself."""
    device, there = Device(), threading.Event()

    def opener() -> Showing:
        if not there.is_set():
            raise DeviceMissing("/dev/gpiochip0", "lines 17: no such file")
        return device

    bench = Bench(opener)
    with running(bench.light):
        wait_until(lambda: bench.faults, "the fault is told")
        with pytest.raises(OSError, match="lines 17"):
            bench.light.show(answer(1))
        there.set()
        wait_until(lambda: not shows_fault(bench.light), "it is well")
        wait_until(lambda: device.began, "answers are shown")
    assert bench.faults == [("lamp", "/dev/gpiochip0: lines 17: no such file")]
    assert 1 not in device.began, "the answer of before is old by now"


def shows_fault(light: HandedOver) -> bool:
    try:
        light.show(answer(2))
    except OSError:
        return True
    return False


def test_a_lost_device_is_reported_without_a_scan_to_show() -> None:
    """What is unplugged is noticed at the answer that it fails to show, and opened anew."""
    first, second = Device(), Device()
    devices = iter([first, second])
    bench = Bench(lambda: next(devices))
    with running(bench.light):
        first.lost = True
        bench.light.show(answer(1))
        wait_until(lambda: bench.faults == [("lamp", "chip: unplugged")], "the loss is told")
        assert not first.is_open
        wait_until(lambda: not shows_fault(bench.light), "the other is open")
        wait_until(lambda: second.began, "and shows answers")


def test_an_old_answer_is_not_shown_late() -> None:
    """An answer that waited for its device past a second would pass for that of the next scan."""
    now_s = [0.0]
    light = Bench(Device, lambda: now_s[0]).light
    light.show(answer(1))
    now_s[0] = FRESH_S + 0.1
    assert light._take() is None
    light.show(answer(2))
    assert light._take() is not None
