"""One picture to be taken, as a value: what lies there, how it is spoilt, which noise. Pure.

It is small and is rendered when it is asked for, so hundreds of them take no memory.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from bartack_sim.ticket.card import Picture, Ticket
from bartack_sim.ticket.scene import Scene, in_view, render_scene, shoot


@dataclass(frozen=True, slots=True)
class Frame:
    """``ticket`` is None where nothing lies."""

    ticket: Ticket | None
    scene: Scene
    noise_seed: int

    @property
    def whole(self) -> bool:
        """Whether the picture shows a ticket, and all of it."""
        return self.ticket is not None and in_view(self.ticket, self.scene)

    def picture(self) -> Picture:
        """What the sensor sees."""
        return render_scene(self.ticket, self.scene, self.noise_seed)

    def jpeg(self) -> bytes:
        """What the camera sends."""
        return shoot(self.ticket, self.scene, self.noise_seed)


def random_text(rng: random.Random) -> str:
    """A bundle number as sewing plants print them: ``B`` and 9 to 13 digits."""
    return "B" + "".join(rng.choices("0123456789", k=rng.randint(9, 13)))
