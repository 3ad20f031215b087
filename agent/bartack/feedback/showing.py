"""Lamps that play the pattern of an answer, and a display that shows its rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bartack.feedback.handover import Document, Rest
from bartack.feedback.patterns import PATTERNS, answer_of
from bartack.feedback.screens import answer_rows, idle_rows
from bartack_drivers.feedback.lamp_names import DARK
from bartack_drivers.feedback.lamps import Lamps
from bartack_drivers.feedback.lcd import Lcd

GAP_S: Final = 0.05
"""Dark between a pattern that was cut short and the next: two equal answers must look like two."""


class LampPlayer:
    """Plays on open lamps; dark between answers."""

    def __init__(self, lamps: Lamps) -> None:
        self._lamps = lamps
        self._was_cut = False

    def play(self, document: Document, rest: Rest) -> None:
        if self._was_cut:
            self._lamps.light(DARK)
            if rest(GAP_S):
                return
        self._was_cut = True
        for step in PATTERNS[answer_of(document)]:
            self._lamps.light(step.lit)
            if rest(step.for_s):
                return
        self._lamps.light(DARK)
        self._was_cut = False

    def refresh(self) -> None:
        self._lamps.light(DARK)

    def close(self) -> None:
        self._lamps.close()


class DisplayPlayer:
    """Shows answers on an open display; each stands until the next."""

    def __init__(self, lcd: Lcd, station: str, today_pieces: Callable[[], int]) -> None:
        """Shows the station and its count at once. Raises ``DeviceLost``."""
        self._lcd = lcd
        self._today_pieces = today_pieces
        self._rows = idle_rows(station, today_pieces(), lcd.columns, lcd.rows)
        lcd.show(self._rows)

    def play(self, document: Document, rest: Rest) -> None:
        self._rows = answer_rows(document, self._today_pieces(), self._lcd.columns, self._lcd.rows)
        self._lcd.show(self._rows)

    def refresh(self) -> None:
        self._lcd.refresh(self._rows)

    def close(self) -> None:
        self._lcd.close()
