"""The office: it imports bundles that stations do not know yet, once somebody reports them, and
raises a rate in the middle of the day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from bartack_sim.line import Bundle, Line
from bartack_sim.reference import write_reference


class Office:
    """``take_in`` hands a folder of tables to the hub; it raises as it likes."""

    def __init__(
        self,
        line: Line,
        speed: float,
        folder: Path,
        today: date,
        take_in: Callable[[Path], None],
    ) -> None:
        self._line = line
        self._speed = speed
        self._folder = folder
        self._today = today
        self._take_in = take_in
        self._imported: tuple[Bundle, ...] = ()
        self._raised = False

    @property
    def imported(self) -> frozenset[str]:
        """Bundles that stations do not know at first and are told of."""
        return frozenset(it.code for it in (*self._imported, *self._line.next_door))

    def step(self, reported: Sequence[Bundle]) -> None:
        """Import what was reported since the last time, if anything was."""
        if len(reported) > len(self._imported):
            self._hand_over(reported)
            self._imported = tuple(reported)

    @property
    def raised(self) -> bool:
        """Whether the line's raised rates hold."""
        return self._raised

    def raise_rates(self) -> None:
        """Raise them from this morning on, once."""
        if self._line.varied and not self._raised:
            self._raised = True
            self._hand_over(self._imported)

    def _hand_over(self, more: Sequence[Bundle]) -> None:
        write_reference(
            self._line, self._folder, self._today, self._speed, more, raised=self._raised
        )
        self._take_in(self._folder)
