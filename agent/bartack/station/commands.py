"""Command cards and the buttons of the screen. Pure."""

from __future__ import annotations

from bartack.events import Moment
from bartack.identify import Scan
from bartack.projection import State
from bartack.station import asking, calls, corrections, offstandard, sessions
from bartack.station.answers import Decision, refuse


def command(state: State, scan: Scan, now: Moment) -> Decision:
    """What a command card means now. A new command takes the place of one that still asks."""
    name = scan.command
    if name in asking.VALUES and (state.asking is not None or name not in asking.NEEDS):
        if name == "reason" and state.asking is None:
            # A reason by itself can only be meant as the start of time off standard.
            return offstandard.start(state, scan, now, scan.argument)
        return asking.text(state, scan, now)
    if name in asking.NEEDS:
        return asking.begin(state, scan, now)
    match name:
        case "undo":
            return corrections.undone(state, scan, now)
        case "dispute":
            return corrections.disputed(state, scan, now)
        case "off-end":
            return offstandard.end(state, scan, now)
        case "help":
            return calls.called(state, scan, now, scan.argument)
        case "help-answer":
            return calls.answered(state, scan, now, None)
        case "sign-out":
            return sessions.sign_out(state, scan, now)
        case "cancel":
            return Decision(state).info(now, "cancelled")
        case _:
            return refuse(state, scan, now, "unknown_command", code=name)
