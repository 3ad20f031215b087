"""The stress levels at which engines that read tickets are compared. Pure.

Each level spoils one thing by a known amount, on top of what every camera does: white paper comes
out light grey, the sensor is a little noisy, and nobody lays a ticket quite straight. Two frames of
a level differ in the ticket's text, its place, and what the level leaves open, such as where the
glare falls.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bartack_sim.ticket.card import QR_MODULE_PX, Ticket
from bartack_sim.ticket.frame import Frame, random_text
from bartack_sim.ticket.scene import Scene

PAPER_LIGHT = 0.8
NOISE_SIGMA = 2.5
SKEW_DEG = 1.5

DIM_NOISE = 8.0
"""Noise of a camera that amplifies a dim picture, in grey levels."""

SMALL_PX = (640, 480)


@dataclass(frozen=True, slots=True)
class StressLevel:
    """``stress`` names the kind, ``level`` its amount; ``scene`` holds the knobs.

    ``any_direction``: each frame moves in a direction of its own.
    """

    stress: str
    level: float
    scene: Scene
    any_direction: bool = False

    @property
    def name(self) -> str:
        return f"{self.stress} {self.level:g}"

    def frame(self, seed: int) -> Frame:
        """One frame of this level: another ticket, place and pattern for each ``seed``."""
        rng = random.Random(f"{self.name}/{seed}")
        skew = 0.0 if self.stress == "tilt" else rng.uniform(-SKEW_DEG, SKEW_DEG)
        scene = replace(
            self.scene,
            tilt_deg=self.scene.tilt_deg + skew,
            offset_px=(rng.uniform(-20.0, 20.0), rng.uniform(-20.0, 20.0)),
            glare_px=(rng.uniform(-120.0, 120.0), rng.uniform(-40.0, 40.0)),
            pattern_seed=rng.getrandbits(32),
            motion_deg=rng.uniform(0.0, 180.0) if self.any_direction else self.scene.motion_deg,
        )
        return Frame(Ticket(random_text(rng)), scene, rng.getrandbits(32))


def stress_levels(with_qr: bool = False) -> tuple[StressLevel, ...]:
    """All levels in the order of the table in the docs; without QR unless it is asked for.

    A ticket with a QR code is read by it where its bar code fails, which hides what is compared.
    """
    base = Scene(
        noise_sigma=NOISE_SIGMA, light=PAPER_LIGHT, qr_module_px=QR_MODULE_PX if with_qr else None
    )
    return tuple(_levels(base))


def _levels(base: Scene) -> Iterator[StressLevel]:
    for tilt in range(0, 360, 15):
        yield StressLevel("tilt", tilt, replace(base, tilt_deg=float(tilt)))
    for perspective in (0.4, 0.5):
        yield StressLevel("perspective", perspective, replace(base, perspective=perspective))
    for motion in (3.0, 4.0, 6.0):
        yield StressLevel("motion along", motion, replace(base, motion_px=motion))
    for motion in (5.0, 9.0, 15.0):
        yield StressLevel("motion any", motion, replace(base, motion_px=motion), True)
    for defocus in (1.5, 2.0, 2.5, 3.0):
        yield StressLevel("defocus", defocus, replace(base, defocus_px=defocus))
    for noise in (8.0, 15.0, 25.0, 60.0):
        yield StressLevel("noise", noise, replace(base, noise_sigma=noise))
    for light in (0.25, 0.12, 0.08):
        yield StressLevel("light", light, replace(base, light=light, noise_sigma=DIM_NOISE))
    for glare in (0.9, 1.3):
        yield StressLevel("glare", glare, replace(base, glare=glare))
    for fibres in (25, 50, 80):
        yield StressLevel("lint", fibres, replace(base, lint_fibres=fibres))
    for wrinkle in (1.0, 1.5):
        yield StressLevel("wrinkle", wrinkle, replace(base, wrinkle=wrinkle))
    for module in (0.8, 1.0, 1.2, 1.4, 1.6):
        yield StressLevel("module", module, replace(base, module_px=module))
    small = replace(base, width_px=SMALL_PX[0], height_px=SMALL_PX[1])
    for module in (1.0, 1.2, 1.6):
        yield StressLevel("640x480 module", module, replace(small, module_px=module))
    yield StressLevel("jpeg", 25, replace(base, jpeg_quality=25))
