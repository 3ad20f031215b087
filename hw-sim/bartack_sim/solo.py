"""One device alone, for a person who tries a reader's driver at the command line."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from bartack_sim.devices.wire import Wire

OPENING_S = 0.3
"""A program that has just opened a port throws away what came before it was ready."""

DRAIN_S = 2.0
OUT_S = 0.5


def values_to_show(
    given: Sequence[str], lines: TextIO, every_s: float | None, pause: Callable[[float], object]
) -> Iterator[str]:
    """The values given, once or again and again; without any, one for each line of ``lines``."""
    source: Iterable[str]
    if not given:
        source = (text for line in lines if (text := line.rstrip("\r\n")))
    elif every_s is None:
        source = given
    else:
        source = itertools.cycle(given)
    for number, value in enumerate(source):
        if number and every_s is not None:
            pause(every_s)
        yield value


@contextmanager
def unplugged_now_and_then(wire: Wire, every_s: float | None) -> Iterator[None]:
    """Pull the device out every so many seconds, and put it in again as another terminal."""
    ending = threading.Event()

    def pull() -> None:
        while every_s is not None and not ending.wait(every_s):
            wire.port.unplug()
            ending.wait(OUT_S)
            wire.port.plug()
            wire.power_up()

    thread = threading.Thread(target=pull, name="unplugs the reader", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def play(wire: Wire, values: Iterable[str], hold_s: float, say: Callable[[str], None]) -> None:
    """Show all values to the program that opens the port, and wait until it has read them."""
    port = wire.port
    if not port.listened:
        say(f"{port.link}: waiting for a program to open it")
    while not port.listened:
        time.sleep(0.05)
    time.sleep(OPENING_S)
    wire.power_up()
    for value in values:
        try:
            wire.show(value, hold_s)
        except ValueError as error:
            say(str(error))
    if not port.drain(DRAIN_S):
        say(f"{port.link}: the program has not read everything")
    if port.lost_bytes:
        say(f"{port.link}: {port.lost_bytes} bytes were sent while nobody listened")
