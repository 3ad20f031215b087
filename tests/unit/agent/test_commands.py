"""Command cards and buttons: what each does, when it does not fit, and what is half done."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acting import TODAY, account, after, answer, earned, last, only, played, rebooted, types
from bartack.identify import Scan
from bartack.projection import State
from bartack.reference import Reference
from bartack.station import decide, turn
from bartack.station.asking import NEEDS, WAITS_MS
from sewing import (
    CLERK,
    FLOOR,
    MECHANIC,
    SUPERVISOR,
    at_station,
    badge,
    bundle,
    card,
    floor,
    moment,
    press,
)

LINH = "AA00000002"
OTHER_SUPERVISOR = "AA00000006"
REFUSED = "refused"
RATE = Fraction("0.45")


def two_supervisors() -> Reference:
    second = {"operator": "S2", "name": "Mei", "badges": OTHER_SUPERVISOR, "language": "en",
              "role": "supervisor"}  # fmt: skip
    return floor(operators=[*FLOOR["operators"], second])


# --- what asks for more ---------------------------------------------------------------------------

WHOLE: dict[str, list[Scan]] = {
    "split": [card("split"), card("pieces", "5"), bundle(2)],
    "shared": [card("shared"), badge(LINH), bundle(2)],
    "defect": [card("defect"), bundle(1), card("fault", "F01"), card("pieces", "3"),
               card("owner", "operator")],
    "repair": [card("repair"), bundle(3)],
    "off-start": [card("off-start"), card("reason", "NF")],
    "operation": [card("operation"), press("operation", "OP320")],
    "correct": [card("correct"), badge(SUPERVISOR), bundle(1), card("pieces", "7"),
                card("reason", "miscount")],
    "approve": [card("approve"), badge(SUPERVISOR)],
    "reject": [card("reject"), badge(SUPERVISOR)],
}  # fmt: skip
"""Every command that needs more, complete."""

DONE = {
    "split": "work.done",
    "shared": "work.done",
    "defect": "defect.found",
    "repair": "work.repaired",
    "off-start": "offstandard.started",
    "operation": "operation.chosen",
    "correct": "work.done",
    "approve": "offstandard.approved",
    "reject": "offstandard.rejected",
}


def ready(known: Reference | None = None) -> State:
    """Asha is signed in; bundle 1 is done, bundle 3 is faulty, and time waits for approval."""
    faulty = [card("defect"), bundle(3), card("fault", "F02"), card("pieces", "2")]
    acts = (badge(), bundle(1), *faulty, card("owner", "cutting"), card("off-start", "NF"))
    state = after(at_station(known), *acts, card("off-end"))
    assert state.asking is None
    return state


READY = ready()


@pytest.mark.parametrize("command", sorted(NEEDS))
def test_a_command_asks_step_by_step_and_is_done_at_the_end(command: str) -> None:
    """Nothing is an event before the last card of a command; then it is, and asks no more."""
    decisions = played(ready(), *WHOLE[command], from_s=100)
    for decision, need in zip(decisions[:-1], NEEDS[command], strict=True):
        asked = "shared_set" if (command, need) == ("shared", "bundle") else f"need_{need}"
        assert answer(decision) == ("info", asked)
        assert not decision.events
    assert DONE[command] in types(decisions[-1])
    assert decisions[-1].state.asking is None


@pytest.mark.parametrize("command", sorted(NEEDS))
@pytest.mark.parametrize("late_ms", [WAITS_MS - 1, WAITS_MS])
def test_a_command_left_half_way_is_forgotten_after_30_s(command: str, late_ms: int) -> None:
    """Each step has 30 s; after them a card means what it means by itself."""
    *begun, final = WHOLE[command]
    half = after(ready(), *begun, from_s=100)
    asked = moment(100 + 5 * (len(begun) - 1))
    now = replace(asked, mono_ms=asked.mono_ms + late_ms)
    is_done = DONE[command] in types(decide(half, final, now))
    alone = decide(replace(half, asking=None), final, now)
    if late_ms < WAITS_MS:
        assert is_done
    else:
        assert types(decide(half, final, now)) == types(alone)
        assert turn(half, now).state.asking is None


@pytest.mark.parametrize("command", sorted(NEEDS))
def test_cancel_leaves_a_command_as_if_it_had_not_begun(command: str) -> None:
    """After cancel the next ticket is a ticket, and the whole of its bundle counts."""
    *begun, _ = WHOLE[command]
    state = after(ready(), *begun, from_s=100, every_s=2)
    cancelled = last(state, press("cancel"), from_s=110)
    assert answer(cancelled) == ("info", "cancelled")
    assert cancelled.state.asking is None
    done = last(cancelled.state, bundle(4), from_s=111)
    assert only(done, "work.done").number("pieces") == 12


@pytest.mark.parametrize("command", sorted(set(NEEDS) - {"approve", "reject"}))
def test_a_command_needs_somebody_signed_in(command: str) -> None:
    """Nobody is there: every act that would be somebody's is refused."""
    assert answer(last(at_station(), WHOLE[command][0])) == (REFUSED, "no_operator")


@pytest.mark.parametrize("name", ["undo", "dispute", "sign-out"])
def test_a_single_card_needs_somebody_signed_in_too(name: str) -> None:
    """Undo, dispute and sign out are somebody's as well."""
    assert answer(last(at_station(), card(name))) == (REFUSED, "no_operator")


@pytest.mark.parametrize(
    ("scans", "reason"),
    [
        ([card("pieces", "5")], "wrong_card"),
        ([card("fault", "F01")], "wrong_card"),
        ([card("owner", "machine")], "wrong_card"),
        ([card("split"), bundle(1)], "wrong_card"),
        ([card("split", "5"), card("fault", "F01")], "wrong_card"),
        ([card("shared"), bundle(1)], "wrong_card"),
        ([card("defect"), card("fault", "F01")], "wrong_card"),
        ([card("defect"), bundle(1), card("fault", "F99")], "unknown_fault"),
        ([card("defect"), bundle(1), card("fault", "F01"), card("pieces", "3"),
          card("owner", "nobody")], "wrong_card"),
        ([card("off-start", "XX")], "unknown_reason"),
        ([card("reason", "XX")], "unknown_reason"),
        ([card("operation", "OP999")], "wrong_operation"),
        ([card("off-end")], "not_off_standard"),
        ([card("reason", "PW"), card("reason", "PW")], "already_off_standard"),
        ([card("approve"), badge(SUPERVISOR)], "nothing_to_approve"),
        ([card("help-answer")], "no_call"),
        ([card("help", "doctor")], "unknown_command"),
        ([card("shared", "E2")], "unknown_command"),
        ([card("dance")], "unknown_command"),
        ([card("undo")], "nothing_to_undo"),
        ([card("dispute")], "nothing_to_dispute"),
        ([card("repair"), bundle(1)], "no_defect"),
        ([card("approve"), badge()], "not_supervisor"),
        ([card("correct"), badge(LINH)], "not_supervisor"),
        ([card("correct"), badge(MECHANIC)], "not_supervisor"),
        ([card("shared"), badge()], "wrong_card"),
        ([card("shared"), badge("FFFFFFFFFF")], "unknown_badge"),
        ([card("split", "5"), bundle(999)], "unknown_bundle"),
        ([card("defect"), bundle(999)], "unknown_bundle"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_its_reason(scans: list[Scan], reason: str) -> None:
    """The wrong card, badge or value at the wrong time has a reason of its own, as an event."""
    decision = last(at_station(), badge(), *scans)
    assert answer(decision) == (REFUSED, reason)
    assert only(decision, "scan.refused").text("reason") == reason


@pytest.mark.parametrize(
    ("begun", "wrong"),
    [
        ([card("split")], card("fault", "F01")),
        ([card("split", "5")], bundle(999)),
        ([card("split", "5")], card("pieces", "3")),
        ([card("shared")], badge()),
        ([card("correct")], badge(LINH)),
        ([card("defect"), bundle(1)], card("fault", "F99")),
    ],
)
def test_a_wrong_card_does_not_end_what_is_asked_for(begun: list[Scan], wrong: Scan) -> None:
    """After a mistake the right card may still follow."""
    before = after(ready(), *begun, from_s=100)
    decision = last(before, wrong, from_s=120)
    assert answer(decision)[0] == REFUSED
    assert decision.state.asking == before.asking


# --- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["0", "10000", "٣", "৩", "-1", "+5", "1e3", "5.0", " 5", "", "five", "9" * 7, "9" * 5000, "½",
     "²", "\ud800", "1\x00"],
)  # fmt: skip
def test_what_is_no_number_of_pieces_is_refused(text: str) -> None:
    """From 1 to 9999 in ASCII digits, and nothing else, however it is written."""
    state = after(at_station(), badge(), press("split"))
    decision = last(state, press("pieces", text), from_s=10)
    assert answer(decision) == (REFUSED, "bad_pieces")
    assert decision.state.asking == state.asking


@pytest.mark.parametrize(("text", "pieces"), [("1", 1), ("012", 12), ("12", 12)])
def test_a_number_of_pieces_is_taken(text: str, pieces: int) -> None:
    """The least and the most of a bundle can be split off."""
    decision = last(at_station(), badge(), press("split", text), bundle(1))
    assert only(decision, "work.done").number("pieces") == pieces


@pytest.mark.parametrize("text", ["13", "9999"])
def test_more_than_the_bundle_cannot_be_split_off(text: str) -> None:
    """It is said how many pieces are left."""
    decision = last(at_station(), badge(), card("split", text), bundle(1))
    assert answer(decision) == (REFUSED, "too_many_pieces")
    assert only(decision, "scan.refused").number("pieces_left") == 12


hostile = st.text(max_size=80) | st.sampled_from(["x" * 9000, "\ud800" * 70, "9" * 9000, "\x00"])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([*sorted(NEEDS), "undo", "help", "pieces", "reason", "cancel"]) | hostile,
       hostile, st.none() | st.integers())  # fmt: skip
def test_no_button_can_stop_the_station(command: str, argument: str, seq: int | None) -> None:
    """Whatever a screen sends there is an answer to it, with and without somebody signed in."""
    for start in (at_station(), READY):
        assert last(start, press(command, argument, seq), from_s=100).feedback is not None


# --- split, shared, operation ---------------------------------------------------------------------


def test_the_rest_of_a_split_bundle_stays_scannable() -> None:
    """Five by Asha; of the other seven Linh can have no eight, but all seven."""
    state = after(at_station(), badge(), card("split", "5"), bundle(1), badge(LINH))
    refused = last(state, card("split", "8"), bundle(1), from_s=60)
    assert only(refused, "scan.refused").number("pieces_left") == 7
    rest = only(last(state, bundle(1), from_s=60), "work.done")
    assert (rest.number("first"), rest.number("pieces"), rest.text("operator")) == (6, 7, "E2")


def test_a_hole_in_a_bundle_is_filled_before_its_end() -> None:
    """What an undo leaves free in the middle is credited by the next scan, and only that."""
    parts = [scan for _ in range(3) for scan in (card("split", "4"), bundle(1))]
    decisions = played(at_station(), badge(), *parts)
    second = only(decisions[4], "work.done").seq
    state = after(decisions[-1].state, press("undo", seq=second), from_s=60)
    hole = only(last(state, bundle(1), from_s=70), "work.done")
    assert (hole.number("first"), hole.number("pieces")) == (5, 4)
    whole = last(after(state, bundle(1), from_s=70), bundle(1), from_s=80)
    assert answer(whole) == (REFUSED, "already_done")


def test_shared_work_is_halved_in_money_and_counted_once_in_pieces() -> None:
    """Each of two has half of the money and minutes; the pieces are the signed-in operator's."""
    state = after(at_station(), badge(), card("shared"), badge(LINH), bundle(1))
    assert earned(state) == earned(state, "E2") == 12 * RATE / 2
    assert (account(state).pieces, account(state, "E2").pieces) == (12, 0)
    assert account(state).minutes == account(state, "E2").minutes == 3
    work = state.days[TODAY].work
    assert (work["E1", "OP310"].scans, work["E2", "OP310"].scans) == (1, 0)
    gone = after(state, card("undo"), from_s=60)
    assert earned(gone) == earned(gone, "E2") == 0


def test_the_operation_is_the_tickets_then_the_cards_then_the_stations() -> None:
    """A ticket that names its operation goes before the card, and that before the station."""
    state = after(at_station(), badge())
    done = [
        only(last(state, bundle(1), from_s=60), "work.done"),
        only(last(state, card("operation", "OP320"), bundle(1), from_s=60), "work.done"),
        only(last(state, card("operation", "OP320"), bundle(1, "OP310"), from_s=60), "work.done"),
    ]
    assert [event.text("operation") for event in done] == ["OP310", "OP320", "OP310"]
    chosen = after(state, card("operation", "OP320"), card("sign-out"), badge(), from_s=60)
    assert only(last(chosen, bundle(1), from_s=90), "work.done").text("operation") == "OP310"
    nowhere = last(at_station(operation=""), badge(), bundle(1))
    assert answer(nowhere) == (REFUSED, "wrong_operation")


# --- off standard, help ---------------------------------------------------------------------------


def test_a_claim_of_ones_own_does_not_keep_a_supervisor_from_the_others() -> None:
    """What others wait for is approved; the supervisor's own still waits for somebody else."""
    state = after(at_station(), badge(SUPERVISOR), card("off-start", "NF"), card("sign-out"))
    state = after(state, badge(), card("off-start", "NF"), from_s=60)
    decision = last(state, badge(SUPERVISOR), from_s=90)
    assert answer(decision) == ("info", "offstandard_approved")
    waits = [off.operator for off in decision.state.off.values() if off.approved is None]
    assert waits == ["S1"]


def test_a_supervisor_does_not_approve_time_of_their_own() -> None:
    """Rani's own lost time needs another supervisor's badge, with the card and without it."""
    start = at_station(two_supervisors())
    own = after(start, badge(SUPERVISOR), card("off-start", "NF"), card("off-end"))
    for scans in ([card("approve"), badge(SUPERVISOR)], [badge(SUPERVISOR)]):
        decision = last(own, *scans, from_s=60)
        assert "offstandard.approved" not in types(decision)
        assert account(decision.state, "S1").off_earned == 0
    later = after(own, badge(), from_s=60)
    assert answer(last(later, badge(SUPERVISOR), from_s=70)) == (REFUSED, "not_supervisor")
    approved = last(own, badge(OTHER_SUPERVISOR), from_s=60)
    assert answer(approved) == ("info", "offstandard_approved")
    assert account(approved.state, "S1").off_earned > 0


def test_time_off_standard_is_not_made_up_over_a_restart() -> None:
    """How long the machine was off nobody knows: the time ends, and counts nothing."""
    state = after(at_station(), badge(), card("off-start", "MT"))
    ended = only(turn(state, rebooted(moment(600))), "offstandard.ended")
    assert (ended.number("off_ms"), ended.text("reason")) == (0, "restart")


def test_a_mechanic_answers_a_call_and_stays_a_mechanic() -> None:
    """The badge that answers a call signs nobody in, and never takes the place of who works."""
    state = after(at_station(), badge(), press("help", "mechanic"))
    again = last(state, press("help", "MECHANIC"), from_s=30)
    assert (answer(again), again.events) == (("info", "help_called"), ())
    decision = last(state, badge(MECHANIC), from_s=60)
    event = only(decision, "help.answered")
    assert (event.text("by"), event.text("kind")) == ("M1", "mechanic")
    assert decision.state.session is not None
    assert decision.state.session.operator == "E1"
    assert not decision.state.calls
    again = last(decision.state, badge(MECHANIC), from_s=70)
    assert answer(again) == ("refused", "nothing_to_approve")
    assert again.state.session is not None, "who works is not thrown out"
    free = last(at_station(), press("help"), badge(MECHANIC), badge(MECHANIC))
    assert types(free) == ["session.opened"], "where nobody works it answers first, then signs in"


# --- badges ---------------------------------------------------------------------------------------


def test_two_badges_at_once_are_nobodys_word() -> None:
    """Where two badges lie on a reader nobody stays signed in by one of them, and it is said."""
    state = after(at_station(), badge(), badge(LINH))
    decision = last(state, replace(badge(), with_another=True), from_s=20)
    assert types(decision) == ["session.closed", "scan.refused"]
    assert answer(decision) == ("refused", "two_badges")
    assert decision.state.session is None


def test_a_badge_that_two_people_have_is_nobodys() -> None:
    """A reader that gives 24 bits cannot tell two badges apart, so nobody is guessed."""
    rows = [{**FLOOR["operators"][0], "badges": "01AABBCC"},
            {**FLOOR["operators"][1], "badges": "02AABBCC"}]  # fmt: skip
    scan = replace(badge("AABBCC"), medium="em4100")
    decision = last(at_station(floor(operators=rows)), scan)
    assert answer(decision) == (REFUSED, "ambiguous_badge")
    assert only(decision, "scan.refused").fields["operators"] == ["E1", "E2"]


def test_in_an_office_a_clerk_enters_the_work_of_others() -> None:
    """A clerk, then an operator's badge, then coupons: paid to the operator, marked by whom."""
    office = at_station(pay_on="batch")
    assert answer(last(office, badge())) == (REFUSED, "not_supervisor")
    decisions = played(office, badge(CLERK), badge(), bundle(1), badge(LINH), bundle(2))
    first, second = only(decisions[2], "work.done"), only(decisions[4], "work.done")
    assert [(it.text("operator"), it.text("by"), it.source) for it in (first, second)] == [
        ("E1", "C1", "manual"),
        ("E2", "C1", "manual"),
    ]
    closed = [it for decision in decisions for it in decision.events if it.type == "session.closed"]
    assert [it.fields.get("attended_ms") for it in closed] == [5000, None]


def test_a_coupon_is_not_paid_to_the_clerk_who_enters_it() -> None:
    """As long as no badge has said whose work it is nothing counts."""
    decision = last(at_station(pay_on="batch"), badge(CLERK), bundle(1))
    assert answer(decision) == (REFUSED, "no_operator")
    assert not decision.state.credits


def test_work_is_shared_among_operators_who_may_do_it() -> None:
    """Neither a mechanic's badge nor somebody not assigned to the operation gets half the pay."""
    asked = after(at_station(), badge(), card("shared"))
    assert answer(last(asked, badge(MECHANIC), from_s=30)) == ("refused", "wrong_card")
    known = floor(skills=[{"operator": "E2", "operation": "OP320"}])
    state = after(at_station(known, assignment="refuse"), badge(), card("shared"), badge(LINH))
    assert answer(last(state, bundle(1), from_s=20)) == ("refused", "not_assigned")
