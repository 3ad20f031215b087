"""Nobody loses more by faults than their work earned, however often and by whom they are found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from acting import earned
from sewing import MECHANIC, badge, bundle, card, press
from sewing_line import BADGES, RATE, Line, defect, repair


def sewn(pieces: int = 12) -> Line:
    line = Line()
    split = [card("split"), card("pieces", str(pieces))] if pieces != 12 else []
    line.do("st07", badge(BADGES["E1"]), *split, bundle(1))
    line.tell_all()
    return line


def found_and_mended(line: Line, station: str) -> None:
    """Linh finds two of Asha's pieces faulty at a station, and Tomas repairs them there."""
    line.do(station, badge(BADGES["E2"]), *defect(1, 2))
    line.tell_all()
    line.do(station, card("sign-out"), badge(MECHANIC), *repair(1), card("sign-out"))
    line.tell_all()


@pytest.mark.parametrize("station", ["st07", "st08"])
def test_faults_that_others_repair_again_and_again_take_no_more_than_the_work_earned(
    station: str,
) -> None:
    """Two pieces that are found faulty and repaired ten times cost their owner twelve at most."""
    line = sewn()
    for _ in range(10):
        found_and_mended(line, station)
    assert line.money("E1") == 0


def test_an_undo_gives_back_what_a_neighbour_found_and_others_repaired() -> None:
    """Work that is taken back has cost nothing, whoever repaired its faults."""
    line = sewn()
    found_and_mended(line, "st08")
    assert line.money("E1") == 10 * RATE
    line.do("st07", press("undo"))
    assert line.money("E1") == 0


def test_an_undo_gives_back_what_was_found_here_and_repaired_elsewhere() -> None:
    """The same for a fault that the owner reported, and a neighbour repaired."""
    line = sewn()
    line.do("st07", *defect(1, 2))
    line.tell_all()
    line.do("st09", badge(MECHANIC), *repair(1))
    line.tell_all()
    assert (line.money("E1"), line.money("M1")) == (10 * RATE, 2 * RATE)
    line.do("st07", press("undo"))
    assert line.money("E1") == 0


def test_an_undo_of_one_part_leaves_no_more_faults_than_pieces() -> None:
    """Of two parts of six with eight faulty pieces one is undone: six are left to lose."""
    line = sewn(pieces=6)
    line.do("st07", bundle(1))
    line.tell_all()
    line.do("st08", badge(BADGES["E2"]), *defect(1, 4), *defect(1, 4))
    line.tell_all()
    assert line.money("E1") == 4 * RATE
    line.do("st07", press("undo"))
    assert line.money("E1") == 2 * RATE
    line.do("st07", press("undo"))
    assert line.money("E1") == 0


def test_an_old_fault_that_is_repaired_late_gives_its_owner_the_pay_back() -> None:
    """However many younger faults were repaired before it, the station that took the pay hears."""
    line = sewn()
    line.do("st07", bundle(2))
    line.tell_all()
    line.do("st08", badge(BADGES["E2"]), *defect(1, 1))
    for _ in range(70):
        line.do("st08", *defect(2, 1), *repair(2))
    line.tell_all()
    assert line.money("E1") == 23 * RATE
    line.do("st07", *repair(1))
    line.tell_all()
    assert line.money("E1") == 24 * RATE


def test_work_that_several_sewed_at_several_stations_takes_nothing_off_anybody() -> None:
    """Asha sewed half of a bundle and Linh the other half elsewhere: nobody knows whose it was."""
    line = sewn(pieces=6)
    line.do("st09", badge(BADGES["E2"]), bundle(1))
    line.tell_all()
    decision = line.do("st07", *defect(1, 2))
    assert decision.events[-1].text("owner") == ""
    assert (line.money("E1"), line.money("E2")) == (6 * RATE, 6 * RATE)


def test_a_fault_in_shared_work_has_no_owner_and_its_repair_is_paid() -> None:
    """Of shared work nobody knows whose it was, so who repairs what another found is paid."""
    line = Line()
    line.do("st07", badge(BADGES["E1"]), card("shared"), badge("AA00000002"), bundle(1))
    decision = line.do("st07", card("sign-out"), badge(MECHANIC), *defect(1, 2))
    assert decision.events[-1].text("owner") == ""
    line.do("st07", card("sign-out"), badge(BADGES["E1"]), *repair(1))
    assert line.money("E1") == 8 * RATE


def turned(line: Line, station: str, rework: str) -> None:
    """The station's file says something else of repairs since its last start."""
    state = line.states[station]
    rules = replace(state.rules, rework=rework)  # type: ignore[arg-type]  # one of three
    line.states[station] = replace(state, rules=rules)


@pytest.mark.parametrize("rework", ["by_fault", "paid", "unpaid"])
@pytest.mark.parametrize("station", ["st07", "st08"])
def test_what_was_taken_comes_back_by_the_owners_repair_whatever_the_file_says_now(
    station: str, rework: str
) -> None:
    """Another rule at the stations since the fault was found costs nobody and pays nobody twice."""
    line = sewn()
    line.do(station, badge(BADGES["E2"]), *defect(1, 2))
    line.tell_all()
    assert line.money("E1") == 10 * RATE
    turned(line, "st07", rework)
    turned(line, "st08", rework)
    line.do(station, badge(BADGES["E1"]), *repair(1))
    line.tell_all()
    assert line.money("E1") == 12 * RATE


@pytest.mark.parametrize("rework", ["paid", "unpaid"])
def test_a_station_that_takes_nothing_off_has_no_neighbour_take_it(rework: str) -> None:
    """Where every repair is paid the owner is paid for the own one, and so never loses before."""
    line = sewn()
    turned(line, "st08", rework)
    line.do("st08", badge(BADGES["E2"]), *defect(1, 2))
    line.tell_all()
    assert line.money("E1") == 12 * RATE
    line.do("st08", badge(BADGES["E1"]), *repair(1))
    line.tell_all()
    assert line.money("E1") == (14 if rework == "paid" else 12) * RATE


def test_work_of_a_ledger_that_was_replaced_is_not_charged() -> None:
    """What faults had taken from it is not known any more, so it would be taken twice."""
    line = sewn()
    line.do("st08", badge(BADGES["E2"]), *defect(1, 2))
    line.tell_all()
    state = line.states["st07"]
    fresh = replace(
        type(state)(state.rules, replace(state.head, log="aa" * 16, seq=0), state.reference),
        credits=state.credits,
        accounts=state.accounts,
    )
    line.states["st07"] = fresh
    line.tell_all()
    assert earned(line.states["st07"]) == 10 * RATE
