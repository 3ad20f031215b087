"""Lists of faulty pieces that keep the contract and lie: nothing grows or repeats without end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bartack.own_faults import faults_of
from bartack.projection.state import CHARGES_MAX
from bartack.reference import with_table
from bartack.station import hear, learn, turn
from bartack.wire import NeighbourFault, NeighbourFaults, WireError, parse_faults, rework_topic
from sewing import MECHANIC, badge, bundle, bundle_rows, floor, moment, table
from sewing_line import BADGES, Line, defect, repair, station_of

LOG = "ab" * 16


def lie(seq: int, number: int, repaired_by: str = "") -> NeighbourFault:
    return NeighbourFault(
        *("st08", LOG, seq, f"B{number:06d}", "OP310", "F01", 1),
        *("E2", "E1", "st07", repaired_by),
    )


def test_a_list_that_says_two_things_of_a_fault_is_refused() -> None:
    """Waiting and repaired at once it would be charged and closed anew with every other message."""
    told = NeighbourFaults("st08", LOG, (lie(1, 1), lie(1, 1, "E2")))
    place = replace(station_of("st08").rules.place)
    with pytest.raises(WireError, match="found"):
        parse_faults(place, rework_topic(place), told.payload())


def test_a_neighbour_charges_no_more_than_a_station_can_carry() -> None:
    """Open charges are part of every commit, so there is an end to them."""
    line = Line()
    many = floor(bundle_rows(CHARGES_MAX // 12 + 20))
    line.states["st07"] = replace(line.states["st07"], reference=many)
    line.do("st07", badge(BADGES["E1"]), *(bundle(n) for n in range(1, CHARGES_MAX // 12 + 20)))
    works = [n for n in range(1, CHARGES_MAX // 12 + 20) for _ in range(12)]
    for begin in range(0, len(works), 200):
        rows = tuple(lie(begin + n + 1, it) for n, it in enumerate(works[begin : begin + 200]))
        line.tell("st08", "st07", NeighbourFaults("st08", LOG, rows))
    assert len(line.states["st07"].charges) == CHARGES_MAX


def test_a_repair_of_a_bundle_that_comes_back_into_the_tables_is_paid_then() -> None:
    """What could not be decided without reference data is decided with it."""
    line = Line()
    line.do("st07", badge(BADGES["E1"]), bundle(1))
    line.do("st08", badge(BADGES["E2"]), *defect(1, 2, "cutting"))
    line.tell_all()
    line.do("st09", badge(MECHANIC), *repair(1))
    finder = line.states["st08"]
    without = with_table(finder.reference, table("bundles", bundle_rows(20)[1:], version=2))
    finder = learn(finder, without, line.now()).state
    finder = turn(hear(finder, faults_of(line.states["st09"]), line.now()).state, line.now()).state
    again = with_table(finder.reference, table("bundles", bundle_rows(20), version=3))
    decision = turn(learn(finder, again, moment(900)).state, moment(901))
    assert [event.type for event in decision.events] == ["work.repaired"]
