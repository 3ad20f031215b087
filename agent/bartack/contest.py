"""Whether another machine uses our name at the broker, judged by how links end. Pure.

A broker has one client of a name: who connects pushes the other off. Two cards copied from each
other would do that to each other for ever, so each gives way for longer every time; then both get
turns that are long enough to send what they have. Some brokers say that a session was taken over.
Mosquitto 2.0 as Debian ships it just hangs up, so links that it ends again and again, with none
that fails to be made in between, count as the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

SUSPICIOUS_ENDS: Final = 4
WITHIN_S: Final = 300.0
"""So many links that were ended within this time are no accident."""

PAUSE_LONGEST_S: Final = 60.0
FORGOTTEN_S: Final = 600.0
"""So long after the last time nobody else is there any more."""


@dataclass(frozen=True, slots=True)
class Contest:
    """How links ended of late. Times are monotonic seconds."""

    ends_s: tuple[float, ...] = ()
    told: bool = False
    """The broker said of the last one that somebody else took our place."""
    given_way: int = 0
    """How often we have given way already."""

    @property
    def is_on(self) -> bool:
        return self.told or len(self.ends_s) >= SUSPICIOUS_ENDS

    def pause_s(self, first_s: float) -> float:
        """How long to give way now, before jitter."""
        return min(first_s * 2.0 ** min(self.given_way - 1, 16), PAUSE_LONGEST_S)


def link_ended(contest: Contest, now_s: float, *, told: bool) -> Contest:
    """The broker ended a link; ``told``: it said that somebody else took our place."""
    last_s = contest.ends_s[-1] if contest.ends_s else now_s
    if now_s - last_s > FORGOTTEN_S:
        contest = Contest()
    recent = tuple(end_s for end_s in contest.ends_s if now_s - end_s <= WITHIN_S)
    after = replace(contest, ends_s=(*recent, now_s)[-SUSPICIOUS_ENDS:], told=told)
    return replace(after, given_way=after.given_way + 1) if after.is_on else after


def not_made(contest: Contest) -> Contest:
    """No link could be made: it is the broker or the network that fails, and nobody else."""
    return replace(contest, ends_s=(), told=False) if contest.given_way == 0 else contest
