"""When work counts: by finish, start and finish, start alone; who is there, and until when."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from acting import account, after, answer, heard_credit, last, only, played, rebooted, types
from bartack.events import Moment
from bartack.identify import Scan
from bartack.own_credits import session_of
from bartack.projection import Account, State
from bartack.station import decide, departure, hear, learn, note, turn
from bartack.wire import NeighbourSession
from sewing import (
    BOOT,
    CLERK,
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
HOUR_MS = 3_600_000


# --- scan modes -----------------------------------------------------------------------------------


def test_by_finish_one_scan_is_paid() -> None:
    """The scan at the end of the work counts it; nothing was begun before."""
    decision = last(at_station(pay_on="finish"), badge(), bundle(1))
    assert types(decision) == ["work.done"]
    assert "worked_ms" not in only(decision, "work.done").fields


def test_by_start_and_finish_the_second_scan_is_paid_with_its_time() -> None:
    """The first scan counts nothing; the second counts and says how long it took."""
    decisions = played(at_station(pay_on="start_finish"), badge(), bundle(1), bundle(1), every_s=60)
    assert answer(decisions[1]) == ("info", "started")
    assert account(decisions[1].state).pieces == 0
    assert only(decisions[2], "work.done").number("worked_ms") == 60_000
    assert not decisions[2].state.started


def test_begun_work_is_finished_by_whoever_began_it() -> None:
    """Somebody else's scan of begun work is refused and names who has it."""
    decision = last(at_station(pay_on="start_finish"), badge(), bundle(1), badge(LINH), bundle(1))
    assert answer(decision) == ("refused", "already_started")
    assert only(decision, "scan.refused").text("done_by") == "E1"


def test_by_start_the_next_scan_pays_the_last() -> None:
    """Each scan begins its bundle and counts the one begun before it; the same again counts it."""
    decisions = played(at_station(pay_on="start"), badge(), bundle(1), bundle(2), bundle(2))
    assert types(decisions[1]) == ["work.started"]
    assert types(decisions[2]) == ["work.done", "work.started"]
    assert only(decisions[2], "work.done").text("bundle") == "B000001"
    assert types(decisions[3]) == ["work.done"]
    assert account(decisions[3].state).pieces == 24


@pytest.mark.parametrize("why", ["already_done", "missing_previous"])
def test_begun_work_that_cannot_be_paid_is_refused_once(why: str) -> None:
    """The refusal ends what was begun: the scans after it are not refused again for it."""
    start = at_station(pay_on="start", order="refuse")
    if why == "already_done":
        begun = heard_credit(after(start, badge(), bundle(1)), "B000001", "E2")
    else:
        begun = after(start, badge(), bundle(1, "OP320"))
    decisions = played(begun, bundle(2), bundle(3), bundle(4), from_s=60)
    assert types(decisions[0]) == ["scan.refused", "work.started"]
    assert answer(decisions[0]) == ("refused", why)
    for decision in decisions[1:]:
        assert types(decision) == ["work.done", "work.started"]


def test_begun_work_over_a_restart_counts_without_a_time() -> None:
    """How long work took is not known over a restart; that it was done is."""
    state = after(at_station(pay_on="start_finish"), badge(), bundle(1))
    event = only(decide(state, bundle(1), rebooted(moment(60))), "work.done")
    assert "worked_ms" not in event.fields


# --- bundles that are not known yet ---------------------------------------------------------------


def holding(way: str = "finish") -> State:
    return at_station(unknown_bundle="hold", pay_on=way)


def test_a_held_bundle_is_not_paid_before_it_is_known() -> None:
    """Held is amber and no money; twice is refused; the list of bundles then makes it count."""
    decisions = played(holding(), badge(), bundle(31), bundle(31))
    assert answer(decisions[1]) == ("info", "held")
    assert answer(decisions[2]) == ("refused", "already_done")
    state = decisions[2].state
    assert account(state) == Account()
    assert not learn(state, floor(), moment(60)).events
    known = learn(state, floor(bundle_rows(40)), moment(60))
    assert types(known) == ["work.done"]
    assert account(known.state).pieces == 12
    assert [it.kind for it in known.state.recent if it.state != "refused"] == ["done"]
    assert not known.state.held
    assert not learn(known.state, floor(bundle_rows(40)), moment(70)).events


def test_a_held_bundle_that_proves_wrong_is_refused_then() -> None:
    """A bundle of another line is refused once it is known; the operator's list says so."""
    state = after(holding(), badge(), bundle(31))
    decision = learn(state, floor(bundle_rows(40, line="l99")), moment(60))
    event = only(decision, "scan.refused")
    assert (event.text("reason"), event.text("operator")) == ("wrong_line", "E1")
    assert event.number("resolves") == state.head.seq
    assert not decision.state.held
    assert account(decision.state).pieces == 0
    assert [(it.state, it.reason) for it in decision.state.recent] == [("refused", "wrong_line")]


def test_undo_takes_back_held_work_and_not_what_was_counted_before_it() -> None:
    """The last thing that an operator did is the held scan; known later, it pays nobody."""
    state = after(holding(), badge(), bundle(1), bundle(31), every_s=60)
    decision = last(state, card("undo"), from_s=180)
    event = only(decision, "work.voided")
    assert (event.text("bundle"), answer(decision)) == ("B000031", ("info", "undone"))
    assert account(decision.state).pieces == 12
    known = learn(decision.state, floor(bundle_rows(40)), moment(240))
    assert not known.events
    assert (
        only(last(known.state, card("undo"), from_s=300), "work.voided").text("bundle") == "B000001"
    )


def test_undo_takes_back_the_last_scan_and_not_what_was_held_before_it() -> None:
    """Bundles that become known meanwhile do not make an earlier scan the last one."""
    state = after(holding(), badge(), bundle(31), bundle(1), every_s=60)
    known = learn(state, floor(bundle_rows(40)), moment(200)).state
    undone = [
        only(it, "work.voided") for it in played(known, card("undo"), card("undo"), from_s=240)
    ]
    assert [it.text("bundle") for it in undone] == ["B000001", "B000031"]


@pytest.mark.parametrize("wrong", [False, True])
def test_held_work_of_an_office_stays_its_clerks(wrong: bool) -> None:
    """Who entered it stands in what becomes of it, and not who happens to enter something then."""
    state = after(holding("batch"), badge(CLERK), badge(), bundle(31), card("sign-out"))
    state = after(state, badge(SUPERVISOR), badge(LINH), bundle(1), from_s=60)
    known = floor(bundle_rows(40, line="l99" if wrong else "l03"))
    decision = learn(state, known, moment(120))
    event = only(decision, "scan.refused" if wrong else "work.done")
    assert (event.text("operator"), event.text("by"), event.source) == ("E1", "C1", "manual")
    session = decision.state.session
    assert session is not None
    assert (session.operator, session.by) == ("E2", "S1")


def test_held_work_at_a_station_is_nobodys_entry() -> None:
    """Scanned by the operator's own hand it bears no clerk."""
    state = after(holding(), badge(), bundle(31))
    event = only(learn(state, floor(bundle_rows(40)), moment(60)), "work.done")
    assert ("by" in event.fields, event.source) == (False, "scan")


def test_held_work_is_its_finders_even_after_they_left() -> None:
    """Linh is signed in when Asha's bundle becomes known: it is paid to Asha."""
    state = after(holding(), badge(), bundle(31), badge(LINH))
    event = only(learn(state, floor(bundle_rows(40)), moment(60)), "work.done")
    assert event.text("operator") == "E1"


@pytest.mark.parametrize(
    "begun",
    [
        [card("split", "5")],
        [card("shared"), badge(LINH)],
        [card("defect")],
        [card("repair")],
    ],
)
def test_only_whole_work_is_held(begun: list[Scan]) -> None:
    """An unknown bundle is no five pieces, no halves, no fault: that would be paid by guess."""
    decision = last(holding(), badge(), *begun, bundle(31))
    assert answer(decision) == ("refused", "unknown_bundle")
    assert not decision.state.held


@pytest.mark.parametrize("way", ["start", "start_finish"])
def test_a_start_is_not_held(way: str) -> None:
    """Where a scan says that work begins nobody has said that it is done."""
    decision = last(holding(way), badge(), bundle(31))
    assert answer(decision) == ("refused", "unknown_bundle")
    assert not learn(decision.state, floor(bundle_rows(40)), moment(60)).events


# --- how long somebody is there -------------------------------------------------------------------


def closed_by_time(state: State, now: Moment) -> str:
    decision = turn(state, now)
    return only(decision, "session.closed").text("reason") if decision.events else ""


def test_whoever_signs_out_was_there_until_then() -> None:
    """The session's length is kept with its end, and nothing is credited after it."""
    decision = last(at_station(), badge(), card("sign-out"), every_s=600)
    event = only(decision, "session.closed")
    assert (event.text("reason"), event.number("attended_ms")) == ("signed_out", 600_000)
    assert answer(last(decision.state, bundle(1), from_s=700)) == ("refused", "no_operator")


def test_whoever_does_nothing_is_signed_out() -> None:
    """Thirty minutes from the last act, whatever it was, and no second earlier."""
    state = after(at_station(sign_out_after_min=30), badge(), bundle(999), every_s=60)
    assert closed_by_time(state, moment(60 + 1799)) == ""
    assert closed_by_time(state, moment(60 + 1800)) == "idle"
    assert closed_by_time(after(at_station(), badge()), moment(7 * 3600)) == ""


def test_a_session_idles_out_after_a_restart_too() -> None:
    """The machine was off: the time without an act counts from the start of the agent."""
    state = after(at_station(sign_out_after_min=30), badge())
    started = note(state, rebooted(moment(600)), "agent.started", version="1").state
    begun = rebooted(moment(600))
    almost = replace(begun, mono_ms=begun.mono_ms + 1_799_000)
    assert closed_by_time(started, almost) == ""
    assert closed_by_time(started, replace(begun, mono_ms=begun.mono_ms + 1_800_000)) == "idle"


def test_the_end_of_a_shift_signs_out_whoever_came_before_it() -> None:
    """At 17:00 in Dhaka (11:00 UTC); who comes at that time or later stays until the next end."""
    start = at_station(shift_ends=("17:00",))
    state = after(start, badge())
    assert closed_by_time(state, moment(9 * 3600 - 1)) == ""
    assert closed_by_time(state, moment(9 * 3600)) == "shift_end"
    late = after(start, badge(), from_s=9 * 3600)
    assert closed_by_time(late, moment(9 * 3600 + 60)) == ""
    tomorrow = Moment("2026-11-22T11:00:00.000Z", "synced", BOOT, moment(9 * 3600).mono_ms)
    assert closed_by_time(late, tomorrow) == "shift_end"


def test_the_end_of_a_session_ends_time_off_standard_with_it() -> None:
    """Nobody is paid for waiting after they went home."""
    state = after(at_station(shift_ends=("17:00",)), badge(), card("off-start", "MT"))
    decision = turn(state, moment(9 * 3600))
    assert types(decision) == ["offstandard.ended", "session.closed"]
    assert answer(decision) == ("info", "signed_out")


def at(clock: str, day: str = "2026-11-21", mono_ms: int | None = None) -> Moment:
    """A time of Dhaka, with the monotonic clock going along."""
    wall = datetime.fromisoformat(f"{day}T{clock}:00+06:00")
    ms = round(wall.timestamp() * 1000) - 1_790_000_000_000 if mono_ms is None else mono_ms
    label = datetime.fromtimestamp(wall.timestamp(), tz=datetime.fromisoformat(moment().at).tzinfo)
    text = label.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Moment(text, "synced", BOOT, ms)


@pytest.mark.parametrize(
    ("opened", "closed", "minutes"),
    [
        (at("08:00"), at("17:00"), 480),
        (at("12:30"), at("12:45"), 0),
        (at("12:15"), at("12:45"), 15),
        (at("13:15"), at("13:45"), 15),
        (at("14:00"), at("15:00"), 60),
        (at("08:00"), at("17:00", "2026-11-22"), 33 * 60 - 120),
        (at("08:00"), replace(at("07:00"), mono_ms=at("10:00").mono_ms), 120),
    ],
)
def test_attended_time_is_without_breaks(opened: Moment, closed: Moment, minutes: int) -> None:
    """The hour from 12:30 is no attendance, however much of it lies in the session."""
    shifts = [{"start": "08:00", "end": "17:00", "break_start": "12:30", "break_end": "13:30"}]
    state = decide(at_station(floor(shifts=shifts)), badge(), opened).state
    event = only(decide(state, card("sign-out"), closed), "session.closed")
    assert event.number("attended_ms") == minutes * 60_000


def test_a_break_over_midnight_is_taken_off_on_both_sides() -> None:
    """Signed in at 00:10 in a break from 23:45 to 00:30: twenty minutes are not attended."""
    shifts = [{"start": "22:00", "end": "06:00", "break_start": "23:45", "break_end": "00:30"}]
    state = decide(at_station(floor(shifts=shifts)), badge(), at("00:10")).state
    event = only(decide(state, card("sign-out"), at("01:10")), "session.closed")
    assert event.number("attended_ms") == 40 * 60_000


@pytest.mark.parametrize(
    ("wall", "hours"), [("12:00", 4), ("07:00", 0), ("08:00", 0), ("23:59", 15.98)]
)
def test_over_a_restart_the_wall_clock_is_believed_forwards(wall: str, hours: float) -> None:
    """No time is negative where the clock was set back while the machine was off."""
    state = decide(at_station(), badge(), at("08:00")).state
    event = only(decide(state, card("sign-out"), rebooted(at(wall))), "session.closed")
    assert event.number("attended_ms") == pytest.approx(hours * HOUR_MS, abs=60_000)


def test_a_session_of_days_over_a_restart_is_not_believed() -> None:
    """At most sixteen hours come from a wall clock that may have jumped."""
    state = decide(at_station(), badge(), at("08:00")).state
    later = rebooted(at("08:00", "2026-11-25"))
    event = only(decide(state, card("sign-out"), later), "session.closed")
    assert event.number("attended_ms") == 16 * HOUR_MS


def test_a_badge_that_is_taken_away_ends_its_session() -> None:
    """Where a resting badge keeps the session open, its going ends it; another's does not."""
    laid = replace(badge(), presence=True)
    state = after(at_station(), laid)
    assert not departure(state, "AA00000002", moment(60)).events
    closed = departure(state, laid.label, moment(60))
    assert only(closed, "session.closed").text("reason") == "departed"


def test_a_clock_that_goes_back_loses_nothing() -> None:
    """An hour back while sewing: the work counts, is not too fast, and can be undone."""
    state = after(at_station(), badge(), bundle(1), every_s=60)
    back = replace(moment(240), at="2026-11-21T01:00:00.000Z", clock="unsynced")
    decision = decide(state, bundle(2), back)
    event = only(decision, "work.done")
    assert "flags" not in event.fields
    undone = decide(decision.state, card("undo"), replace(back, mono_ms=back.mono_ms + 1000))
    assert only(undone, "work.voided").number("voids") == event.seq


def test_over_a_restart_no_work_is_too_fast() -> None:
    """The monotonic clock begins anew: a gap that would be negative is none."""
    state = after(at_station(), badge(), bundle(1))
    event = only(decide(state, bundle(2), rebooted(moment(600))), "work.done")
    assert "flags" not in event.fields


def test_a_badge_that_rests_is_no_idle_session() -> None:
    """As long as the badge lies there its owner is there, whatever they do."""
    state = after(at_station(sign_out_after_min=30), replace(badge(), presence=True))
    assert closed_by_time(state, moment(5 * 3600)) == ""


def test_a_bundle_of_no_line_is_of_every_line() -> None:
    """Where the list names no line nothing is wrong with it."""
    decision = last(at_station(floor(bundle_rows(1, line=""))), badge(), bundle(1))
    assert answer(decision) == ("ok", None)
    assert "flags" not in only(decision, "work.done").fields


def test_a_pile_of_coupons_in_an_office_is_not_too_fast() -> None:
    """A clerk enters a day's coupons in a minute, badges and all."""
    acts = (badge(CLERK), badge(), bundle(1), bundle(2))
    decision = last(at_station(pay_on="batch"), *acts, every_s=1)
    assert "flags" not in only(decision, "work.done").fields


def test_an_operator_at_work_does_not_end_a_clerks_entry() -> None:
    """Asha signs in at her station while a clerk enters her coupons of yesterday."""
    state = after(at_station(pay_on="batch"), badge(CLERK), badge())
    told = hear(state, NeighbourSession("st08", "E1", moment(60).at), moment(60))
    assert told.state.session is not None


def test_of_two_sessions_at_the_same_time_not_both_are_closed() -> None:
    """Two stations that name the same moment must not close each other."""
    state = after(at_station(), badge())
    told = hear(state, NeighbourSession("st08", "E1", moment().at), moment(1))
    assert told.state.session is not None


def test_whose_work_a_clerk_enters_is_signed_in_nowhere_by_that() -> None:
    """The line is told of no session, so nobody is signed out at the machine they sew at."""
    state = after(at_station(pay_on="batch"), badge(CLERK), badge())
    assert session_of(state) == NeighbourSession("st07", None)
    told = NeighbourSession("st08", "E1", moment(0).at)
    entered = last(hear(at_station(pay_on="batch"), told, moment(0)).state, badge(CLERK), badge())
    assert "open_at" not in only(entered, "session.opened").fields


@pytest.mark.parametrize("scan", [card("off-end"), card("pieces", "5"), card("reason", "NF")])
def test_a_card_before_a_badge_asks_for_the_badge(scan: Scan) -> None:
    """Whatever it would mean, first somebody has to be there."""
    assert answer(last(at_station(), scan)) == ("refused", "no_operator")
