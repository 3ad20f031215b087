"""Faults found at one station of a line, sewn or repaired at another: charged and paid once."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acting import account, answer, earned, restarted
from bartack.events import Event
from bartack.own_credits import session_of
from bartack.own_faults import faults_of
from bartack.projection import replay
from bartack.station import hear, turn
from bartack.wire import NeighbourFaults, WireError, parse_faults, rework_topic
from sewing import MECHANIC, PLACE, badge, bundle, card, press
from sewing_line import BADGES, RATE, STATIONS, Line, defect, repair

LOG = b"0" * 32


def spoilt() -> Line:
    """Asha sewed 12 pieces at st07; Linh found 2 of them faulty at st08, and the line has heard."""
    line = Line()
    line.do("st07", badge(BADGES["E1"]), bundle(1))
    line.tell_all()
    line.do("st08", badge(BADGES["E2"]), *defect(1, 2))
    return line


def test_what_a_neighbour_finds_faulty_is_taken_off_where_it_was_credited() -> None:
    """The pay goes at the station that credited it, once, and its screen says so in amber."""
    line = spoilt()
    told = faults_of(line.states["st08"])
    decision = line.tell("st08", "st07")
    assert answer(decision) == ("info", "notice_fault")
    assert earned(line.states["st07"]) == 10 * RATE
    for _ in range(3):
        assert not line.tell("st08", "st07", told).events
    line.tell_all()
    assert (line.money("E1"), line.money("E2")) == (10 * RATE, Fraction(0))
    assert account(line.states["st08"]).faults == 2


def test_the_owner_gets_it_back_by_a_repair_at_the_own_station() -> None:
    """Repaired where it was sewn, confirmed where it was found, paid back where it was taken."""
    line = spoilt()
    line.tell_all()
    assert answer(line.do("st07", *repair(1))) == ("info", "repaired")
    assert line.money("E1") == 10 * RATE
    line.tell_all()
    assert line.money("E1") == 12 * RATE
    assert answer(line.do("st07", *repair(1))) == ("refused", "no_defect")


@pytest.mark.parametrize("station", STATIONS)
def test_who_repairs_anothers_fault_is_paid_wherever_that_is(station: str) -> None:
    """Linh is paid for what Asha spoilt, at any station but as a finder of it; Asha is not."""
    line = spoilt()
    line.tell_all()
    line.do(station, card("sign-out"), badge(MECHANIC), *repair(1))
    line.tell_all()
    assert (line.money("E1"), line.money("M1")) == (10 * RATE, 2 * RATE)


def test_two_stations_that_repair_the_same_are_paid_once() -> None:
    """Cut off from each other both report it; the first that the finder hears of is paid."""
    line = spoilt()
    line.tell_all()
    line.do("st09", badge(MECHANIC), *repair(1))
    line.do("st07", *repair(1))
    line.tell("st09", "st08")
    line.tell("st07", "st08")
    line.tell_all()
    assert len(line.of_type("work.repaired")) == 1
    assert (line.money("E1"), line.money("M1")) == (10 * RATE, 2 * RATE)


def test_an_undo_gives_back_what_a_neighbour_found_faulty() -> None:
    """Nothing is left to take it from: the owner has neither the work nor the loss."""
    line = spoilt()
    line.tell("st08", "st07")
    line.do("st07", press("undo"))
    assert line.money("E1") == 0
    line.do("st07", *repair(1))
    line.tell_all()
    assert line.money("E1") == 0


@pytest.mark.parametrize(("rework", "off"), [("paid", 0), ("unpaid", 0), ("by_fault", 2)])
def test_only_by_fault_takes_off(rework: str, off: int) -> None:
    """A station that pays every repair, or none, takes nothing off for what neighbours find."""
    line = spoilt()
    line.states["st07"] = replace(
        line.states["st07"],
        rules=replace(line.states["st07"].rules, rework=rework),  # type: ignore[arg-type]  # one of three
    )
    line.tell_all()
    assert line.money("E1") == (12 - off) * RATE


def test_more_than_was_credited_is_never_taken_off() -> None:
    """A neighbour that claims faults without end takes no more than the work had earned."""
    line = Line()
    line.do("st07", badge(BADGES["E1"]), bundle(1))
    line.tell_all()
    line.do("st08", badge(BADGES["E2"]), *defect(1, 7))
    state = line.states["st08"]
    (fault,) = faults_of(state).found
    many = tuple(replace(fault, seq=seq) for seq in range(900, 920))
    line.tell("st08", "st07", replace(faults_of(state), found=many))
    assert line.money("E1") == 5 * RATE


def test_anothers_word_closes_no_fault() -> None:
    """Only the station that found a fault says that it is repaired."""
    line = spoilt()
    line.tell_all()
    (fault,) = faults_of(line.states["st08"]).found
    forged = replace(faults_of(line.states["st08"]), found=(replace(fault, repaired_by="E1"),))
    state = line.states["st07"]
    told = replace(forged, station="st09", found=(replace(forged.found[0], station="st09"),))
    assert not turn(hear(state, told, line.now()).state, line.now()).events


def test_a_list_that_does_not_fit_keeps_repairs_and_the_newest_faults() -> None:
    """What others wait for goes first; what is cut can still be read."""
    line = spoilt()
    for number in range(2, 9):
        line.do("st08", *defect(number, 1, "cutting"))
    told = faults_of(line.states["st08"])
    place = line.states["st08"].rules.place
    cut = parse_faults(place, rework_topic(place), told.payload(max_bytes=400))
    assert 0 < len(cut.found) < len(told.found)
    assert cut.found == told.found[: len(cut.found)]


@pytest.mark.parametrize(
    ("payload", "where"),
    [
        (b"{}", "v"),
        (b'{"v":1}', "log"),
        (b'{"v":1,"log":"%s"}' % LOG, "found"),
        (b'{"v":1,"log":"%s","found":[[1]],"repairs":[]}' % LOG, "found"),
        (
            b'{"v":1,"log":"%s","found":[],"repairs":[[1,"x",1,"E1",""]]}' % LOG,
            "repairs",
        ),
        (
            b'{"v":1,"log":"%s","found":[[1,"B1","O1","F1",0,"E1","","",""]],"repairs":[]}' % LOG,
            "found",
        ),
        (b'{"v":1,"log":"%s","found":[%s0],"repairs":[]}' % (LOG, b"0," * 200), "found"),
    ],
)
def test_a_list_that_breaks_the_contract_says_where(payload: bytes, where: str) -> None:
    """What a neighbour sends is refused with the field that is wrong."""
    with pytest.raises(WireError, match=where):
        parse_faults(PLACE, rework_topic(PLACE), payload)


# --- any order of acts and messages ---------------------------------------------------------------

stations = st.sampled_from(STATIONS)
people = st.sampled_from(["E1", "E2"])
acts = st.one_of(
    st.tuples(st.sampled_from(["sew", "defect", "repair"]), stations, people, st.integers(1, 3)),
    st.tuples(st.just("undo"), stations, people, st.just(1)),
    st.tuples(st.sampled_from(["tell", "late", "all"]), stations, stations, st.just(1)),
)


def acted(line: Line, script: list[tuple[str, str, str, int]]) -> None:
    """Play a script; ``late`` tells what a station told when the script began to tell of it."""
    once: dict[str, NeighbourFaults] = {}
    for what, station, other, number in script:
        match what:
            case "tell" if station != other:
                line.tell(station, other)
            case "late" if station != other:
                told = once.setdefault(station, faults_of(line.states[station]))
                line.tell(station, other, told)
            case "all":
                line.tell_all()
            case "sew":
                line.do(station, badge(BADGES[other]), bundle(number))
            case "defect":
                line.do(station, badge(BADGES[other]), *defect(number, 2))
            case "repair":
                line.do(station, badge(BADGES[other]), *repair(number))
            case "undo":
                line.do(station, badge(BADGES[other]), press("undo"))


def by_hand(events: list[Event]) -> dict[str, Fraction]:
    """Money of each operator from the events of the whole line, as a pay office would add it up."""
    money: dict[str, Fraction] = defaultdict(Fraction)
    taken: dict[tuple[str, int], tuple[str, tuple[str, str], str, Fraction]] = {}
    credits: dict[tuple[str, tuple[str, str]], Counter[str]] = defaultdict(Counter)
    for event in events:
        who, worth = event.text("operator"), event.number("pieces") * RATE
        work = (event.text("bundle"), event.text("operation"))
        here = (event.log, work)
        match event.type:
            case "work.done":
                money[who] += worth
                credits[here][who] += 1
            case "work.voided":
                money[who] -= worth
                credits[here][who] -= 1
                if not credits[here][who]:
                    for key in [it for it, of in taken.items() if of[:3] == (event.log, work, who)]:
                        money[who] += taken.pop(key)[3]
            case "defect.found" if event.fields["deducted"]:
                owner = event.text("owner")
                money[owner] -= worth
                taken[event.log, event.seq] = (event.log, work, owner, worth)
            case "defect.charged":
                money[who] -= worth
                taken[event.text("of_log"), event.number("defect")] = (event.log, work, who, worth)
            case "work.repaired":
                if event.fields.get("returned"):
                    assert taken.pop((event.log, event.number("defect")))[3] == worth
                money[who] += worth if event.fields["paid"] else 0
            case "defect.closed" if event.fields["returned"]:
                money[who] += taken.pop((event.text("of_log"), event.number("defect")))[3]
    return {who: it for who, it in money.items() if it}


@given(st.lists(acts, max_size=40))
def test_money_of_a_line_is_what_its_events_say_in_whatever_order_it_heard(
    script: list[tuple[str, str, str, int]],
) -> None:
    """Each fault is charged, repaired and closed at most once, nobody goes below nothing, and all
    screens together show what the events add up to."""
    line = Line()
    acted(line, script)
    for event in line.of_type("defect.found"):
        assert event.fields["pieces"] == 2
    line.tell_all()
    closed = [(it.text("of_log"), it.number("defect")) for it in line.of_type("defect.closed")]
    charged = [(it.text("of_log"), it.number("defect")) for it in line.of_type("defect.charged")]
    repaired = [(it.log, it.number("defect")) for it in line.of_type("work.repaired")]
    for once in (closed, charged, repaired):
        assert len(once) == len(set(once))
    assert set(closed) <= set(charged) & set(repaired)
    expected = by_hand(line.events)
    for operator in ("E1", "E2"):
        assert line.money(operator) == expected.get(operator, 0)
        assert line.money(operator) >= 0
    for state in line.states.values():
        for key, charge in state.charges.items():
            assert not (charge.is_open and key in repaired)


@given(st.lists(acts, max_size=30))
def test_faults_of_the_line_replay_and_are_kept_over_a_restart(
    script: list[tuple[str, str, str, int]],
) -> None:
    """A station's events alone lead to the same state, and so does its snapshot."""
    line = Line()
    acted(line, script)
    line.tell_all()
    for name, state in line.states.items():
        own = [event for event in line.events if event.station == name]
        again = replay(state.rules, state.reference, state.head.log, own)
        assert again == state
        kept = restarted(state)
        assert kept == replace(state, asking=None)
        assert session_of(kept) == session_of(state)
