"""Rework: faulty pieces are paid once, whoever caused them and whoever makes them good."""

from __future__ import annotations

from fractions import Fraction

import pytest

from acting import account, after, answer, earned, heard_credit, last, only, played, types
from bartack.identify import Scan
from bartack.station import noticed
from bartack.wire import Notice, Notices, Row
from sewing import LOG, SUPERVISOR, at_station, badge, bundle, card, floor, moment

LINH = "AA00000002"


def defect(number: int, pieces: int, owner: str) -> list[Scan]:
    """All cards of one defect."""
    return [
        card("defect"), bundle(number), card("fault", "F01"), card("pieces", str(pieces)),
        card("owner", owner),
    ]  # fmt: skip


def repair(number: int) -> list[Scan]:
    return [card("repair"), bundle(number)]


def test_whoever_caused_a_fault_loses_the_pay_and_repairs_it_back() -> None:
    """Own fault: what the faulty pieces earned is taken, and given back by their repair."""
    state = after(at_station(), badge(), bundle(1), *defect(1, 5, "operator"))
    assert (earned(state), account(state).minutes) == (7 * Fraction("0.45"), Fraction(7, 2))
    assert account(state).faults == 5
    state = after(state, *repair(1), from_s=60)
    assert (earned(state), account(state).minutes) == (12 * Fraction("0.45"), Fraction(6))


def test_the_repair_of_anothers_fault_is_paid_to_the_repairer() -> None:
    """Linh repairs what Asha spoilt: Asha has lost the pay, Linh has it; nobody has it twice."""
    state = after(at_station(), badge(), bundle(1), *defect(1, 5, "operator"))
    state = after(state, badge(LINH), *repair(1), from_s=60)
    assert (earned(state), earned(state, "E2")) == (7 * Fraction("0.45"), 5 * Fraction("0.45"))


@pytest.mark.parametrize(
    ("counted", "kept", "mended"), [(0, 0, 0), (3, 3, 3), (5, 0, 5), (11, 6, 11)]
)
def test_a_correction_leaves_the_faults_of_what_it_counts(
    counted: int, kept: int, mended: int
) -> None:
    """Of twelve pieces five are faulty: they are of eleven too, and come back by their repair;
    where fewer are left than are faulty, nobody loses more than that."""
    state = after(at_station(), badge(), bundle(1), *defect(1, 5, "operator"))
    recount = [card("correct"), badge(SUPERVISOR), bundle(1), card("pieces", str(counted)),
               card("reason", "miscount")]  # fmt: skip
    state = after(state, *recount, from_s=60)
    assert earned(state) == kept * Fraction("0.45")
    repaired = last(state, *repair(1), from_s=120)
    assert earned(repaired.state) == mended * Fraction("0.45")
    assert (answer(repaired) == ("refused", "no_defect")) is (counted == 0)


@pytest.mark.parametrize("owner", ["previous", "cutting", "machine"])
def test_a_fault_that_is_not_the_operators_takes_nothing_away(owner: str) -> None:
    """What the cutting room, a machine or an earlier step spoilt is paid to whoever repairs it; not
    to who found it alone, because then nobody else says that it was there."""
    state = after(at_station(), badge(), bundle(1), *defect(1, 5, owner))
    assert earned(state) == Fraction("5.40")
    alone = after(state, *repair(1), from_s=60)
    assert earned(alone) == Fraction("5.40")
    helped = after(state, badge(LINH), *repair(1), from_s=60)
    assert (earned(helped), earned(helped, "E2")) == (Fraction("5.40"), 5 * Fraction("0.45"))


def test_one_defect_is_repaired_once() -> None:
    """A repair without a defect is refused, and so is the second repair of one."""
    assert answer(last(at_station(), badge(), *repair(1))) == ("refused", "no_defect")
    state = after(at_station(), badge(), bundle(1), *defect(1, 5, "operator"), *repair(1))
    assert answer(last(state, *repair(1), from_s=60)) == ("refused", "no_defect")


def test_what_was_not_deducted_is_not_given_back() -> None:
    """Asha sewed at another station and was paid there; repairing it here is not paid again."""
    start = heard_credit(at_station(), "B000001", "E1")
    decisions = played(start, badge(), *defect(1, 5, "operator"), *repair(1))
    found = only(decisions[-3], "defect.found")
    assert (found.text("owner"), found.fields["deducted"]) == ("E1", False)
    assert only(decisions[-1], "work.repaired").fields["paid"] is False
    assert earned(decisions[-1].state) == 0


def test_nobody_loses_more_than_the_pieces_that_they_were_paid_for() -> None:
    """Five pieces of a bundle credited: no more than five of them can be Asha's fault."""
    state = after(at_station(), badge(), card("split", "5"), bundle(1))
    refused = last(state, *defect(1, 6, "operator"), from_s=60)
    assert answer(refused) == ("refused", "too_many_pieces")
    assert only(refused, "scan.refused").number("pieces_left") == 5
    state = after(state, *defect(1, 5, "operator"), from_s=60)
    assert earned(state) == 0
    again = last(state, *defect(1, 1, "operator"), from_s=90)
    assert answer(again) == ("refused", "too_many_pieces")
    assert answer(last(state, *defect(1, 7, "machine"), from_s=90)) == ("info", "defect_noted")


def test_a_fault_in_shared_work_is_deducted_from_nobody() -> None:
    """Of two who shared a bundle nobody knows whose fault it was, so nobody pays for both."""
    acts = (badge(), card("shared"), badge(LINH), bundle(1), *defect(1, 12, "operator"))
    state = after(at_station(), *acts)
    assert (earned(state), earned(state, "E2")) == (Fraction("2.70"), Fraction("2.70"))


@pytest.mark.parametrize(("rule", "paid"), [("paid", True), ("unpaid", False)])
def test_rework_may_be_paid_always_or_never(rule: str, paid: bool) -> None:
    """By setting nothing is deducted, and every repair is paid or none is."""
    start = after(at_station(rework=rule), badge(), bundle(1), *defect(1, 5, "operator"))
    assert earned(start) == Fraction("5.40")
    repaired = last(start, *repair(1), from_s=60)
    assert only(repaired, "work.repaired").fields["paid"] is paid
    assert earned(repaired.state) == (17 if paid else 12) * Fraction("0.45")


def test_whoever_repairs_is_not_idle() -> None:
    """Paid repair ends time off standard as other sewing does."""
    start = after(at_station(), badge(), *defect(1, 3, "machine"), card("off-start", "MT"))
    assert types(last(start, *repair(1), from_s=60)) == ["offstandard.ended", "work.repaired"]


def test_the_oldest_fault_is_repaired_first() -> None:
    """Two faults of a bundle are two repairs, in the order in which they were found."""
    acts = (badge(), bundle(1), *defect(1, 3, "machine"), *defect(1, 2, "cutting"))
    first, second = (
        only(it, "work.repaired").number("pieces")
        for it in played(after(at_station(), *acts), *repair(1), *repair(1), from_s=90)[1::2]
    )
    assert (first, second) == (3, 2)


def test_faults_of_others_leave_room_for_ones_own() -> None:
    """Seven pieces spoilt by a machine; of Asha's five all can still be her fault."""
    acts = (badge(), card("split", "5"), bundle(1), *defect(1, 7, "machine"))
    state = after(at_station(), *acts, *defect(1, 5, "operator"), every_s=2)
    assert earned(state) == 0
    assert account(state).faults == 5


def test_a_fault_takes_what_the_work_was_paid_on_its_day() -> None:
    """Sewn on Saturday at 0.45, found on Sunday at 0.60: what is taken is what was given."""
    rates: list[Row] = [{"style": "S1", "operation": "OP310", "from": "2026-11-22", "rate": "0.60"}]
    state = after(at_station(floor(rates=rates)), badge(), bundle(1))
    state = after(state, *defect(1, 12, "operator"), from_s=20 * 3600)
    assert (earned(state), earned(state, date="2026-11-22")) == (
        Fraction("5.40"),
        -Fraction("5.40"),
    )


def test_what_is_disputed_is_not_taken_twice() -> None:
    """Work whose pay waits for the office has no pay that a fault could take."""
    state = after(at_station(), badge(), bundle(1))
    notice = Notice(LOG, 2, "disputed", "st08", "E2", moment(1).at, "B000001", "OP310")
    state = noticed(state, Notices((notice,)), moment(10)).state
    assert earned(after(state, *defect(1, 12, "operator"), from_s=60)) == 0
