"""What faults take and bring by the rule of their station, by the truth and by the events alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from bartack_sim.explained import Event, Explained
from bartack_sim.faults_taken import Fault, Faults, Place
from bartack_sim.line import plan_line, with_tables
from bartack_sim.reckoning import differing, earned_by_events, earned_by_truth
from bartack_sim.station_rules import Rework
from bartack_sim.truth import Intent, Kind

LINE = with_tables(plan_line(seed=1, stations=2, minutes=10.0), ("paid", "unpaid"))
BY_FAULT, PAID, UNPAID = LINE.stations[0].code, "tb01", "tb02"
OWN, OTHER = (it.sewer.code for it in LINE.stations)
OPERATION = LINE.route[0]
BUNDLE, LOG = LINE.bundles[0].code, "9f" * 16
PIECE = Fraction(OPERATION.rate)
HERE = Place(LOG, BUNDLE, OPERATION.code)


class Told:
    """A ledger of one station with the intents behind it."""

    def __init__(self, station: str) -> None:
        self.station = station
        self.pairs: list[tuple[Event, Intent]] = []

    def add(
        self, type_: str, kind: Kind, who: str, pieces: int, code: str = "", **more: Any
    ) -> int:
        seq = len(self.pairs) + 1
        event = {
            "type": type_,
            "log": LOG,
            "seq": seq,
            "station": self.station,
            "operator": who,
            "bundle": BUNDLE,
            "operation": OPERATION.code,
            "pieces": pieces,
            "rate": str(OPERATION.rate),
            **more,
        }
        meant = Intent(self.station, who, kind, "", BUNDLE, OPERATION.code, pieces, code=code)
        self.pairs.append((event, meant))
        return seq

    def sewn(self, pieces: int = 10) -> int:
        return self.add("work.done", "work", OWN, pieces)

    def found(self, by: str = OWN, owner: str = "operator", pieces: int = 2) -> int:
        own = owner == "operator"
        more: dict[str, Any] = {
            "owner": OWN if own else "",
            "deducted": own and self.station == BY_FAULT,
        }
        return self.add("defect.found", "defect", by, pieces, owner, **more)

    def repaired(self, by: str, defect: int, *, paid: bool, returned: bool = False) -> None:
        told: dict[str, Any] = {"defect": defect, "paid": paid}
        told |= {"returned": True} if returned else {}
        self.add("work.repaired", "repair", by, 2, **told)

    def voided(self, seq: int, pieces: int = 10) -> None:
        self.add("work.voided", "undo", OWN, pieces, voids=seq)

    def by_truth(self) -> dict[str, Fraction]:
        earned = earned_by_truth(LINE, Explained(tuple(self.pairs)), ()).pieces
        return {who: amount / PIECE for who, amount in earned.items() if amount}

    def by_events(self) -> dict[str, Fraction]:
        earned = earned_by_events([event for event, _ in self.pairs])
        return {who: amount / PIECE for who, amount in earned.items() if amount}


@pytest.mark.parametrize("owner", ["operator", "previous", "cutting", "machine"])
@pytest.mark.parametrize("finder", [OWN, OTHER])
@pytest.mark.parametrize("mender", [OWN, OTHER])
@pytest.mark.parametrize("station", [BY_FAULT, PAID, UNPAID])
def test_a_repair_pays_by_the_rule_of_its_station(
    owner: str, finder: str, mender: str, station: str
) -> None:
    """Two of ten pieces are faulty. By fault the owner loses them and gets them back, and who
    repairs what others found is paid; elsewhere every repair is paid, or none."""
    told = Told(station)
    told.sewn()
    fault, own = told.found(finder, owner), owner == "operator"
    expected = {OWN: Fraction(10), OTHER: Fraction(0)}
    if station == BY_FAULT:
        returned = own and mender == OWN
        paid = returned or (finder != mender)
        expected[OWN] -= 2 if own else 0
    else:
        returned, paid = False, station == PAID
    told.repaired(mender, fault, paid=paid, returned=returned)
    expected[mender] += 2 if paid else 0
    assert told.by_truth() == {who: it for who, it in expected.items() if it}
    assert told.by_truth() == told.by_events()


@pytest.mark.parametrize(("anew", "earned"), [(0, 0), (1, 1), (2, 0), (9, 7)])
@pytest.mark.parametrize("mended", [False, True])
def test_a_correction_leaves_nobody_to_lose_more_than_is_counted(
    anew: int, earned: int, mended: bool
) -> None:
    """Two of ten pieces are faulty: they still are of nine; of one they cannot be, so what they
    took comes back; who repaired them keeps the pay."""
    told = Told(BY_FAULT)
    work = told.sewn()
    fault = told.found(OTHER)
    if mended:
        told.repaired(OTHER, fault, paid=False)
    told.add("work.voided", "correct", OWN, anew, voids=work, recounted=anew)
    if anew:
        told.sewn(anew)
    assert told.by_truth() == told.by_events() == ({OWN: Fraction(earned)} if earned else {})


def test_taking_back_a_part_gives_back_the_newest_faults_beyond_the_rest() -> None:
    """Of three pieces two were faulty twice over in ten: the newer fault comes back whole."""
    told = Told(BY_FAULT)
    told.sewn(3)
    second = told.sewn(7)
    told.found()
    told.found()
    told.voided(second, 7)
    assert told.by_truth() == told.by_events() == {OWN: Fraction(3 - 2)}


@pytest.mark.parametrize("rule", ["by_fault", "paid", "unpaid"])
def test_a_repair_of_nothing_brings_nothing(rule: Rework) -> None:
    """Neither where no fault is known, nor of one that is repaired already."""
    faults = Faults()
    assert faults.waiting(HERE) == faults.repaired(HERE, OTHER, PIECE, rule) == 0
    faults.found(HERE, Fault(2, OWN, OWN, 2 * PIECE))
    assert faults.waiting(HERE) == 2
    faults.repaired(HERE, OTHER, 2 * PIECE, rule)
    assert faults.waiting(HERE) == faults.repaired(HERE, OTHER, PIECE, rule) == 0


@pytest.mark.parametrize(
    ("station", "wrong"),
    [(PAID, {"paid": False}), (UNPAID, {"paid": True}), (BY_FAULT, {"deducted": False})],
)
def test_money_by_another_rule_than_the_stations_is_found(
    station: str, wrong: dict[str, bool]
) -> None:
    """A repair that is not paid where all are, one that is where none are, and a fault that takes
    nothing where it must: each makes the sums differ."""
    told = Told(station)
    told.sewn()
    fault = told.found()
    if station != BY_FAULT:
        told.repaired(OWN, fault, paid=station == PAID)
    assert not differing("events", told.by_truth(), told.by_events())
    last, meant = told.pairs[-1]
    told.pairs[-1] = ({**last, **wrong}, meant)
    assert differing("events", told.by_truth(), told.by_events())
