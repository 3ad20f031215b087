"""What is put right: undo in its window, disputes, and corrections that keep both values."""

from __future__ import annotations

from fractions import Fraction

import pytest

from acting import account, after, answer, earned, last, only, played, types
from bartack.identify import Scan
from sewing import FLOOR, SUPERVISOR, at_station, badge, bundle, card, floor, moment, press

LINH = "AA00000002"
OTHER_SUPERVISOR = "AA00000006"
REFUSED = "refused"
RATE = Fraction("0.45")


def test_undo_takes_back_the_last_and_then_the_one_before() -> None:
    """Two undos take two works back, newest first; a third has nothing."""
    decisions = played(at_station(), badge(), bundle(1), bundle(2), *[card("undo")] * 3)
    undone = [event.text("bundle") for it in decisions[3:5] for event in it.events]
    assert undone == ["B000002", "B000001"]
    assert answer(decisions[5]) == (REFUSED, "nothing_to_undo")
    assert earned(decisions[5].state) == 0
    assert answer(last(decisions[5].state, bundle(1), from_s=60)) == ("ok", None)


@pytest.mark.parametrize(("late_s", "fits"), [(900, True), (901, False)])
def test_undo_has_its_window(late_s: int, fits: bool) -> None:
    """A quarter of an hour after the scan it can be taken back, and no second later."""
    state = after(at_station(), badge(), bundle(1))
    decision = last(state, card("undo"), from_s=5 + late_s)
    assert (answer(decision) == ("info", "undone")) is fits


def test_nobody_undoes_the_work_of_another() -> None:
    """Not by card and not by naming it, though it is the last work of the station."""
    done = played(at_station(), badge(), bundle(1), badge(LINH))
    seq = only(done[1], "work.done").seq
    for scan in (card("undo"), press("undo"), press("undo", seq=seq)):
        assert answer(last(done[-1].state, scan, from_s=60)) == (REFUSED, "nothing_to_undo")
    assert answer(last(done[-1].state, press("dispute", seq=seq), from_s=60)) == (
        REFUSED,
        "nothing_to_dispute",
    )


def test_a_dispute_is_kept_once() -> None:
    """A refusal that the operator does not accept is an event that names it; twice is once."""
    decisions = played(at_station(), badge(), bundle(999), card("dispute"), card("dispute"))
    refusal = only(decisions[1], "scan.refused")
    event = only(decisions[2], "scan.disputed")
    assert (event.number("of"), event.text("kind")) == (refusal.seq, "refused")
    assert answer(decisions[3]) == (REFUSED, "already_disputed")
    assert decisions[3].state.recent[-1].disputed


def corrected(pieces: str) -> list[Scan]:
    return [
        card("correct"), badge(SUPERVISOR), bundle(1), card("pieces", pieces),
        card("reason", "miscount"),
    ]  # fmt: skip


@pytest.mark.parametrize("pieces", [0, 1, 7, 12])
def test_a_correction_keeps_both_values(pieces: int) -> None:
    """The old value is voided and not gone: both events stand, with who vouched and why."""
    before = played(at_station(), badge(), bundle(1))
    decision = last(before[-1].state, *corrected(str(pieces)), from_s=60)
    assert answer(decision) == ("info", "corrected")
    voided = only(decision, "work.voided")
    assert (voided.number("voids"), voided.number("pieces")) == (before[1].events[0].seq, 12)
    assert (voided.text("by"), voided.text("reason")) == ("S1", "miscount")
    assert account(decision.state).pieces == pieces
    assert earned(decision.state) == pieces * RATE
    if pieces:
        done = only(decision, "work.done")
        assert (done.text("by"), done.text("reason"), done.source) == ("S1", "miscount",
                                                                      "correction")  # fmt: skip
        assert done.fields["corrects"] == [before[1].events[0].seq]
        assert done.text("worked_at") == moment(5).at


def test_a_correction_beyond_the_bundle_changes_nothing() -> None:
    """Half a correction would be another mistake: nothing is voided where the rest does not fit."""
    state = after(at_station(), badge(), bundle(1))
    decision = last(state, *corrected("13"), from_s=60)
    assert types(decision) == ["scan.refused"]
    assert account(decision.state).pieces == 12


def test_a_correction_of_nothing_to_nothing_is_refused() -> None:
    """No pieces in place of no pieces is no correction."""
    assert answer(last(at_station(), badge(), *corrected("0"))) == (REFUSED, "nothing_to_undo")


def test_a_correction_leaves_the_work_of_others() -> None:
    """Asha's five become seven around the four that Linh has of the same bundle."""
    acts = (badge(LINH), card("split", "4"), bundle(1), badge(), card("split", "5"), bundle(1))
    state = after(at_station(), *acts)
    end = after(state, *corrected("7"), from_s=60)
    assert (account(end).pieces, account(end, "E2").pieces) == (7, 4)
    assert answer(last(state, *corrected("9"), from_s=60)) == (REFUSED, "too_many_pieces")


def test_a_correction_is_not_too_fast() -> None:
    """What is put right a minute later was not sewn in that minute."""
    state = after(at_station(), badge(), bundle(1))
    decision = last(state, *corrected("7"), from_s=20)
    assert "flags" not in only(decision, "work.done").fields


def test_nobody_vouches_for_a_correction_of_their_own() -> None:
    """A supervisor who sews cannot correct the own count."""
    second = {"operator": "S2", "name": "Mei", "badges": OTHER_SUPERVISOR, "language": "en",
              "role": "supervisor"}  # fmt: skip
    state = after(
        at_station(floor(operators=[*FLOOR["operators"], second])),
        badge(SUPERVISOR),
        bundle(1),
        card("correct"),
    )
    assert answer(last(state, badge(SUPERVISOR), from_s=20)) == (REFUSED, "not_supervisor")
    assert answer(last(state, badge(OTHER_SUPERVISOR), from_s=20)) == ("info", "need_bundle")


def test_a_correction_of_shared_work_stays_shared() -> None:
    """Twelve shared become eight shared: each of the two has four pieces' money."""
    state = after(at_station(), badge(), card("shared"), badge(LINH), bundle(1))
    end = after(state, *corrected("8"), from_s=60)
    assert earned(end) == earned(end, "E2") == 4 * RATE


def test_a_supervisor_vouches_for_what_the_checks_would_refuse() -> None:
    """A step that is missing before it does not stop a correction; it is marked."""
    scans = [
        card("correct"), badge(SUPERVISOR), bundle(2, "OP320"), card("pieces", "4"),
        card("reason", "not_scanned"),
    ]  # fmt: skip
    state = after(at_station(order="refuse"), badge(), bundle(1))
    event = only(last(state, *scans, from_s=10), "work.done")
    assert event.fields["flags"] == ["missing_previous"]
    assert "corrects" not in event.fields
