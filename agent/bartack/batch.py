"""What the core decides together and commits as one, and what to do again where that fails."""

from __future__ import annotations

from dataclasses import dataclass, field

from bartack.identify import Scan
from bartack.projection import State
from bartack.resting import Arrived, Departed
from bartack.station import Decision
from bartack.wire import NeighbourSession, Notices
from bartack_drivers.base import Read


@dataclass(slots=True)
class Batch:
    """Decisions, each on the state that the one before leads to, and what they are of."""

    state: State
    decisions: list[Decision] = field(default_factory=list)
    scans: list[tuple[Scan, Read]] = field(default_factory=list)
    arrivals: list[tuple[Scan, Arrived]] = field(default_factory=list)
    departures: list[Departed] = field(default_factory=list)
    pressed: list[Scan] = field(default_factory=list)
    told: dict[str, NeighbourSession | Notices] = field(default_factory=dict)
    """The last word of each neighbour on who is signed in there, and, as "", of the hub."""

    def add(self, decision: Decision) -> None:
        self.decisions.append(decision)
        self.state = decision.state
