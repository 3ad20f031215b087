"""Readers are pulled out and come back: in the middle of a frame, in another order, many times."""

from __future__ import annotations

import functools
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bartack_sim.devices.pty import Port
from bartack_sim.devices.rdm6300 import frame
from bartack_sim.devices.scanner import Scanner
from faults.oracle import check_books, label, running, wait_confirmed
from faults.station_file import change
from rig import BADGE, OTHER_BADGE, Rig
from running import wait_until

BACK_S = 5.0
SECOND_SCANNER = """
[[reader]]
name = "second"
driver = "text"
port = "{folder}/second"
role = "bundle"

[[code]]"""

pytestmark = pytest.mark.require("mosquitto")


@pytest.fixture
def second(rig: Rig) -> Iterator[Scanner]:
    """Another scanner of the same make at the same station."""
    change(rig, ("\n[[code]]", SECOND_SCANNER.format(folder=rig.folder)))
    with Port(rig.folder / "second") as port:
        yield Scanner(port)


def states(rig: Rig, *names: str) -> set[str]:
    """What is said of these readers, or of all."""
    readers = running(rig)["readers"]
    return {reader["state"] for reader in readers if not names or reader["name"] in names}


def reads_of(rig: Rig) -> dict[str, int]:
    return {reader["name"]: reader["reads"] for reader in running(rig)["readers"]}


def held(rig: Rig) -> tuple[int, int]:
    """How many threads and open files the agent has."""
    process = Path(f"/proc/{rig.agent.pid}")
    return len(list((process / "task").iterdir())), len(list((process / "fd").iterdir()))


@pytest.mark.parametrize("times", [3, pytest.param(50, marks=pytest.mark.slow)])
def test_a_reader_pulled_out_in_mid_frame_invents_nothing(rig: Rig, times: int) -> None:
    """Each time a label and a badge are cut short and the reader comes back under the same name on
    another terminal within seconds; no half of either is ever taken for a whole, and the agent
    holds no more threads and files than before."""
    rig.start_all(200)
    rig.tap()
    choose = random.Random(17)
    scanned = [label(1)]
    assert rig.scan(label(1))["outcome"] == "ok"
    before = held(rig)
    for number in range(2, times + 2):
        text, badge = label(number), frame(OTHER_BADGE)
        cut, badge_cut = choose.randrange(1, len(text)), choose.randrange(1, len(badge))
        rig.scanner.port.send(text[:cut].encode())
        rig.badge.port.send(badge[:badge_cut])
        for port in (rig.scanner.port, rig.badge.port):
            port.unplug()
        wait_until(lambda: states(rig) == {"down"}, "both are down")
        for port in choose.sample([rig.scanner.port, rig.badge.port], 2):
            port.plug()
        wait_until(lambda: states(rig) == {"up"}, "both are back", BACK_S)
        rig.badge.port.send(badge[badge_cut:])
        light = rig.scan(text[cut:])
        assert (light["outcome"], light["reason"]) == ("refused", "unknown_code")
        scanned.append(text)
        light = rig.scan(text)
        assert (light["outcome"], light["bundle"], light["operator"]) == ("ok", text, "E1")
    wait_until(lambda: held(rig)[0] <= before[0], "no more threads")
    assert held(rig)[1] <= before[1]
    wait_until(lambda: reads_of(rig)["scanner"] == 1 + 2 * times, "two reads each time")
    wait_confirmed(rig)
    check_books(rig, scanned)


@pytest.mark.slow
def test_two_readers_of_one_make_never_swap(rig: Rig, second: Scanner) -> None:
    """Both pulled out and plugged in the other way round, so that the kernel gives each the other's
    terminal: a name stays with its place."""
    rig.start_all(20)
    wait_until(lambda: second.port.listened, "the second scanner too")
    rig.tap()
    number, swapped, order = 0, 0, [second, rig.scanner]
    for _ in range(3):
        terminals = [one.port.link.readlink() for one in (rig.scanner, second)]
        for one in (rig.scanner, second):
            one.port.unplug()
        wait_until(lambda: states(rig, "scanner", "second") == {"down"}, "both are down")
        for one in order:
            one.port.plug()
        order.reverse()
        swapped += terminals == [one.port.link.readlink() for one in (second, rig.scanner)]
        wait_until(lambda: states(rig) == {"up"}, "both are back", BACK_S)
        for one in (rig.scanner, second):
            number += 1
            light = rig.next_light(functools.partial(one.scan, label(number)))
            assert (light["outcome"], light["bundle"]) == ("ok", label(number))
    assert swapped, "the kernel never gave one the other's terminal"
    done = [event.text("reader") for event in rig.ledger() if event.type == "work.done"]
    assert done == ["scanner", "second"] * 3
    wait_confirmed(rig)
    check_books(rig, [label(n) for n in range(1, number + 1)])


def test_a_tag_taken_away_gives_no_late_read(rig: Rig) -> None:
    """What piled up at the reader while the agent stood still is one act for each badge, in the
    order in which they were shown, and nothing comes after it."""
    change(rig, ('name = "badge"', 'name = "badge"\nrepeat_s = 0.5'))
    rig.start_all(5)
    rig.tap(BADGE)
    rig.agent.send(signal.SIGSTOP)
    try:
        rig.badge.tap(OTHER_BADGE, 1.0)
        rig.badge.tap(BADGE, 1.0)
    finally:
        rig.agent.send(signal.SIGCONT)
    wait_until(lambda: len(rig.lights()) == 3, "an answer to each")
    assert [light["operator"] for light in rig.lights()] == ["E1", "E2", "E1"]
    assert rig.scan(label(1))["operator"] == "E1"
    opened = [e.text("operator") for e in rig.ledger() if e.type == "session.opened"]
    assert opened == ["E1", "E2", "E1"]
    wait_confirmed(rig)
    check_books(rig, [label(1)])
