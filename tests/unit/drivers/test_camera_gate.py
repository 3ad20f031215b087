"""The change gate: what is a change under a camera, and what only light and noise."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from bartack_drivers.camera.decoding.picture import Gray
from bartack_drivers.camera.watching.gate import Gate, cells_of, is_black, lies_there
from bartack_drivers.camera.watching.places import Place
from bartack_sim.ticket import Scene, Ticket, render_scene

WHERE = Place(400, 200, 880, 520)
"""The middle of the picture, where a ticket lies."""

seeds = st.integers(0, 2**32 - 1)
noises = st.floats(0, 20)


@cache
def scene(ticket: str = "", light: float = 1.0) -> Gray:
    return render_scene(Ticket(ticket) if ticket else None, Scene(noise_sigma=0, light=light), 0)


def seen(picture: NDArray[Any], noise: float, seed: int) -> Gray:
    grains = np.random.default_rng(seed).standard_normal(picture.shape, dtype=np.float32)
    spoilt: Gray = np.clip(picture + noise * grains, 0, 255).astype(np.uint8)
    return spoilt


@settings(max_examples=25)
@given(seeds, noises, st.sampled_from(["", "B000123"]), st.floats(0.9, 1.1), st.booleans())
def test_noise_and_flicker_are_no_change(
    seed: int, noise: float, ticket: str, light: float, by_rows: bool
) -> None:
    """A still scene stays still under noise, under lamps that change, and under their bands."""
    gate = Gate()
    assert gate.moved(cells_of(seen(scene(ticket), noise, seed)))
    rows = np.arange(720)[:, np.newaxis]
    lamp = 1 + (light - 1) * np.sin(rows / 60 + seed % 7) if by_rows else light
    assert not gate.moved(cells_of(seen(scene(ticket) * lamp, noise, seed + 1)))


@settings(max_examples=25)
@given(seeds, noises, st.floats(0.9, 1.1))
def test_a_ticket_is_a_change(seed: int, noise: float, light: float) -> None:
    """A ticket laid down or taken away is seen, whatever the light does meanwhile."""
    gate = Gate()
    gate.moved(cells_of(seen(scene(), noise, seed)))
    assert gate.moved(cells_of(seen(scene("B000123") * light, noise, seed + 1)))
    assert gate.moved(cells_of(seen(scene() * light, noise, seed + 2)))


def test_a_tiny_ticket_is_a_change() -> None:
    """A ticket of a hundredth of the picture is enough."""
    cloth = scene()
    tiny = cloth.copy()
    tiny[300:372, 600:728] = np.where(np.arange(128) % 8 < 4, 30, 240)
    gate = Gate()
    gate.moved(cells_of(seen(cloth, 3, 1)))
    assert gate.moved(cells_of(seen(tiny, 3, 2)))


def test_what_creeps_in_is_a_change() -> None:
    """A ticket pushed in so slowly that no two pictures differ much is still seen."""
    gate, moved = Gate(), 0
    gate.moved(cells_of(scene()))
    for step in range(60):
        picture = scene().copy()
        picture[200:300, : 2 * step] = 240
        moved += gate.moved(cells_of(picture))
    assert moved > 0


def test_another_size_of_picture_is_a_change() -> None:
    """A camera that changes its mind about the size raises nothing."""
    gate = Gate()
    assert gate.moved(cells_of(scene()))
    assert gate.moved(cells_of(np.zeros((3, 5), np.uint8)))
    assert not lies_there(cells_of(scene()), cells_of(np.zeros((3, 5), np.uint8)), WHERE, 5)


def test_an_eighth_of_the_width_does_for_the_gate() -> None:
    """A picture unpacked small gives the cells of the whole one."""
    small = scene("B000123").reshape(90, 8, 160, 8).mean(axis=(1, 3)).round().astype(np.uint8)
    assert np.abs(cells_of(small) - cells_of(scene("B000123"))).max() <= 1


def test_a_ticket_lies_there_until_it_is_covered_or_taken() -> None:
    """The place of a ticket is compared, so that a hand elsewhere leaves it in its place."""
    ticket = cells_of(seen(scene("B000123"), 3, 1))
    elsewhere, covered = scene("B000123").copy(), scene("B000123").copy()
    elsewhere[:150, :] = 150
    covered[100:600, 300:700] = 150
    assert lies_there(ticket, cells_of(seen(elsewhere, 3, 2)), WHERE, 1280)
    assert not lies_there(ticket, cells_of(seen(covered, 3, 2)), WHERE, 1280)
    assert not lies_there(ticket, cells_of(seen(scene(), 3, 2)), WHERE, 1280)
    assert not lies_there(ticket, ticket, Place(-50, -50, -10, -10), 1280)


def test_black_is_dark_without_anything_in_it() -> None:
    """A covered lens is black, also with noise; a dim table and a bright blank one are not."""
    assert is_black(cells_of(seen(np.zeros((720, 1280)), 6, 1)))
    assert is_black(cells_of(seen(np.full((720, 1280), 20), 10, 1)))
    assert not is_black(cells_of(scene("B000123", 0.2)))
    assert not is_black(cells_of(np.full((720, 1280), 200, np.uint8)))
