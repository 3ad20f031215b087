"""Command cards and the buttons of the screen. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bartack.events import Moment
from bartack.identify import Scan
from bartack.projection import State
from bartack.station import asking, calls, corrections, offstandard, sessions
from bartack.station.answers import Decision, refuse

TEXT_MAX_CHARS: Final = 64
"""More of a command or its value is not looked at: every known one is shorter."""


def command(state: State, scan: Scan, now: Moment) -> Decision:
    """What a command card means now. A new command takes the place of one that still asks."""
    scan = replace(scan, command=_writable(scan.command), argument=_writable(scan.argument))
    name = scan.command
    if state.session is None and name in (*asking.VALUES, "off-end"):
        return refuse(state, scan, now, "no_operator")
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
            return Decision(replace(state, asking=None)).info(now, "cancelled")
        case _:
            return refuse(state, scan, now, "unknown_command", code=name)


def _writable(text: str) -> str:
    """What a screen sent, so that an event can hold it: short, and without half surrogates."""
    return text[:TEXT_MAX_CHARS].encode("utf-8", "replace").decode("utf-8")
