"""A camera over the table goes wrong: unplugged, no more pictures, the same picture for ever."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import pytest

from bartack_sim.camera import Camera
from bartack_sim.ticket import Ticket
from faults.oracle import check_books, label, running, wait_confirmed
from faults.station_file import change
from rig import BADGE, Rig, wait_until

DETECTED_S = 5.0
BACK_S = 15.0
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


def state(rig: Rig) -> str:
    return str(running(rig)["readers"][1]["state"])


def start(rig: Rig, bundles: int) -> None:
    """Everything, up to the moment when an operator can lay a ticket under the camera."""
    rig.import_reference(bundles)
    for process in (rig.broker, rig.hub, rig.agent):
        process.start()
    wait_until(lambda: rig.badge.port.listened, "the agent listens")
    rig.wait_reference()
    wait_until(lambda: state(rig) == "up", "the camera is up")
    rig.tap()


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
