"""From a ``[[feedback]]`` table to what shows answers."""

from __future__ import annotations

from collections.abc import Callable

from bartack.feedback.handover import Showing
from bartack.feedback.settings import Feedback as FeedbackTable
from bartack.feedback.showing import DisplayPlayer, LampPlayer
from bartack_drivers.feedback.lamps import open_lamps
from bartack_drivers.feedback.lcd import open_lcd


def open_showing(table: FeedbackTable, station: str, today_pieces: Callable[[], int]) -> Showing:
    """Open the device of a table with driver ``gpio`` or ``lcd``. Raises ``DriverError``."""
    if table.driver == "gpio":
        return LampPlayer(open_lamps(table.device, table.lines, active_low=table.active_low))
    lcd = open_lcd(table.device, table.address, table.size)
    try:
        return DisplayPlayer(lcd, station, today_pieces)
    except BaseException:
        lcd.close()
        raise
