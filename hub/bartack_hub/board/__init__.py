"""What the wall shows: committed events and station reports, projected for people. Pure.

``wall`` puts it together from ``credits`` (pieces and output), ``shifts`` (the working day and its
target), ``attendance`` (who was there), ``forecast`` and ``stations``.
"""

from bartack_hub.board.shifts import LinePlan
from bartack_hub.board.wall import Board

__all__ = ["Board", "LinePlan"]
