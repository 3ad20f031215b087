"""Three stations of a line that sew, find faults and repair, and hear of each other when told."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from acting import earned
from bartack.events import Event, Head, Moment, Place
from bartack.identify import Scan
from bartack.own_credits import credit_slots
from bartack.own_faults import faults_of
from bartack.projection import State
from bartack.station import Decision, decide, hear, turn
from bartack.wire import NeighbourFaults, parse_faults, rework_topic
from sewing import PLACE, bundle, card, floor, moment, rules

STATIONS = ("st07", "st08", "st09")
BADGES = {"E1": "62E3086CED", "E2": "AA00000002"}
RATE = Fraction("0.45")
KNOWN = floor()


def station_of(name: str, **settings: object) -> State:
    place = Place(PLACE.site, PLACE.line, name)
    own = replace(rules(), place=place, badge_elsewhere="off", **settings)  # type: ignore[arg-type]  # as each test names them
    return State(own, Head(name[-2:] * 16), KNOWN)


@dataclass
class Line:
    """Stations that hear of each other when they are told to."""

    states: dict[str, State] = field(
        default_factory=lambda: {name: station_of(name) for name in STATIONS}
    )
    events: list[Event] = field(default_factory=list)
    second: int = 0

    def now(self) -> Moment:
        self.second += 3
        return moment(self.second)

    def do(self, station: str, *scans: Scan) -> Decision:
        """One act after another at a station."""
        for scan in scans:
            decision = decide(self.states[station], scan, self.now())
            self.keep(station, decision)
        return decision

    def keep(self, station: str, decision: Decision) -> None:
        self.states[station] = decision.state
        self.events += decision.events

    def tell(self, source: str, target: str, told: NeighbourFaults | None = None) -> Decision:
        """What ``source`` tells of itself now, or told once, reaches ``target`` over the wire."""
        speaker = self.states[source]
        wired = (told or faults_of(speaker)).payload()
        place = speaker.rules.place
        state = self.states[target]
        for slot in credit_slots(speaker, moment(self.second).at).values():
            state = hear(state, slot, self.now()).state
        told = parse_faults(place, rework_topic(place), wired)
        state = hear(state, told, self.now()).state
        decision = turn(state, self.now())
        self.keep(target, decision)
        return decision

    def tell_all(self) -> None:
        for _ in range(4):
            for source in STATIONS:
                for target in STATIONS:
                    if source != target:
                        self.tell(source, target)

    def money(self, operator: str) -> Fraction:
        return sum((earned(it, operator) for it in self.states.values()), Fraction(0))

    def of_type(self, type_: str) -> list[Event]:
        return [event for event in self.events if event.type == type_]


def defect(number: int, pieces: int, owner: str = "operator") -> list[Scan]:
    return [card("defect"), bundle(number), card("fault", "F01"), card("pieces", str(pieces)),
            card("owner", owner)]  # fmt: skip


def repair(number: int) -> list[Scan]:
    return [card("repair"), bundle(number)]
