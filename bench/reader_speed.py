"""How fast bytes become scans: every driver's conversation and the debouncing behind it, one core.

The recorded bytes of each driver are fed again and again, in pieces as a serial port gives them,
and each read is debounced as the core does it. Beside each figure stands how fast the driver's
link can bring bytes at all. Goal: at least 20 times as fast as the fastest serial link, which is
115,200 bits/s. For LLRP, tag reports a second stand beside those of its library alone.

    .venv/bin/python bench/reader_speed.py [--seconds 1.0]
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from bartack.debounce import Seen, debounce
from bartack_drivers.driver import Driver
from bartack_drivers.registry import DRIVERS, check_options
from contract.recordings import Recording, recordings_of
from readings import load

PIECE_BYTES = 256
QUIET_S = 1.5
FASTEST_LINK_BYTES_S = 115_200 / 10
GOAL = 20.0


@dataclass(frozen=True, slots=True)
class Speed:
    """What one second of one core can do."""

    bytes_s: float
    reads_s: float


def through(driver: Driver, recording: Recording, seconds: float) -> Speed:
    """Feed a recording's bytes for so long."""
    assert driver.converse is not None
    conversation = driver.converse(check_options(driver, recording.options)[0])
    seen, data, fed, reads, now_s = Seen(), recording.data, 0, 0, 0.0
    pieces = [data[at : at + PIECE_BYTES] for at in range(0, len(data), PIECE_BYTES)]
    began_s = time.perf_counter()
    while (took_s := time.perf_counter() - began_s) < seconds:
        for piece in pieces:
            now_s += 0.01
            for read in conversation.feed(piece, now_s):
                seen, _ = debounce(seen, "reader", read, QUIET_S)
                reads += 1
            conversation.outgoing(now_s)
        conversation.idle(now_s + 10.0)  # what a recording leaves half said ends with it
        now_s += 10.0
        fed += len(data)
    return Speed(fed / took_s, reads / took_s)


def own_link(driver: Driver, speed: Speed) -> str:
    """How many times faster than the line at its usual rate; empty where that is no serial one."""
    rates = [option.default for option in driver.options if option.name == "baudrate"]
    return f"{speed.bytes_s * 10 / float(str(rates[0])):.0f}" if rates else ""


def compare_llrp(seconds: float) -> None:
    """Tag reports a second: through the driver and debouncing, and through the library alone."""
    from llrpkit.exceptions import LLRPError
    from llrpkit.protocol import decode_message

    driver = DRIVERS["llrp"]
    recording = max(recordings_of("llrp"), key=lambda it: len(it.expected))
    ours = through(driver, recording, seconds).reads_s
    messages, at = [], 0
    while at < len(recording.data):
        length = int.from_bytes(recording.data[at + 2 : at + 6], "big")
        messages.append(recording.data[at : at + length])
        at += length
    began_s, rounds = time.perf_counter(), 0
    while (took_s := time.perf_counter() - began_s) < seconds:
        for message in messages:
            with suppress(LLRPError):  # recordings hold damaged messages too
                decode_message(message)
        rounds += 1
    alone = rounds * len(recording.expected) / took_s
    print(f"LLRP: {ours:.0f} tag reports/s, the library alone {alone:.0f}: {ours / alone:.2f} x")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seconds", type=float, default=1.0, help="for each driver")
    seconds = options.parse_args().seconds
    print(load())
    print(f"{'driver':16}{'recording':34}{'kB/s':>8}{'reads/s':>10}{'x own':>8}{'x 115200':>10}")
    slowest = float("inf")
    for driver in DRIVERS.values():
        for recording in recordings_of(driver.name) if driver.converse else []:
            speed = through(driver, recording, seconds)
            ratio = speed.bytes_s / FASTEST_LINK_BYTES_S
            slowest = min(slowest, ratio)
            print(
                f"{driver.name:16}{recording.folder.name[:32]:34}{speed.bytes_s / 1000:8.0f}"
                f"{speed.reads_s:10.0f}{own_link(driver, speed):>8}{ratio:10.0f}"
            )
    compare_llrp(seconds)
    verdict = "met" if slowest >= GOAL else "MISSED"
    print(f"slowest of all: {slowest:.0f} x 115,200 bit/s, goal {GOAL:.0f} x: {verdict}")


if __name__ == "__main__":
    main()
