"""The lamps that an operator may have before her, and the buzzer, which is switched like one."""

from __future__ import annotations

from typing import Final, Literal

Lamp = Literal["green", "amber", "red", "buzzer"]
LAMPS: Final[tuple[Lamp, ...]] = ("green", "amber", "red", "buzzer")

DARK: Final[frozenset[Lamp]] = frozenset()
