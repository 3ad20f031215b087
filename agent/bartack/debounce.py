"""From many reads to one: a tag that rests on a reader, a trigger held down, is one act. Pure.

The same value at the same reader counts again only after it was away for ``quiet_s``. The window
slides: every further read starts it anew, so a ticket may lie in view for an hour.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from immutables import Map

from bartack_drivers.base import Read

REMEMBERED_MAX: Final = 256
"""Values remembered at once; past it those that have been away longest are forgotten."""


AGAIN_S: Final = 0.4
"""So soon an operator may repeat a scan that could not be saved."""


@dataclass(frozen=True, slots=True)
class Seen:
    """When each value was last seen at each reader, in monotonic seconds.

    ``doubled_s``: when two values were last seen to lie at a reader together.
    """

    last_s: Map[tuple[str, str], float] = field(default_factory=Map)
    doubled_s: Map[str, float] = field(default_factory=Map)


def debounce(seen: Seen, reader: str, read: Read, quiet_s: float) -> tuple[Seen, bool]:
    """Remember this read; True when it is a new act and not more of the last one."""
    key = (reader, read.value)
    before_s = seen.last_s.get(key)
    fresh = before_s is None or read.mono_s - before_s >= quiet_s
    last_s = seen.last_s.set(key, read.mono_s)
    if len(last_s) > REMEMBERED_MAX:
        latest = sorted(last_s.items(), key=lambda item: item[1])[-REMEMBERED_MAX // 2 :]
        last_s = Map(latest)
    return replace(seen, last_s=last_s), fresh


def doubled(before: Seen, seen: Seen, reader: str, read: Read, quiet_s: float) -> tuple[Seen, bool]:
    """True when this read shows that two values lie at the reader together; once, until both
    are gone. ``before`` and ``seen`` are what ``debounce`` was given and gave, for a read that was
    not fresh: it never went away, and something else was read since.
    """
    last_s = before.last_s.get((reader, read.value), 0.0)
    others = any(
        at == reader and value != read.value and at_s > last_s
        for (at, value), at_s in before.last_s.items()
    )
    told_s = seen.doubled_s.get(reader)
    going_on = told_s is not None and read.mono_s - told_s < quiet_s
    if not going_on and not others:
        return seen, False
    return replace(seen, doubled_s=seen.doubled_s.set(reader, read.mono_s)), not going_on


def not_saved(seen: Seen, reader: str, read: Read, quiet_s: float) -> Seen:
    """What was read could not be saved: shown again after a moment, it is a new act.

    Not at once, or a tag that rests on the reader would be refused again with every read.
    """
    at_s = read.mono_s - quiet_s + min(quiet_s, AGAIN_S)
    return replace(seen, last_s=seen.last_s.set((reader, read.value), at_s))


def forget_others(seen: Seen, reader: str) -> Seen:
    """Forget what other readers saw: who signs in may scan at once what was just refused."""
    kept = {key: at_s for key, at_s in seen.last_s.items() if key[0] == reader}
    return replace(seen, last_s=Map(kept))
