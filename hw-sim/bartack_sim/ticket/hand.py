"""A hand moves a ticket in, holds it and takes it away, frame by frame, with the truth. Pure.

The ticket comes at any angle and from any side. While it is held the hand trembles, the tilt and
the focus drift, and what moves during an exposure is blurred by as much as it moves.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bartack_sim.ticket.card import Ticket
from bartack_sim.ticket.frame import Frame, random_text
from bartack_sim.ticket.scene import Scene

FRAMES = 12

_MODULES_PX = (1.5, 2.6)
_QR_MODULES = 1.6
"""Width of a QR module in modules of the bar code."""

_DEFOCUS_PX = (1.9, 0.5)
"""Mean and deviation."""

_BEYOND_PX = 20.0
"""How far outside the picture the middle of a ticket is when the hand has not yet come."""

_EXPOSED = 0.12
"""The share of a frame's time during which the shutter is open."""

_TREMOR_PX = 6.0
_TURN_DEG = 20.0
_REFOCUS_PX = 0.8

Point = tuple[float, float]
Step = tuple[Point, Point]
"""Where a ticket is, and how far it moves from one frame to the next."""


@dataclass(frozen=True, slots=True)
class Presentation:
    """The frames in their order, and the ticket that they show: the ground truth.

    The table is bare before the first frame and after the last one. The first and the last tenth
    of the frames, at least one each, show the ticket on its way, cut by the picture's edge in the
    very first and last one; in all others it is held.
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

    Without a ``ticket`` it has a bundle number of its own. ``scene`` is what the hand's movements
    are added to: where and how the ticket is held, its size, light, noise, lint. Without one it is
    ``drawn_scene(seed, with_qr)``. Raises ``ValueError`` for fewer than three ``frames``.
    """
    if frames < 3:
        raise ValueError(f"frames {frames}: at least 3, to come, to be seen and to go")
    rng = random.Random(f"presentation/{seed}")
    shown = ticket or Ticket(random_text(rng))
    held = scene or drawn_scene(seed, with_qr)
    taken = tuple(Frame(shown, knobs, rng.getrandbits(32)) for knobs in _handled(rng, held, frames))
    return Presentation(seed, shown, taken)


def drawn_scene(seed: int, with_qr: bool = False) -> Scene:
    """How one ticket is held, drawn by lot: any angle, and blur, light and lint as in a plant.

    The ranges are such that zxing-cpp alone reads about one frame in four.
    """
    rng = random.Random(f"scene/{seed}")
    module_px = rng.uniform(*_MODULES_PX)
    return Scene(
        tilt_deg=rng.uniform(0.0, 360.0),
        perspective=rng.uniform(0.0, 0.2),
        defocus_px=max(0.0, rng.gauss(*_DEFOCUS_PX)),
        noise_sigma=rng.uniform(3.0, 7.0),
        light=rng.uniform(0.4, 0.9),
        offset_px=(rng.uniform(-120.0, 120.0), rng.uniform(-60.0, 60.0)),
        lint_fibres=rng.randint(0, 8),
        pattern_seed=rng.getrandbits(32),
        module_px=module_px,
        qr_module_px=module_px * _QR_MODULES if with_qr else None,
    )


def _handled(rng: random.Random, held: Scene, frames: int) -> Iterator[Scene]:
    """The scene of each frame: where the hand has the ticket then, and what that blurs."""
    turning = rng.uniform(-_TURN_DEG, _TURN_DEG)
    moving = max(1, round(frames / 10))
    way = (
        *reversed(tuple(_away(rng, held, moving))),
        *_trembling(rng, held.offset_px, frames - 2 * moving),
        *_away(rng, held, moving),
    )
    for number, (place, (across, down)) in enumerate(way):
        yield replace(
            held,
            tilt_deg=held.tilt_deg + turning * number / frames + rng.gauss(0.0, 0.4),
            defocus_px=min(20.0, max(0.0, held.defocus_px + rng.gauss(0.0, _REFOCUS_PX))),
            offset_px=place,
            motion_px=min(60.0, held.motion_px + math.hypot(across, down) * _EXPOSED),
            motion_deg=math.degrees(math.atan2(down, across)) % 180.0,
        )


def _trembling(rng: random.Random, rest: Point, count: int) -> Iterator[Step]:
    for _ in range(count):
        place = (rest[0] + rng.gauss(0.0, _TREMOR_PX), rest[1] + rng.gauss(0.0, _TREMOR_PX))
        yield place, (rng.gauss(0.0, _TREMOR_PX), rng.gauss(0.0, _TREMOR_PX))


def _away(rng: random.Random, held: Scene, count: int) -> Iterator[Step]:
    """In equal steps from where it is held until its middle is outside the picture."""
    side = rng.uniform(0.0, 2 * math.pi)
    reach = (held.width_px / 2 + _BEYOND_PX, held.height_px / 2 + _BEYOND_PX)
    longer = max(abs(math.cos(side)), abs(math.sin(side)))
    end = (reach[0] * math.cos(side) / longer, reach[1] * math.sin(side) / longer)
    rest = held.offset_px
    step = ((end[0] - rest[0]) / count, (end[1] - rest[1]) / count)
    for done in range(1, count + 1):
        yield (rest[0] + step[0] * done, rest[1] + step[1] * done), step
