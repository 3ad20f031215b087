"""Presentations by hand with their truth, and the table of stress levels."""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import zxingcpp

from bartack_sim.ticket import (
    Picture,
    Scene,
    StressLevel,
    Ticket,
    drawn_scene,
    presentation,
    render_scene,
    stress_levels,
)

SEEDS = range(12)


def texts(picture: Picture) -> set[str]:
    kinds = [zxingcpp.BarcodeFormat.Code128, zxingcpp.BarcodeFormat.QRCode]
    formats = zxingcpp.BarcodeFormats(kinds)
    return {code.text for code in zxingcpp.read_barcodes(picture, formats=formats)}


@pytest.mark.parametrize("with_qr", [False, True])
def test_a_presentation_is_a_function_of_its_seed(with_qr: bool) -> None:
    """The same seed gives the same frames, another one another ticket held another way."""
    assert presentation(7, with_qr) == presentation(7, with_qr)
    assert len({presentation(seed, with_qr).text for seed in SEEDS}) == len(SEEDS)
    assert len({presentation(seed, with_qr).frames[5].scene.tilt_deg for seed in SEEDS}) == 12


@pytest.mark.parametrize("seed", SEEDS)
def test_a_ticket_comes_is_held_and_goes(seed: int) -> None:
    """Twelve frames: the first and the last one are cut by the picture's edge and blurred, the ten
    between show the whole ticket."""
    shown = presentation(seed, with_qr=seed % 2 == 0)
    assert shown.whole == tuple(range(1, 11))
    blurs = [frame.scene.motion_px for frame in shown.frames]
    assert min(blurs[0], blurs[-1]) > max(blurs[1:-1])
    assert re.fullmatch(r"B\d{9,13}", shown.text)
    assert {frame.ticket for frame in shown.frames} == {shown.ticket}
    assert len({frame.scene.tilt_deg for frame in shown.frames}) == 12
    assert len({frame.scene.pattern_seed for frame in shown.frames}) == 1


@pytest.mark.parametrize("frames", [3, 30, 100])
def test_a_presentation_may_be_longer(frames: int) -> None:
    """As many frames as asked for; most of them show the whole ticket, and it turns slowly."""
    shown = presentation(4, frames=frames)
    assert len(shown.frames) == frames
    assert len(shown.whole) >= frames - 2 * max(1, round(frames / 10))
    tilts = np.array([frame.scene.tilt_deg for frame in shown.frames])
    assert np.abs(np.diff(tilts)).max() < 12.0
    with pytest.raises(ValueError, match="at least 3"):
        presentation(4, frames=2)


def test_every_whole_frame_in_good_light_is_read() -> None:
    """The truth is readable: with a QR code in a clear scene each whole frame says the text, and
    no other frame says anything."""
    shown = presentation(5, ticket=Ticket("B000123-OP310"), scene=Scene(qr_module_px=5.0))
    read = {number for number, frame in enumerate(shown.frames) if texts(frame.picture())}
    assert read == set(shown.whole)
    assert texts(shown.frames[5].picture()) == {"B000123-OP310"}


def test_a_presentation_is_small_until_it_is_looked_at() -> None:
    """Forty presentations wait without a picture in memory."""
    assert len(pickle.dumps([presentation(seed) for seed in range(40)])) < 200_000


def test_a_drawn_scene_keeps_the_measured_ranges() -> None:
    """Any angle, 1.5 to 2.6 px a module, a QR code only where it is asked for."""
    scenes = [drawn_scene(seed) for seed in range(200)]
    tilts = [scene.tilt_deg for scene in scenes]
    assert min(tilts) < 20.0
    assert max(tilts) > 340.0
    assert all(1.5 <= scene.module_px <= 2.6 for scene in scenes)
    assert all(scene.qr_module_px is None for scene in scenes)
    assert drawn_scene(1, with_qr=True).qr_module_px is not None


AMOUNTS: dict[str, tuple[float, ...]] = {
    "tilt": tuple(range(0, 360, 15)),
    "perspective": (0.4, 0.5),
    "motion along": (3, 4, 6),
    "motion any": (5, 9, 15),
    "defocus": (1.5, 2, 2.5, 3),
    "noise": (8, 15, 25, 60),
    "light": (0.25, 0.12, 0.08),
    "glare": (0.9, 1.3),
    "lint": (25, 50, 80),
    "wrinkle": (1, 1.5),
    "module": (0.8, 1.0, 1.2, 1.4, 1.6),
    "640x480 module": (1.0, 1.2, 1.6),
    "jpeg": (25,),
}
KNOBS: dict[str, Callable[[Scene], float]] = {
    "tilt": lambda scene: scene.tilt_deg,
    "perspective": lambda scene: scene.perspective,
    "motion along": lambda scene: scene.motion_px,
    "motion any": lambda scene: scene.motion_px,
    "defocus": lambda scene: scene.defocus_px,
    "noise": lambda scene: scene.noise_sigma,
    "light": lambda scene: scene.light,
    "glare": lambda scene: scene.glare,
    "lint": lambda scene: scene.lint_fibres,
    "wrinkle": lambda scene: scene.wrinkle,
    "module": lambda scene: scene.module_px,
    "640x480 module": lambda scene: scene.module_px,
    "jpeg": lambda scene: scene.jpeg_quality,
}


@pytest.mark.parametrize("with_qr", [False, True])
def test_the_levels_are_those_that_were_measured(with_qr: bool) -> None:
    """Each level has its amount in the knob it is named for, in frames of its own too."""
    levels = stress_levels(with_qr)
    assert len({level.name for level in levels}) == len(levels)
    for stress, amounts in AMOUNTS.items():
        of_kind = [level for level in levels if level.stress == stress]
        assert [level.level for level in of_kind] == list(amounts)
        assert [KNOBS[stress](level.scene) for level in of_kind] == list(amounts)
        assert [KNOBS[stress](level.frame(1).scene) for level in of_kind] == list(amounts)
    assert {level.stress for level in levels} == set(AMOUNTS)
    assert all((level.scene.qr_module_px is not None) == with_qr for level in levels)


def test_frames_of_a_level_differ_and_repeat() -> None:
    """A seed gives one frame, other seeds other tickets, all of them whole."""
    for level in stress_levels():
        frames = [level.frame(seed) for seed in range(3)]
        assert frames == [level.frame(seed) for seed in range(3)]
        assert len({frame.ticket for frame in frames}) == 3
        assert all(frame.whole for frame in frames)


def test_motion_in_any_direction_has_directions() -> None:
    """Only the levels that say so move each frame another way."""
    for level in stress_levels():
        directions = {level.frame(seed).scene.motion_deg for seed in range(5)}
        assert len(directions) == (5 if level.stress == "motion any" else 1)


def named(name: str) -> StressLevel:
    return next(level for level in stress_levels() if level.name == name)


def reads(level: StressLevel, frames: int = 3) -> int:
    shown = [level.frame(seed) for seed in range(frames)]
    return sum(
        frame.ticket is not None and frame.ticket.text in texts(frame.picture()) for frame in shown
    )


@pytest.mark.parametrize("name", ["tilt 0", "tilt 90", "motion along 3", "defocus 1.5", "jpeg 25"])
def test_light_stress_is_read(name: str) -> None:
    """A plain reader reads the levels that it was measured to read."""
    assert reads(named(name)) == 3


@pytest.mark.parametrize(
    "name", ["tilt 45", "motion along 6", "defocus 3", "noise 60", "light 0.08", "module 1.2"]
)
def test_heavy_stress_is_not_read(name: str) -> None:
    """A plain reader fails where it was measured to fail."""
    assert reads(named(name)) == 0


def test_bars_between_pixels_alias() -> None:
    """1.2 px a module reads worse than 1.6 px and than 1.0 px: the sensor's grid cuts the bars."""
    assert reads(named("module 1.2"), 6) < reads(named("module 1"), 6)
    assert reads(named("module 1.2"), 6) < reads(named("module 1.6"), 6)


def test_a_levels_scene_is_a_scene() -> None:
    """A benchmark may take a level's scene and change one knob of it."""
    level = named("lint 50")
    frame = level.frame(2)
    cleaned = replace(frame.scene, lint_fibres=0)
    assert not np.array_equal(frame.picture(), render_scene(frame.ticket, cleaned, 1))
