"""A camera over the table goes wrong: unplugged, no pictures, always the same one, black ones."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bartack_sim.camera import Camera
from bartack_sim.ticket import Scene, Ticket
from faults.oracle import check_books, label, running, wait_confirmed
from faults.station_file import change
from rig import BADGE, Rig
from running import wait_until

DETECTED_S = 5.0
BACK_S = 15.0
BLACK_S = 4.0
"""A picture that is black for so long is told."""

REPEAT_S = 1.5
"""A ticket that was away for so long is a new scan."""

FAULTS: dict[str, tuple[Callable[[Camera], object], Callable[[Camera], object]]] = {
    "unplugged": (Camera.unplug, Camera.plug),
    "stalled": (Camera.stall, Camera.resume),
    "frozen": (Camera.freeze, Camera.resume),
}

pytestmark = pytest.mark.require("mosquitto")


@pytest.fixture
def camera(rig: Rig) -> Iterator[Camera]:
    """A camera in the place of the scanner."""
    with Camera(frames_per_s=15.0) as eye:
        scanner = f'driver = "text"\nport = "{rig.folder}/scanner"'
        change(rig, (scanner, f'driver = "camera"\nport = "{eye.url}"'))
        yield eye
        rig.agent.kill()


def reader(rig: Rig) -> dict[str, Any]:
    """What the agent says of the camera."""
    return dict(running(rig)["readers"][1])


def state(rig: Rig) -> str:
    return str(reader(rig)["state"])


def start(rig: Rig, bundles: int) -> None:
    """Everything, up to the moment when an operator can lay a ticket under the camera."""
    prepare(rig, bundles)
    rig.tap()


def prepare(rig: Rig, bundles: int) -> None:
    """Everything but somebody's badge."""
    rig.import_reference(bundles)
    for process in (rig.broker, rig.hub, rig.agent):
        process.start()
    wait_until(lambda: rig.badge.port.listened, "the agent listens")
    rig.wait_reference()
    wait_until(lambda: state(rig) == "up", "the camera is up")


def show(rig: Rig, camera: Camera, text: str) -> None:
    """Lay a ticket under the camera: the first answer to it is green."""
    camera.show(Ticket(text))
    wait_until(lambda: any(light["bundle"] == text for light in rig.lights()), f"light for {text}")
    first = next(light for light in rig.lights() if light["bundle"] == text)
    assert first["outcome"] == "ok"


def told(rig: Rig, seen: int, reason: str) -> bool:
    return any(light["reason"] == reason for light in rig.lights()[seen:])


def counted(rig: Rig) -> list[str]:
    return [event.text("bundle") for event in rig.ledger() if event.type == "work.done"]


def test_a_camera_gone_wrong_is_told_and_never_counts_again(rig: Rig, camera: Camera) -> None:
    """Whatever goes wrong while a ticket lies there, the reader is down within five seconds; when
    the camera works again the same ticket counts no more, and the next one does."""
    start(rig, 10)
    for number, (go_wrong, get_well) in enumerate(FAULTS.values(), start=1):
        show(rig, camera, label(number))
        go_wrong(camera)
        wait_until(lambda: state(rig) == "down", "it is told", DETECTED_S)
        get_well(camera)
        wait_until(lambda: state(rig) == "up", "the camera is back", BACK_S)
    show(rig, camera, label(len(FAULTS) + 1))
    scanned = [label(number) for number in range(1, len(FAULTS) + 2)]
    assert counted(rig) == scanned
    assert {light["reason"] for light in rig.lights()[1:]} <= {None, "already_done"}
    wait_confirmed(rig)
    check_books(rig, scanned)


@pytest.mark.slow
def test_a_frozen_camera_stays_down_without_a_word_more(rig: Rig, camera: Camera) -> None:
    """It answers each time it is opened and shows its old picture: that is no return, and the
    ledger is not filled with comings and goings."""
    start(rig, 10)
    show(rig, camera, label(1))
    camera.freeze()
    wait_until(lambda: state(rig) == "down", "it is told", DETECTED_S)
    head = running(rig)["head"]
    detail = set[str]()

    def looked_at() -> bool:
        told = running(rig)["readers"][1]
        assert told["state"] == "down"
        detail.add(told["detail"])
        return len(detail) > 1

    wait_until(looked_at, "it was tried again")
    with pytest.raises(AssertionError, match="still not"):
        wait_until(lambda: state(rig) == "up", "up", 8)
    assert running(rig)["head"] <= head + 1
    camera.resume()
    wait_until(lambda: state(rig) == "up", "the camera is back", BACK_S)
    show(rig, camera, label(2))
    assert counted(rig) == [label(1), label(2)]


@pytest.mark.slow
def test_a_restart_does_not_count_what_lies_there(rig: Rig, camera: Camera) -> None:
    """A ticket rests under the camera and a badge at its reader while the agent is killed and
    started: one count, and the same person is at work."""
    start(rig, 10)
    show(rig, camera, label(1))
    for _ in range(2):
        rig.agent.kill()
        rig.agent.start()
        wait_until(lambda: rig.badge.port.listened, "the agent listens")
        wait_until(lambda: state(rig) == "up", "the camera is up")
        seen = len(rig.lights())
        rig.badge.tap(BADGE, 1.0)
        wait_until(functools.partial(told, rig, seen, "already_signed_in"), "the badge is known")
    show(rig, camera, label(2))
    done = [event for event in rig.ledger() if event.type == "work.done"]
    assert [(event.text("bundle"), event.text("operator")) for event in done] == [
        (label(1), "E1"),
        (label(2), "E1"),
    ]
    opened = [event for event in rig.ledger() if event.type == "session.opened"]
    assert len(opened) == 1


@pytest.mark.slow
def test_a_covered_lens_is_told_and_is_no_loss(rig: Rig, camera: Camera) -> None:
    """Black pictures are told within seconds in the reader's status, the ledger hears nothing of
    them, and with light the next ticket is read."""
    start(rig, 10)
    show(rig, camera, label(1))
    head = running(rig)["head"]
    camera.show(Ticket(label(2)), Scene(light=0.0))
    wait_until(lambda: "black picture" in reader(rig)["detail"], "it is told", BLACK_S + DETECTED_S)
    assert reader(rig)["state"] == "up"
    assert running(rig)["head"] == head
    show(rig, camera, label(2))
    wait_until(lambda: reader(rig)["detail"] == "", "it is taken back")
    assert counted(rig) == [label(1), label(2)]


@pytest.mark.slow
def test_what_was_refused_is_shown_again(rig: Rig, camera: Camera) -> None:
    """A ticket shown before anybody signed in is refused once for as long as it lies there, and
    counts when it was away and is shown again."""
    prepare(rig, 10)
    camera.show(Ticket(label(1)))
    wait_until(lambda: told(rig, 0, "no_operator"), "it is refused")
    rig.tap()
    camera.clear()
    gone_s = time.monotonic() + REPEAT_S + 0.5
    wait_until(lambda: time.monotonic() > gone_s, "it was away")
    assert reader(rig)["reads"] == 1
    camera.show(Ticket(label(1)))
    wait_until(lambda: counted(rig) == [label(1)], "it counts")
    wait_until(lambda: reader(rig)["reads"] == 2, "the reader says that it read twice")
