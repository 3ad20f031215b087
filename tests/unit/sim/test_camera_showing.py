"""``bartack-sim camera``: tickets by turns or by hand, faults as planned, the truth as JSON."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any, get_args

import pytest
from click.testing import CliRunner

from bartack_sim.camera import Camera
from bartack_sim.camera_faults import FaultPlan, failing
from bartack_sim.cli import _SYMBOLOGIES, main
from bartack_sim.showing import Timing, frame_count, lay_all, planned, present_all
from bartack_sim.ticket import Scene, Symbology, Ticket

SMALL: dict[str, Any] = {"width_px": 640, "height_px": 480}
TICKETS = [Ticket("B0001"), Ticket("B0002")]


@pytest.fixture
def camera() -> Iterator[Camera]:
    with Camera(scene=Scene(**SMALL), frames_per_s=30.0) as running:
        yield running


def test_presentations_follow_from_the_seed() -> None:
    """The same seed plans the same presentations; without texts each has one of its own."""
    first, again, other = (
        list(itertools.islice(planned([], {}, None, seed, 6), 4)) for seed in (1, 1, 2)
    )
    assert first == again
    assert {one.text for one in first}.isdisjoint({one.text for one in other})
    assert len({one.text for one in first}) == 4


def test_given_knobs_are_fixed_and_others_drawn() -> None:
    """What the command line fixes is the same for all tickets; every second one has a QR code."""
    plan = list(itertools.islice(planned(TICKETS, {"lint_fibres": 40}, None, 1, 6), 4))
    scenes = [one.frames[3].scene for one in plan]
    assert {scene.lint_fibres for scene in scenes} == {40}
    assert len({scene.module_px for scene in scenes}) == 4
    assert [scene.qr_module_px is not None for scene in scenes] == [True, False, True, False]
    assert [one.text for one in plan] == ["B0001", "B0002"] * 2


@pytest.mark.parametrize("with_qr", [True, False])
def test_a_qr_code_on_all_or_none(with_qr: bool) -> None:
    """--qr and --no-qr hold for every ticket."""
    plan = itertools.islice(planned([], {}, with_qr, 1, 6), 4)
    assert {one.frames[3].scene.qr_module_px is not None for one in plan} == {with_qr}


def test_the_truth_is_told_when_a_ticket_comes_and_goes(camera: Camera) -> None:
    """For each presentation a beginning with its scene, then an end with what was shown when."""
    told: list[Mapping[str, object]] = []
    pauses: list[float] = []
    plan = planned(TICKETS, SMALL, False, 1, 6)
    present_all(camera, plan, Timing(0.2, 7.0, 3), told.append, pauses.append)
    assert pauses == [7.0] * 3
    assert [one["event"] for one in told] == ["begin", "end"] * 3
    assert [one["text"] for one in told[::2]] == ["B0001", "B0002", "B0001"]
    for begin, end in zip(told[::2], told[1::2], strict=True):
        assert begin["number"] == end["number"]
        assert end["frames"] == end["frames_sent"] == 6
        assert end["frames_whole"] == 4
        whole_s = (end["whole_from_s"], end["whole_until_s"])
        assert float(str(begin["at_s"])) <= float(str(whole_s[0])) < float(str(whole_s[1]))
        assert float(str(whole_s[1])) <= float(str(end["at_s"]))
        json.dumps([begin, end])


def test_tickets_lie_there_by_turns(camera: Camera) -> None:
    """Without hands each ticket lies still for its time, with a bare table between."""
    told: list[Mapping[str, object]] = []
    pauses: list[float] = []
    timing = Timing(shown_s=3.0, pause_s=1.0, count=3)
    lay_all(camera, TICKETS, Scene(**SMALL), timing, told.append, pauses.append)
    assert pauses == [1.0, 3.0] * 3
    assert [(one["event"], one["text"]) for one in told] == [
        *(("begin", "B0001"), ("end", "B0001")),
        *(("begin", "B0002"), ("end", "B0002")),
        *(("begin", "B0001"), ("end", "B0001")),
    ]


def test_a_presentation_has_the_frames_of_its_seconds() -> None:
    """Seconds times rate, and at least the three that a presentation needs."""
    assert frame_count(Timing(2.0, 0.0), 15.0) == 30
    assert frame_count(Timing(0.2, 0.0), 1.0) == 3


def test_a_planned_fault_comes_and_goes(camera: Camera) -> None:
    """The camera is unplugged at its moment and plugged in again after its time, and both are
    said."""
    words: list[str] = []
    well = threading.Event()

    def say(text: str) -> None:
        words.append(f"{text}: {camera.plugged}")
        if "well" in text:
            well.set()

    with failing(camera, FaultPlan(unplug_s=0.05, lasting_s=0.1), say):
        assert well.wait(5.0)
    assert words == ["the camera is unplugged: True", "the camera is well again: True"]


def test_leaving_does_not_wait_for_faults(camera: Camera) -> None:
    """A fault that lies far ahead never comes when the command ends before."""
    before = threading.active_count()
    with failing(camera, FaultPlan(stall_s=3600.0), pytest.fail):
        pass
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("arguments", "needed"),
    [
        ([], "--text"),
        (["--text", "B1", "--light", "9"], "light 9.0"),
        (["--text", "x" * 33], "32"),
        (["--text", "12", "--symbology", "ean13"], "13 digits"),
        (["--text", "B1", "--size", "1x1"], "640x480"),
        (["--present", "--perspective", "3"], "perspective 3.0"),
        (["--present", "--shown", "0"], "shown"),
    ],
)
def test_wrong_options_are_refused_before_anything_starts(
    arguments: list[str], needed: str
) -> None:
    """The refusal names what is wrong, with the status of a wrong command line."""
    result = CliRunner().invoke(main, ["camera", *arguments])
    assert result.exit_code == 2
    assert needed in result.output


def test_a_port_in_use_is_told() -> None:
    """Another program at the port: the error names it and what to do."""
    with Camera() as other:
        result = CliRunner().invoke(main, ["camera", "--text", "B1", "--port", str(other.port)])
    assert result.exit_code == 4
    assert f"port {other.port}" in result.output
    assert "choose another" in result.output


def test_every_symbology_can_be_asked_for() -> None:
    """The command offers what tickets can be printed in, and no other."""
    assert tuple(_SYMBOLOGIES) == get_args(Symbology)


def test_the_command_prints_its_address_and_then_the_truth() -> None:
    """The whole command as a person starts it: address, beginning, end, status 0."""
    options = ["--present", "--count", "1", "--shown", "0.2", "--pause", "0", "--size", "640x480"]
    code = "from bartack_sim.cli import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code, "camera", *options, "--fps", "20", "--text", "B000123-OP310"],
        capture_output=True,
        text=True,
        timeout=60.0,
        check=True,
    )
    address, begin, end = ran.stdout.splitlines()
    assert address.startswith("http://127.0.0.1:")
    assert json.loads(begin)["text"] == json.loads(end)["text"] == "B000123-OP310"
    assert json.loads(end)["frames"] == 4
