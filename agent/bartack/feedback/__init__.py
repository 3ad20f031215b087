"""What an operator sees and hears, shown only after the commit.

``patterns``, ``reasons`` and ``screens`` say what each answer looks like; the rest shows it: on the
console, by a reader's beeper, on lamps, on a display. A device that may be slow has a thread of its
own, so that no light delays the next scan.
"""

from bartack.feedback.beeper import ReaderBeeper
from bartack.feedback.console import Console
from bartack.feedback.light import Light

__all__ = ["Console", "Light", "ReaderBeeper"]
