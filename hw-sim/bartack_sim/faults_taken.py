"""What faults at one station take off, and what repairs and taken back work bring. Pure.

By the rule of the station where a fault is found: whoever caused it loses what the pieces earned
and gets it back by repairing them; anybody else is paid for the repair, unless nobody but them has
seen the fault; or repairs always pay, or never, and nothing is taken off. When work is taken back
its faults have taken no more than what is left earned: the newest give back first, each whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from bartack_sim.station_rules import Rework


class Place(NamedTuple):
    """One operation of a bundle in the ledger of one station."""

    log: str
    bundle: str | None
    operation: str | None


@dataclass(slots=True)
class Fault:
    """Faulty pieces. ``taken`` is what their owner has lost by them so far."""

    pieces: int
    owner: str
    finder: str
    taken: Fraction
    is_open: bool = True


class Faults:
    """The faults of a line in the order in which they are found at each place."""

    def __init__(self) -> None:
        self._at: dict[Place, list[Fault]] = defaultdict(list)

    def found(self, place: Place, fault: Fault) -> None:
        self._at[place].append(fault)

    def waiting(self, place: Place) -> int:
        """The pieces of the oldest fault there that is not repaired."""
        return next((it.pieces for it in self._at[place] if it.is_open), 0)

    def repaired(self, place: Place, mender: str, worth: Fraction, rework: Rework) -> Fraction:
        """What the repair of the oldest open fault there brings to ``mender``; ``worth`` is what
        its pieces earn, and ``rework`` what repairs pay there."""
        fault = next((it for it in self._at[place] if it.is_open), None)
        if fault is None:
            return Fraction(0)
        fault.is_open = False
        if fault.owner == mender and fault.taken:
            taken, fault.taken = fault.taken, Fraction(0)
            return taken
        if rework != "by_fault":
            return worth if rework == "paid" else Fraction(0)
        return worth if mender not in (fault.owner, fault.finder) else Fraction(0)

    def taken_back(self, place: Place, owner: str, left: int) -> Iterator[Fraction]:
        """What comes back to ``owner``, of whose work there so many pieces are left."""
        taking = [it for it in self._at[place] if it.owner == owner and it.taken]
        over = sum(it.pieces for it in taking) - left
        for fault in reversed(taking):
            if over <= 0:
                return
            over -= fault.pieces
            yield fault.taken
            fault.taken = Fraction(0)
            # With nothing left of the work there is nothing left to repair.
            fault.is_open = fault.is_open and left > 0
