"""What the lines of a reader report, whether they come over a serial port or from a keyboard.

A line is a label; or, with a form of badge numbers configured, a badge. A line that is not of the
form gives no read: it may be another badge's number in another form. It is told instead.
"""

from __future__ import annotations

import math
from typing import Final

from bartack_drivers.base import Read
from bartack_drivers.codecs.framing import Codec
from bartack_drivers.codecs.text import BadgeFrame, Line, LineFrame, StrangeFrame
from bartack_drivers.conversation import Ask, Conversation, Report, Script

SHOWN_MAX_CHARS: Final = 40
"""Most characters of a strange line that a technician is shown."""


def line_conversation(codec: Codec[Line], badge_form: str, silence_s: float) -> Conversation[Line]:
    """What listens to a reader that sends lines; it is not talked to."""
    script = _report_strange_lines(badge_form) if badge_form else None
    return Conversation(codec, _reads, script, silence_s)


def _reads(frame: Line, now_s: float) -> list[Read]:
    match frame:
        case LineFrame(text, symbology, gs1):
            return [Read("barcode", text, now_s, symbology=symbology, gs1=gs1)]
        case BadgeFrame(badge):
            return [Read("em4100", badge, now_s)]
        case StrangeFrame():
            return []


def _report_strange_lines(badge_form: str) -> Script[Line]:
    """Say what the last line was as long as it is none of the form."""
    while True:
        line = yield Ask("", b"", lambda _: True, timeout_s=math.inf, tries=1)
        trouble = ""
        if isinstance(line, StrangeFrame):
            shown = line.text[:SHOWN_MAX_CHARS]
            trouble = (
                f"the reader sends {shown!r}, which is not of the form {badge_form}; "
                "see docs/readers/hid.md"
            )
        yield Report("badge form", trouble)
