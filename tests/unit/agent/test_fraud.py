"""Fraud and error on the floor: each trick of the trade, and the rule that stops it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acting import account, after, answer, earned, heard_credit, last, only, played, types
from bartack.events import Moment
from bartack.identify import CodePattern, Scan, identify
from bartack.projection import State
from bartack.reference import Reference
from bartack.station import Decision, decide, hear, learn, turn
from bartack.wire import NeighbourSession, Row, with_check_character
from bartack_drivers.base import Read
from sewing import (
    BOOT,
    SUPERVISOR,
    at_station,
    badge,
    bundle,
    bundle_rows,
    card,
    floor,
    moment,
)

LINH = "AA00000002"
CHECKED = CodePattern(
    "bundle",
    re.compile(r"(?P<bundle>B\d{6})(?:-(?P<operation>OP\d+))?-[0-9A-Z]"),
    "iso7064_mod37_36",
)


# --- the same ticket scanned twice ----------------------------------------------------------------


@pytest.mark.parametrize("who", [badge(), badge(LINH)])
def test_a_ticket_counts_once_whoever_shows_it_again(who: Scan) -> None:
    """The second scan of a ticket is refused and names who was paid for the first, and when."""
    decision = last(at_station(), badge(), bundle(1), who, bundle(1))
    assert answer(decision) == ("refused", "already_done")
    assert decision.feedback is not None
    told = decision.feedback.details
    assert (told["done_by"], told["done_name"], told["done_at"]) == ("E1", "Asha", moment(5).at)
    assert earned(decision.state) == Fraction("5.40")
    assert earned(decision.state, "E2") == 0


def test_a_ticket_that_a_neighbour_was_paid_for_is_refused_at_once() -> None:
    """Also what another station of the line counted is done, and the answer names that station."""
    decision = last(heard_credit(at_station(), "B000001", "E2"), badge(), bundle(1))
    assert answer(decision) == ("refused", "already_done")
    assert decision.feedback is not None
    told = decision.feedback.details
    assert (told["done_by"], told["done_station"]) == ("E2", "st08")


# --- copied or forged labels ----------------------------------------------------------------------


@pytest.mark.parametrize("printed", ["B000001", "B000001-OP310"])
def test_a_label_with_a_changed_digit_is_not_believed(printed: str) -> None:
    """Every other digit anywhere in a label is found by its check character."""
    label = with_check_character(printed)
    for place, character in enumerate(label):
        for other in "0123456789":
            if not character.isdigit() or other == character:
                continue
            forged = label[:place] + other + label[place + 1 :]
            scan = identify("scanner", "bundle", Read("barcode", forged, 0.0), (CHECKED,))
            if scan.kind == "unknown":  # does not even look like a label
                continue
            decision = last(at_station(), badge(), scan)
            assert answer(decision) == ("refused", "bad_check_digit"), forged
            assert not decision.state.credits


def test_a_label_that_was_never_issued_is_not_paid() -> None:
    """A forger may know the check character; the list of issued bundles they cannot print."""
    forged = Read("barcode", with_check_character("B000777"), 0.0)
    scan = identify("scanner", "bundle", forged, (CHECKED,))
    assert scan.bundle == "B000777"
    assert answer(last(at_station(), badge(), scan)) == ("refused", "unknown_bundle")


# --- hoarded coupons ------------------------------------------------------------------------------


def test_a_coupon_kept_for_tomorrow_is_paid_on_the_day_of_its_scan() -> None:
    """The station's time is the time of work: nothing on a coupon moves it to another day."""
    state = after(at_station(), badge(), bundle(1))
    late = Moment("2026-11-22T02:00:00.000Z", "synced", BOOT, moment().mono_ms + 86_400_000)
    state = decide(state, bundle(2), late).state
    assert (account(state).pieces, account(state, date="2026-11-22").pieces) == (12, 12)


def test_held_work_keeps_the_time_at_the_station() -> None:
    """Work that waited for its bundle counts where it was scanned, not when the list came."""
    state = after(at_station(unknown_bundle="hold"), badge(), bundle(31))
    assert account(state).pieces == 0
    monday = Moment("2026-11-23T02:00:00.000Z", "synced", BOOT, moment().mono_ms + 2 * 86_400_000)
    decision = learn(state, floor(bundle_rows(40)), monday)
    event = only(decision, "work.done")
    assert (event.text("worked_at"), event.at) == (moment(5).at, monday.at)
    assert event.number("resolves") == state.head.seq
    assert account(decision.state).earned == Fraction("5.40")
    assert account(decision.state, date="2026-11-23").pieces == 0


# --- work that was not done, steps that were skipped ----------------------------------------------


def line_of_four() -> Reference:
    operations: list[Row] = [
        {"style": "S1", "seq": str(seq), "operation": f"OP{seq}00", "name": "x", "sam": "0.50",
         "rate": "0.45"}
        for seq in range(1, 5)
    ]  # fmt: skip
    return floor(operations=operations)


@pytest.mark.parametrize(
    ("limit", "skipped", "outcome"),
    [(0, 0, "ok"), (0, 1, "refused"), (1, 1, "ok"), (1, 2, "refused"), (2, 2, "ok"),
     (2, 3, "refused"), (3, 3, "ok")],
)  # fmt: skip
def test_so_many_steps_may_be_missing_and_no_more(limit: int, skipped: int, outcome: str) -> None:
    """Work is refused beyond the limit of missing steps, and the first of them is named."""
    start = at_station(line_of_four(), order="refuse", missing_max=limit)
    before = [bundle(1, f"OP{seq}00") for seq in range(1, 4 - skipped)]
    decision = last(start, badge(), *before, bundle(1, "OP400"))
    reason = None if outcome == "ok" else "missing_previous"
    assert answer(decision) == (outcome, reason)
    if reason:
        assert only(decision, "scan.refused").text("missing") == f"OP{4 - skipped}00"


def test_skipped_steps_can_be_marked_in_place_of_refused() -> None:
    """By setting the work counts and the event carries the flag; or nobody looks."""
    flagged = last(at_station(order="flag"), badge(), bundle(1, "OP320"))
    assert only(flagged, "work.done").fields["flags"] == ["missing_previous"]
    assert flagged.feedback is not None
    assert flagged.feedback.flags == ("missing_previous",)
    assert "flags" not in only(last(at_station(), badge(), bundle(1, "OP320")), "work.done").fields


@pytest.mark.parametrize(("of_first", "outcome"), [("5", "ok"), ("4", "refused")])
def test_a_step_must_be_done_for_the_pieces_that_follow(of_first: str, outcome: str) -> None:
    """Five pieces can go on when the step before is done for five of them, not for four."""
    acts = (badge(), card("split", of_first), bundle(1), card("split", "5"), bundle(1, "OP320"))
    decision = last(at_station(order="refuse"), *acts)
    assert answer(decision)[0] == outcome


# --- another's bundle or operation ----------------------------------------------------------------


def test_an_operation_that_the_operator_may_not_do_is_refused() -> None:
    """Who has skills on the list may do these; who has none may do anything."""
    known = floor(skills=[{"operator": "E1", "operation": "OP320"}])
    start = at_station(known, assignment="refuse")
    assert answer(last(start, badge(), bundle(1, "OP310"))) == ("refused", "not_assigned")
    assert answer(last(start, badge(), bundle(1, "OP320"))) == ("ok", None)
    assert answer(last(start, badge(LINH), bundle(1, "OP310"))) == ("ok", None)
    marked = last(at_station(known, assignment="flag"), badge(), bundle(1))
    assert only(marked, "work.done").fields["flags"] == ["not_assigned"]


@pytest.mark.parametrize(
    ("level", "outcome", "flags"),
    [("refuse", "refused", None), ("flag", "ok", ["wrong_line"]), ("off", "ok", None)],
)
def test_a_bundle_of_another_line_is_found_out(
    level: str, outcome: str, flags: list[str] | None
) -> None:
    """Refused, marked or let through by setting; a refusal says where the bundle belongs."""
    decision = last(at_station(floor(bundle_rows(1, line="l99")), line=level), badge(), bundle(1))
    assert answer(decision)[0] == outcome
    (event,) = decision.events
    assert event.fields.get("flags") == flags
    if level == "refuse":
        assert event.text("expected_line") == "l99"


# --- a buddy's badge ------------------------------------------------------------------------------


def elsewhere(state: State, opened_s: int) -> Decision:
    """Asha's badge is shown at station st08."""
    return hear(state, NeighbourSession("st08", "E1", moment(opened_s).at), moment(opened_s))


def test_a_badge_that_is_shown_elsewhere_ends_the_session_here() -> None:
    """One open session per badge on a line: the older one closes, and says why."""
    closed = elsewhere(after(at_station(), badge()), opened_s=60)
    event = only(closed, "session.closed")
    assert (event.text("reason"), event.text("open_at")) == ("elsewhere", "st08")
    assert event.number("attended_ms") == 60_000
    assert answer(last(closed.state, bundle(1), from_s=70)) == ("refused", "no_operator")


def test_the_newer_session_stays() -> None:
    """What a neighbour tells of before the sign-in here closes nothing, nor does another badge."""
    state = after(at_station(), badge(), from_s=100)
    assert elsewhere(state, opened_s=50).state.session is not None
    other = hear(state, NeighbourSession("st08", "E2", moment(200).at), moment(200))
    assert other.state.session is not None
    assert not other.events


def test_a_session_that_was_never_closed_marks_nobody_for_ever() -> None:
    """A station that was switched off in the middle of a session is nobody's fault tomorrow."""
    told = NeighbourSession("st08", "E1", "2026-11-20T10:00:00.000Z")
    state = hear(at_station(badge_elsewhere="flag"), told, moment()).state
    opened = only(decide(state, badge(), moment(5)), "session.opened")
    assert not {"flags", "open_at"} & set(opened.fields)


def test_a_second_login_can_be_marked_in_place_of_closing_the_first() -> None:
    """By setting both stay open, and the login that came second carries the mark."""
    start = elsewhere(at_station(badge_elsewhere="flag"), opened_s=0).state
    decision = last(start, badge(), from_s=10)
    event = only(decision, "session.opened")
    assert (event.fields["flags"], event.fields["open_at"]) == (["badge_in_use"], "st08")
    assert not elsewhere(decision.state, opened_s=60).events


# --- ghost production -----------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["split", "shared", "plain"]), st.integers(1, 12),
                       st.booleans()), max_size=12),
    st.integers(0, 12),
)  # fmt: skip
def test_no_more_than_the_bundle_is_ever_paid(
    acts: Sequence[tuple[str, int, bool]], of_neighbour: int
) -> None:
    """Split, share and scan as you like: pieces here and next door never exceed the bundle's."""
    state = at_station()
    if of_neighbour:
        state = heard_credit(state, "B000001", "E2", 13 - of_neighbour, of_neighbour)
    scans = [badge()]
    for way, pieces, undone in acts:
        before = {"split": [card("split", str(pieces))], "plain": [],
                  "shared": [card("shared"), badge(LINH)]}[way]  # fmt: skip
        scans += [*before, bundle(1), *([card("undo")] if undone else []), card("cancel")]
    end = after(state, *scans, every_s=3)
    spans = [set(range(it.first, it.last + 1)) for it in end.credits.get(("B000001", "OP310"), ())]
    paid: set[int] = set().union(*spans)
    assert sum(map(len, spans)) == len(paid) <= 12 - of_neighbour
    assert paid <= set(range(1, 13 - of_neighbour))
    money = earned(end) + earned(end, "E2")
    assert money == len(paid) * Fraction("0.45")


# --- idle time claimed ----------------------------------------------------------------------------


def test_idle_time_is_not_paid_before_a_supervisor_has_approved_it() -> None:
    """Ten minutes without work earn nothing until the badge of a supervisor says so."""
    state = after(at_station(), badge(), card("off-start", "NF"), card("off-end"), every_s=600)
    assert (account(state).off_ms, account(state).off_earned) == (600_000, Fraction(0))
    state = after(state, badge(SUPERVISOR), from_s=1300)
    assert account(state).off_earned == Fraction(60 * 10, 60)


def test_rejected_idle_time_is_never_paid() -> None:
    """What a supervisor rejects stays in the account as time and is no money."""
    acts = (badge(), card("off-start", "NF"), card("off-end"), card("reject"), badge(SUPERVISOR))
    decision = last(at_station(), *acts)
    assert answer(decision) == ("info", "offstandard_rejected")
    assert account(decision.state).off_earned == 0
    assert account(decision.state).off_ms == 5000
    again = last(decision.state, card("approve"), badge(SUPERVISOR), from_s=60)
    assert answer(again) == ("refused", "nothing_to_approve")


@pytest.mark.parametrize(
    "scans",
    [
        [bundle(1)],
        [card("split", "5"), bundle(1)],
        [card("shared"), badge(LINH), bundle(1)],
    ],
)
def test_whoever_sews_is_not_idle(scans: list[Scan]) -> None:
    """Every way to be credited ends time off standard, which is not paid beside the pieces."""
    start = after(at_station(), badge(), card("off-start", "MT"))
    decisions = played(start, *scans, from_s=65)
    ended = only(decisions[-1], "offstandard.ended")
    assert types(decisions[-1])[0] == "offstandard.ended"
    assert ended.text("reason") == "scan"
    assert ended.number("off_ms") == 60_000 + 5000 * (len(scans) - 1)


def test_a_refused_scan_ends_no_idle_time() -> None:
    """A ticket that is worth nothing does not cut off time that is honestly lost."""
    start = after(at_station(), badge(), card("off-start", "MT"))
    decision = last(start, bundle(999), from_s=60)
    assert types(decision) == ["scan.refused"]
    assert decision.state.off


def test_idle_time_ends_at_its_cap() -> None:
    """Thirty minutes are the most, whether the clock or the operator ends it."""
    start = after(at_station(), badge(), card("off-start", "NF"))
    cap_s = 5 + 30 * 60
    assert not turn(start, moment(cap_s - 1)).events
    ended = only(turn(start, moment(cap_s)), "offstandard.ended")
    assert (ended.number("off_ms"), ended.text("reason")) == (1_800_000, "cap")
    late = only(last(start, card("off-end"), from_s=3 * 3600), "offstandard.ended")
    assert late.number("off_ms") == 1_800_000


# --- impossibly fast ------------------------------------------------------------------------------


@pytest.mark.parametrize(("gap_s", "flags"), [(71, ["too_fast"]), (72, None)])
def test_what_nobody_can_sew_so_soon_is_marked_and_counts(
    gap_s: int, flags: list[str] | None
) -> None:
    """Twelve pieces of half a minute in under a fifth of their time: odd, but not refused."""
    state = after(at_station(), badge(), bundle(1))
    decision = last(state, bundle(2), from_s=5 + gap_s)
    assert answer(decision) == ("ok", None)
    assert only(decision, "work.done").fields.get("flags") == flags
    assert account(decision.state).pieces == 24


def test_signing_out_and_in_again_hides_no_impossible_haste() -> None:
    """What counts is the time since the operator's last work here, not since the sign-in."""
    start = after(at_station(), badge(), bundle(1), card("sign-out"), badge(), every_s=5)
    decision = last(start, bundle(2), from_s=25)
    assert only(decision, "work.done").fields.get("flags") == ["too_fast"]
    other = after(at_station(), badge(), bundle(1), badge("AA00000002"), every_s=5)
    assert "flags" not in only(last(other, bundle(2), from_s=25), "work.done").fields


def test_what_waited_for_its_bundle_was_not_sewn_in_an_instant() -> None:
    """Two bundles become known at once: neither they nor the next honest scan are marked."""
    start = at_station(unknown_bundle="hold")
    state = after(start, badge(), bundle(1), bundle(31), bundle(32), every_s=300)
    decision = learn(state, floor(bundle_rows(40)), moment(1300))
    assert types(decision) == ["work.done", "work.done"]
    assert all("flags" not in event.fields for event in decision.events)
    following = last(decision.state, bundle(2), from_s=1310)
    assert "flags" not in only(following, "work.done").fields


# --- the management side: rates dated back -----------------------------------------------------


def dated(rate: str, start: str = "2026-01-01") -> Reference:
    rows: list[Row] = [{"style": "S1", "operation": "OP310", "from": start, "rate": rate}]
    return floor(rates=rows)


@pytest.mark.parametrize("rate", ["0.30", "0.60"])
def test_a_rate_that_is_dated_back_is_an_event_with_both_rates(rate: str) -> None:
    """Work is worth another amount only by an event that names the old rate and the new."""
    state = after(at_station(), badge(), bundle(1), bundle(2, "OP320"))
    decision = learn(state, dated(rate), moment(600))
    (event,) = decision.events
    assert event.type == "work.rerated"
    told = {name: event.fields[name] for name in ("operator", "bundle", "rate", "rate_was")}
    assert told == {"operator": "E1", "bundle": "B000001", "rate": rate, "rate_was": "0.45"}
    assert event.text("rate_version") == "rates:1:2026-01-01"
    assert event.text("rate_version_was") == "operations:1"
    assert earned(decision.state) == 12 * (Fraction(rate) + Fraction("0.6"))
    assert account(decision.state).pieces == 24
    shown = {it.bundle: it.earned for it in decision.state.recent}
    assert shown["B000001"] == 12 * Fraction(rate)
    assert not learn(decision.state, dated(rate), moment(700)).events


def test_a_rate_of_tomorrow_changes_nothing_of_today() -> None:
    """A rate that holds from a later day is no reason to touch what was done before."""
    state = after(at_station(), badge(), bundle(1))
    assert not learn(state, dated("0.60", "2026-11-22"), moment(600)).events


def test_work_of_the_first_hours_of_a_day_is_rerated_too() -> None:
    """A day begins at the factory's midnight, when it is the day before in Greenwich."""
    evening = Moment("2026-11-20T18:30:00.000Z", "synced", BOOT, 1_000)
    state = decide(at_station(), badge(), evening).state
    night = Moment("2026-11-20T19:00:00.000Z", "synced", BOOT, 1_801_000)
    state = decide(state, bundle(1), night).state
    decision = learn(state, dated("0.50"), replace(night, mono_ms=2_000_000))
    assert types(decision) == ["work.rerated"]
    assert earned(decision.state) == 12 * Fraction(Decimal("0.50"))


def test_what_was_undone_is_not_rerated() -> None:
    """Only work that stands is worth another amount."""
    state = after(at_station(), badge(), bundle(1), card("undo"))
    assert not learn(state, dated("0.60"), moment(600)).events
