"""The rules: what is credited, what is refused, and that a state is its events."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acting import restarted
from bartack.identify import Scan
from bartack.projection import State, replay
from bartack.station import Decision, decide
from sewing import badge, bundle, bundle_rows, moment, reference, state

scans = st.one_of(
    st.sampled_from(["62E3086CED", "AA00000001", "AA00000002", "FFFFFFFFFF"]).map(badge),
    st.builds(bundle, st.integers(1, 8), st.sampled_from(["", "OP310", "OP320", "OP999"])),
    st.just(Scan("unknown", "5901234123457", "scanner")),
)


def play(start: State, acts: list[Scan]) -> list[Decision]:
    decisions: list[Decision] = []
    for number, scan in enumerate(acts):
        decisions.append(decide(start, scan, moment(number)))
        start = decisions[-1].state
    return decisions


def reason_of(scan: Scan, *before: Scan, known: State | None = None) -> str | None:
    light = play(state() if known is None else known, [*before, scan])[-1].feedback
    assert light is not None
    return light.reason


def test_a_badge_and_a_bundle_make_a_credit() -> None:
    """An operator who signed in is credited with the pieces of the bundle, with rate and SAM."""
    signed_in, done = play(state(), [badge(), bundle(1)])
    assert [event.type for event in signed_in.events] == ["session.opened"]
    (event,) = done.events
    assert event.type == "work.done"
    assert dict(event.fields) == {
        "operator": "E1",
        "bundle": "B000001",
        "operation": "OP310",
        "pieces": 12,
        "style": "S1",
        "sam": "0.50",
        "rate": "0.45",
        "first": 1,
        "rate_version": "operations:1",
        "reader": "scanner",
        "label": "B000001",
    }
    light = done.feedback
    assert light is not None
    assert (light.outcome, light.seq, light.pieces) == ("ok", event.seq, 12)


def test_earnings_are_exact() -> None:
    """400 pieces at 0.45 earn exactly 180.00, without a float in between."""
    known = state(reference(bundle_rows(1, pieces=400)))
    end = play(known, [badge(), bundle(1)])[-1].state
    (day,) = end.days.values()
    assert day.work["E1", "OP310"].earned == Decimal("180.00")


@pytest.mark.parametrize(
    ("scan", "before", "reason"),
    [
        (bundle(1), (), "no_operator"),
        (badge("FFFFFFFFFF"), (), "unknown_badge"),
        (bundle(999), (badge(),), "unknown_bundle"),
        (Scan("unknown", "x", "scanner"), (badge(),), "unknown_code"),
        (Scan("misread", "B000123-0", "scanner"), (badge(),), "bad_check_digit"),
        (Scan("misread", "B000123-0", "scanner"), (), "bad_check_digit"),
        (bundle(1, "OP999"), (badge(),), "wrong_operation"),
        (bundle(1), (badge(), bundle(1)), "already_done"),
        (bundle(1), (badge(), bundle(1), badge("AA00000002")), "already_done"),
    ],
)
def test_what_is_certainly_wrong_is_refused(
    scan: Scan, before: tuple[Scan, ...], reason: str
) -> None:
    """Each mistake is refused with its own reason, and the refusal is an event."""
    assert reason_of(scan, *before) == reason
    (event,) = play(state(), [*before, scan])[-1].events
    assert (event.type, event.fields["reason"]) == ("scan.refused", reason)


def test_a_bundle_of_another_line_is_refused() -> None:
    """Work that belongs to another line is not credited here."""
    known = state(reference(bundle_rows(1, line="l99")))
    assert reason_of(bundle(1), badge(), known=known) == "wrong_line"


def test_a_refused_double_scan_says_who_did_it_and_when() -> None:
    """The second scan names the operator and time of the first."""
    event = play(state(), [badge(), bundle(1), badge("AA00000002"), bundle(1)])[-1].events[0]
    assert event.fields["done_by"] == "E1"
    assert event.fields["done_at"] == moment(1).at


def test_another_badge_closes_the_session() -> None:
    """One station has one session: a second operator closes the first one's."""
    types = [event.type for event in play(state(), [badge(), badge("AA00000002")])[-1].events]
    assert types == ["session.closed", "session.opened"]


def test_the_same_badge_again_changes_nothing() -> None:
    """Tapping twice neither signs out nor writes an event."""
    again = play(state(), [badge(), badge("AA00000001")])[-1]
    assert again.events == ()
    assert again.feedback is not None
    assert again.feedback.reason == "already_signed_in"


@settings(max_examples=200)
@given(st.lists(scans, max_size=40))
def test_a_state_is_its_events(acts: list[Scan]) -> None:
    """Replaying the events gives the state that living through the scans gave."""
    start = state()
    decisions = play(start, acts)
    events = [event for decision in decisions for event in decision.events]
    end = decisions[-1].state if decisions else start
    assert replay(start.rules, start.reference, start.head.log, events) == end
    assert restarted(end) == end


@settings(max_examples=200)
@given(st.lists(scans, max_size=60), st.randoms(use_true_random=False))
def test_a_bundle_and_operation_is_credited_once_in_any_order(
    acts: list[Scan], random: object
) -> None:
    """Whatever the order of scans, pieces credited never exceed the bundle's."""
    random.shuffle(acts)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    decisions = play(state(), [badge(), *acts])
    done = [
        (event.text("bundle"), event.text("operation"))
        for decision in decisions
        for event in decision.events
        if event.type == "work.done"
    ]
    assert len(done) == len(set(done))
    end = decisions[-1].state
    pieces = sum(tally.pieces for day in end.days.values() for tally in day.work.values())
    assert (
        pieces == 12 * len(done) == sum(it.pieces for kept in end.credits.values() for it in kept)
    )


@given(st.lists(scans, max_size=40))
def test_every_light_names_an_event_that_says_the_same(acts: list[Scan]) -> None:
    """Green comes with work.done, red with scan.refused, both under the event's own seq."""
    for decision in play(state(), acts):
        light = decision.feedback
        assert light is not None
        by_seq = {event.seq: event for event in decision.events}
        if light.outcome == "ok":
            assert light.seq is not None
            assert by_seq[light.seq].type == "work.done"
            assert by_seq[light.seq].fields["pieces"] == light.pieces
        elif light.outcome == "refused":
            assert light.seq is not None
            assert by_seq[light.seq].fields["reason"] == light.reason
