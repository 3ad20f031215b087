"""Random shifts with everything an operator may do: what holds whatever they do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from acting import restarted
from bartack.events import Event
from bartack.identify import Scan
from bartack.projection import State, replay
from bartack.station import Decision, decide, turn
from random_acts import acts, checks, ways
from sewing import at_station, bundle_rows, floor, moment

PIECES = 12
RATES = {"OP310": Fraction("0.45"), "OP320": Fraction("0.6")}
SAMS = {"OP310": Fraction("0.50"), "OP320": Fraction("0.75")}
HOURLY = {"NF": 60, "MT": 30, "PW": 0}


def live(start: State, scans: Iterable[Scan]) -> tuple[State, list[Event], list[Decision]]:
    """What a shift leads to; time passes between acts, and a turn of the clock with it."""
    events: list[Event] = []
    decisions: list[Decision] = []
    for number, scan in enumerate(scans):
        decision = decide(start, scan, moment(10 * number))
        passed = turn(decision.state, moment(10 * number + 5))
        events += [*decision.events, *passed.events]
        decisions += [decision, passed]
        start = passed.state
    return start, events, decisions


@settings(max_examples=100, deadline=None)
@given(acts, ways, checks, st.sampled_from(["by_fault", "paid", "unpaid"]))
def test_replay_equals_live_and_the_ledger_gives_it_back(
    scans: list[Scan], way: str, level: str, rework: str
) -> None:
    """The events alone lead to the state that the shift led to, and so does the stored form."""
    start = at_station(floor(bundle_rows(4)), pay_on=way, order=level, rework=rework)
    end, events, _ = live(start, scans)
    assert replay(start.rules, start.reference, start.head.log, events) == end
    assert restarted(end) == end


@settings(max_examples=100, deadline=None)
@given(acts, ways, st.sampled_from(["by_fault", "paid", "unpaid"]))
def test_totals_are_the_sum_of_what_was_not_taken_back(
    scans: list[Scan], way: str, rework: str
) -> None:
    """Pieces and money by operator equal a sum made here from the events and nothing else."""
    end, events, _ = live(at_station(floor(bundle_rows(4)), pay_on=way, rework=rework), scans)
    pieces, money = by_hand(events)
    kept = {who: sum(a.pieces for (name, _), a in end.accounts.items() if name == who)
            for who in {name for name, _ in end.accounts}}  # fmt: skip
    assert {who: count for who, count in kept.items() if count} == pieces
    earned: dict[str, Fraction] = defaultdict(Fraction)
    for (who, _), account in end.accounts.items():
        earned[who] += account.earned + account.off_earned
    assert {who: it for who, it in earned.items() if it} == money
    tallied = sum(it.pieces for day in end.days.values() for it in day.work.values())
    assert tallied == sum(pieces.values())
    assert sum(sum(day.hours.values()) for day in end.days.values()) == tallied


def by_hand(events: list[Event]) -> tuple[dict[str, int], dict[str, Fraction]]:
    """Pieces and money of each operator, as the pay office would add them up from the events."""
    voided = {event.fields["voids"] for event in events if event.type == "work.voided"}
    pieces: dict[str, int] = defaultdict(int)
    money: dict[str, Fraction] = defaultdict(Fraction)
    started = {event.seq: event for event in events if event.type == "offstandard.started"}
    judged = {event.fields["start"]: event.type for event in events
              if event.type in ("offstandard.approved", "offstandard.rejected")}  # fmt: skip
    given_back = taken_back_with_the_work(events)
    for event in events:
        who, rate = event.text("operator"), RATES.get(event.text("operation"), Fraction(0))
        worth = event.number("pieces") * rate
        match event.type:
            case "work.done" if event.seq not in voided:
                pieces[who] += event.number("pieces")
                shares = event.fields.get("shares") or [[who, 1]]
                assert isinstance(shares, list)
                for share in shares:
                    assert isinstance(share, list)
                    money[str(share[0])] += worth / len(shares)
            case "defect.found" if event.fields["deducted"] and event.seq not in given_back:
                money[event.text("owner")] -= worth
            case "work.repaired" if event.fields["paid"]:
                money[who] += worth
            case "offstandard.ended":
                start = started[event.number("start")]
                needs = start.fields["needs_approval"]
                verdict = judged.get(event.fields["start"])
                if verdict != "offstandard.rejected" and (verdict or not needs):
                    hours = Fraction(event.number("off_ms"), 3_600_000)
                    money[who] += HOURLY[event.text("code")] * hours
    return (
        {who: count for who, count in pieces.items() if count},
        {who: it for who, it in money.items() if it},
    )


def taken_back_with_the_work(events: list[Event]) -> set[int]:
    """The newest faults that took more than was left of their owner's work, counted anew or not."""
    credits: dict[tuple[str, str], dict[int, Event]] = defaultdict(dict)
    taking: dict[int, Event] = {}
    given_back: set[int] = set()
    for event in events:
        work = (event.text("bundle"), event.text("operation"))
        match event.type:
            case "work.done":
                credits[work][event.seq] = event
            case "defect.found" if event.fields["deducted"]:
                taking[event.seq] = event
            case "work.repaired" if event.fields.get("returned"):
                del taking[event.number("defect")]
            case "work.voided" if event.number("voids") in credits[work]:
                owner = credits[work].pop(event.number("voids")).text("operator")
                left = event.number("recounted") + sum(
                    it.number("pieces")
                    for it in credits[work].values()
                    if it.text("operator") == owner
                )
                faulty = [
                    it
                    for it in taking.values()
                    if (it.text("bundle"), it.text("operation"), it.text("owner")) == (*work, owner)
                ]
                while faulty and sum(it.number("pieces") for it in faulty) > left:
                    given_back.add(faulty[-1].seq)
                    del taking[faulty.pop().seq]
    return given_back


@settings(max_examples=100, deadline=None)
@given(acts, ways)
def test_no_piece_is_credited_twice(scans: list[Scan], way: str) -> None:
    """At every moment each piece of a bundle stands credited at most once for an operation."""
    end, events, _ = live(at_station(floor(bundle_rows(4)), pay_on=way), scans)
    standing: dict[tuple[str, str], dict[int, range]] = defaultdict(dict)
    for event in events:
        work = (event.text("bundle"), event.text("operation"))
        if event.type == "work.done":
            first, pieces = event.number("first"), event.number("pieces")
            span = range(first, first + pieces)
            assert span.start >= 1
            assert span.stop <= PIECES + 1
            for other in standing[work].values():
                assert set(other).isdisjoint(span)
            standing[work][event.seq] = span
        elif event.type == "work.voided":
            del standing[work][event.number("voids")]
    kept = {work: sorted(it.seq for it in credits) for work, credits in end.credits.items()}
    assert kept == {work: sorted(spans) for work, spans in standing.items() if spans}


@settings(max_examples=100, deadline=None)
@given(acts, ways)
def test_every_answer_tells_the_truth(scans: list[Scan], way: str) -> None:
    """Green names work that was credited now, red a refusal; what asks for more changed nothing."""
    _, _, decisions = live(at_station(floor(bundle_rows(4)), pay_on=way), scans)
    for decision in decisions:
        answer = decision.feedback
        by_seq = {event.seq: event for event in decision.events}
        if answer is None:
            continue
        if answer.outcome == "ok":
            done = [event for event in decision.events if event.type == "work.done"]
            assert answer.pieces in [event.number("pieces") for event in done]
        elif answer.outcome == "refused":
            assert answer.seq is not None
            assert by_seq[answer.seq].fields["reason"] == answer.reason
        elif str(answer.reason).startswith("need_"):
            assert not decision.events
            assert decision.state.asking is not None
