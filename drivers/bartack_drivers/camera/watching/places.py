"""Where codes lie in a picture, as upright boxes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

from bartack_drivers.camera.decoding.codes import Corners


@dataclass(frozen=True, slots=True)
class Place:
    """An upright box in a picture, in its pixels; it may reach over the picture's edges."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Place) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def holds_middle_of(self, other: Place) -> bool:
        x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def within(self, width: int, height: int) -> tuple[slice, slice]:
        """Rows and columns of a picture of this size; empty where it lies outside."""
        rows = slice(max(0, floor(self.top)), max(0, min(height, ceil(self.bottom))))
        columns = slice(max(0, floor(self.left)), max(0, min(width, ceil(self.right))))
        return rows, columns


def place_of(corners: Corners, margin: float = 0.0) -> Place:
    """The box around corners, wider by ``margin`` of its longer side at each of its sides.

    The longer side, because of bars that were read along one row only a line is known.
    """
    across, down = [point[0] for point in corners], [point[1] for point in corners]
    left, right, top, bottom = min(across), max(across), min(down), max(down)
    more = margin * max(right - left, bottom - top)
    return Place(left - more, top - more, right + more, bottom + more)


def around(places: Iterable[Place]) -> Place:
    """The box around several, at least one."""
    lefts, tops, rights, bottoms = zip(
        *((it.left, it.top, it.right, it.bottom) for it in places), strict=True
    )
    return Place(min(lefts), min(tops), max(rights), max(bottoms))
