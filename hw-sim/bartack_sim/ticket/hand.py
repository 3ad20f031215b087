"""A hand moves a ticket in, holds it and takes it away, frame by frame, with the truth. Pure.

The ticket comes at any angle and from any side. While it is held the hand trembles, the tilt and
the focus drift, and what moves during an exposure is blurred by as much as it moves.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bartack_sim.ticket.card import MODULE_PX, QR_MODULE_PX, Ticket
from bartack_sim.ticket.frame import Frame, random_text
from bartack_sim.ticket.scene import Scene

FRAMES = 12

_MODULES_PX = (1.5, 2.6)
_REACH_PX = (670.0, 420.0)
"""How far, across and down, a ticket is from its place when the hand comes into the picture."""

_EXPOSED = 0.12
"""The share of a frame's time during which the shutter is open."""

_TREMOR_PX = 6.0
_TURN_DEG = 1.5
_REFOCUS_PX = 0.8

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Presentation:
    """The frames in their order, and the ticket that they show: the ground truth.

    The table is bare before the first frame and after the last one. The first and the last tenth
    of the frames, at least one each, show the ticket on its way.
    """

    seed: int
    ticket: Ticket
    frames: tuple[Frame, ...]

    @property
    def text(self) -> str:
        """What a reader should say."""
        return self.ticket.text

    @property
    def whole(self) -> tuple[int, ...]:
        """Numbers, from 0, of the frames that show the whole ticket."""
        return tuple(number for number, frame in enumerate(self.frames) if frame.whole)


def presentation(
    seed: int,
    with_qr: bool = False,
    frames: int = FRAMES,
    ticket: Ticket | None = None,
    scene: Scene | None = None,
) -> Presentation:
    """One presentation, the same for the same arguments.

    Without a ``ticket`` it has a bundle number of its own. A ``scene`` fixes everything that the
    hand does not move: size, light, noise, blur, lint; without one they are drawn by lot.
    Raises ``ValueError`` for fewer than three ``frames``.
    """
    if frames < 3:
        raise ValueError(f"frames {frames}: at least 3, to come, to be seen and to go")
    rng = random.Random(f"presentation/{seed}")
    shown = ticket or Ticket(random_text(rng))
    drawn = _drawn_by_lot(rng, with_qr)
    held = drawn if scene is None else scene
    taken = tuple(Frame(shown, knobs, rng.getrandbits(32)) for knobs in _handled(rng, held, frames))
    return Presentation(seed, shown, taken)


def _drawn_by_lot(rng: random.Random, with_qr: bool) -> Scene:
    module_px = rng.uniform(*_MODULES_PX)
    return Scene(
        tilt_deg=rng.uniform(0.0, 360.0),
        perspective=rng.uniform(0.0, .2),
        defocus_px=max(0.0, rng.gauss(1.6, .4)),
        noise_sigma=rng.uniform(2.0, 6.0),
        light=rng.uniform(0.5, 1.0),
        offset_px=(rng.uniform(-120.0, 120.0), rng.uniform(-60.0, 60.0)),
        lint_fibres=rng.randint(0, 8),
        pattern_seed=rng.getrandbits(32),
        module_px=module_px,
        qr_module_px=module_px * QR_MODULE_PX / MODULE_PX if with_qr else None,
    )


def _handled(rng: random.Random, held: Scene, frames: int) -> Iterator[Scene]:
    """The scene of each frame: where the hand has the ticket then, and what that blurs."""
    turning = rng.uniform(-_TURN_DEG, _TURN_DEG)
    for number, (place, (across, down)) in enumerate(_way(rng, held.offset_px, frames)):
        yield replace(
            held,
            tilt_deg=held.tilt_deg + turning * number + rng.gauss(0.0, 0.4),
            defocus_px=min(20.0, max(0.0, held.defocus_px + rng.gauss(0.0, _REFOCUS_PX))),
            offset_px=place,
            motion_px=min(60.0, held.motion_px + math.hypot(across, down) * _EXPOSED),
            motion_deg=math.degrees(math.atan2(down, across)) % 180.0,
        )


def _way(rng: random.Random, rest: Point, frames: int) -> Iterator[tuple[Point, Point]]:
    """Where the ticket is at each frame, and by how much it moves until the next one."""
    moving = max(1, round(frames / 10))
    for come in (True, False):
        if not come:
            for _ in range(frames - 2 * moving):
                place = (rest[0] + rng.gauss(0.0, _TREMOR_PX), rest[1] + rng.gauss(0.0, _TREMOR_PX))
                yield place, (rng.gauss(0.0, _TREMOR_PX), rng.gauss(0.0, _TREMOR_PX))
        side = rng.uniform(0.0, 2 * math.pi)
        step = (math.cos(side) * _REACH_PX[0] / moving, math.sin(side) * _REACH_PX[1] / moving)
        for left in range(moving, 0, -1) if come else range(1, moving + 1):
            yield (rest[0] + step[0] * left, rest[1] + step[1] * left), step
