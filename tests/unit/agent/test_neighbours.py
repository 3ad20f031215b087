"""What stations of a line tell each other: lists by the hour, and what comes of them."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack import neighbours, wire
from bartack import own_credits as line
from bartack.events import Json, Moment, canonical, seal
from bartack.neighbours import Neighbours, heard
from bartack.own_credits import OwnCredits
from bartack.projection import State, utc_label
from bartack.station import decide
from bartack.wire import NeighbourCredit, NeighbourCredits, NeighbourSession
from sewing import BOOT, PLACE, badge, bundle, state

TOPIC = "bartack/v1/dhk1/l03/st08/credits/08"
ROW: list[Json] = ["B000001", "OP310", "E1", 1, 12, "2026-11-28T08:01:02.345Z", 7]


def body(**changed: Json) -> bytes:
    good: dict[str, Json] = {"v": 1, "hour": "2026-11-28T08Z", "credits": [ROW]}
    return canonical({**good, **changed})


def row(**changed: Json) -> list[Json]:
    names = ("bundle", "operation", "operator", "first", "pieces", "at", "seq")
    return [changed.get(name, value) for name, value in zip(names, ROW, strict=True)]


# --- the wire -------------------------------------------------------------------------------------


def some_credit(number: int, minute: int = 0) -> NeighbourCredit:
    at = f"2026-11-28T08:{minute:02d}:02.345Z"
    return NeighbourCredit("st08", f"B{number:06d}", "OP310", "E1", 1, 12, at, number)


@given(st.sets(st.integers(1, 2**53 - 1), max_size=40))
def test_a_list_of_credits_survives_the_wire(numbers: set[int]) -> None:
    """A neighbour reads exactly the credits that were told."""
    told = wire.newest_first("st08", "2026-11-28T08Z", map(some_credit, numbers))
    assert wire.parse_credits(PLACE, TOPIC, told.payload()) == told


def test_a_long_list_keeps_its_newest_credits() -> None:
    """What does not fit into the message is the oldest, and the list says that it is cut."""
    told = wire.newest_first("st08", "2026-11-28T08Z", map(some_credit, range(1, 3001)))
    for limit in (2048, wire.CREDITS_MAX_BYTES):
        payload = told.payload(limit)
        read = wire.parse_credits(PLACE, TOPIC, payload)
        assert len(payload) <= limit
        assert read.truncated
        assert read.credits == told.credits[: len(read.credits)]
        assert read.credits[0].seq == 3000
    assert len(read.credits) > 500


@pytest.mark.parametrize(
    "payload",
    [
        body(v=2),
        body(hour="2026-11-28T09Z"),
        body(hour="2026-13-28T08Z"),
        body(hour=8),
        body(credits={}),
        body(credits=[ROW] * (wire.CREDITS_MAX + 1)),
        body(credits=["B000001"]),
        body(credits=[ROW[:6]]),
        body(credits=[row(bundle="B 1")]),
        body(credits=[row(operation=None)]),
        body(credits=[row(operator=5)]),
        body(credits=[row(first=0)]),
        body(credits=[row(first=True)]),
        body(credits=[row(pieces=-12)]),
        body(credits=[row(pieces="12")]),
        body(credits=[row(seq=0)]),
        body(credits=[row(at="2026-11-28T09:00:00.000Z")]),
        body(credits=[row(at="yesterday")]),
        b"[]",
        b"{",
        b"\xff",
    ],
)
def test_a_list_that_does_not_keep_the_contract_is_refused(payload: bytes) -> None:
    """Whatever a neighbour sends is read whole or is an error."""
    assert wire.parse_credits(PLACE, TOPIC, body()).credits[0].pieces == 12
    with pytest.raises(wire.WireError):
        wire.parse_credits(PLACE, TOPIC, payload)


@pytest.mark.parametrize(
    "topic",
    [
        "bartack/v1/dhk1/l03/st08/credits",
        "bartack/v1/dhk1/l03/st08/credits/24",
        "bartack/v1/dhk1/l03/st08/credits/8",
        "bartack/v1/dhk1/l03/st08/credits/08/1",
        "bartack/v1/dhk1/l04/st08/credits/08",
        "bartack/v1/dhk2/l03/st08/credits/08",
        "bartack/v1/dhk1/l03/ref/credits/08",
        "bartack/v1/dhk1/l03/st08/session/08",
        "/08",
        "",
    ],
)
def test_only_stations_of_the_line_tell_credits(topic: str) -> None:
    """The topic says whose the list is; another line's is nobody's business here."""
    with pytest.raises(wire.WireError):
        wire.parse_credits(PLACE, topic, body())


@given(st.binary(max_size=200))
def test_rubbish_from_neighbours_and_hub_is_an_error_and_nothing_worse(payload: bytes) -> None:
    """Any payload is parsed or raises WireError."""
    payload = payload or b"x"
    for parse in (
        lambda p: wire.parse_credits(PLACE, TOPIC, p),
        lambda p: wire.parse_session(PLACE, "bartack/v1/dhk1/l03/st08/session", p),
        wire.parse_notices,
    ):
        with pytest.raises(wire.WireError):
            parse(payload)


def test_an_empty_message_takes_back_what_was_told() -> None:
    """A cleared topic is a list of nothing, a session of nobody, and no notices."""
    session = "bartack/v1/dhk1/l03/st08/session"
    assert wire.parse_credits(PLACE, TOPIC, b"") == NeighbourCredits("st08", "08", "", ())
    assert wire.parse_session(PLACE, session, b"") == NeighbourSession("st08", None)
    assert wire.parse_notices(b"") == wire.Notices(())


@pytest.mark.parametrize(
    "told",
    [NeighbourSession("st08", "E1", "2026-11-28T08:01:02.345Z"), NeighbourSession("st08", None)],
)
def test_a_session_survives_the_wire(told: NeighbourSession) -> None:
    """Who is signed in, or that nobody is, arrives as it was told."""
    topic = wire.session_topic(replace(PLACE, station="st08"))
    assert wire.parse_session(PLACE, topic, told.payload()) == told
    with pytest.raises(wire.WireError):
        wire.parse_session(PLACE, wire.status_topic(PLACE), told.payload())


NOTICE = wire.Notice(
    *("9f" * 16, 7, "disputed", "st08", "E2"), "2026-11-28T08:01:02.345Z", "B000001", "OP310"
)


def test_notices_survive_the_wire() -> None:
    """A station reads exactly what the hub tells it."""
    told = wire.Notices((NOTICE, replace(NOTICE, seq=8, kind="settled")))
    assert wire.parse_notices(told.payload()) == told


@pytest.mark.parametrize(
    "changed",
    [
        {"log": "9f"},
        {"seq": 0},
        {"seq": "7"},
        {"kind": "lost"},
        {"kind": None},
        {"station": None},
        {"operator": 5},
        {"bundle": "B 1"},
        {"at": "now"},
    ],
)
def test_a_notice_that_does_not_keep_the_contract_is_refused(changed: dict[str, Json]) -> None:
    """One wrong field refuses the whole message."""
    document = {**NOTICE.document(), **changed}
    with pytest.raises(wire.WireError):
        wire.parse_notices(canonical({"v": 1, "notices": [document]}))
    many: list[Json] = [NOTICE.document()] * (wire.NOTICES_MAX + 1)
    with pytest.raises(wire.WireError):
        wire.parse_notices(canonical({"v": 1, "notices": many}))


def test_lists_age_after_a_day() -> None:
    """A list counts until 24 hours after its hour began, whatever the date of the reader."""
    told = NeighbourCredits("st08", "08", "2026-11-28T08Z", ())
    assert not told.is_old("2026-11-29T08:00:00.000Z")
    assert told.is_old("2026-11-29T08:00:00.001Z")
    assert not told.is_old("1970-01-01T00:00:00.000Z")
    assert not NeighbourCredits("st08", "08", "", ()).is_old("2026-11-29T08:00:00.001Z")


# --- what is known of neighbours ------------------------------------------------------------------


@st.composite
def lists(draw: st.DrawFn) -> NeighbourCredits:
    """A list of one of two stations and three hours, of few bundles, so that they meet."""
    station = draw(st.sampled_from(["st08", "st09"]))
    slot = draw(st.sampled_from(["08", "09", "10"]))
    hour = f"2026-11-28T{slot}Z"
    credits = [
        NeighbourCredit(
            *(station, f"B{number:06d}", "OP310", "E1", first, 5),
            *(f"{hour[:-1]}:0{minute}:00.000Z", seq),
        )
        for number, first, minute, seq in draw(
            st.sets(
                st.tuples(
                    st.integers(1, 3), st.integers(1, 3), st.integers(0, 1), st.integers(1, 3)
                ),
                max_size=5,
            )
        )
    ]
    return NeighbourCredits(station, slot, hour, tuple(credits))


def known_after(told: list[NeighbourCredits]) -> Neighbours:
    known = Neighbours()
    for item in told:
        known = heard(known, item)
    return known


@given(st.lists(lists(), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_different_hours_does_not_matter(
    told: list[NeighbourCredits], shuffler: random.Random
) -> None:
    """Of each station and hour the last list counts, whatever came in between."""
    last = {(item.station, item.slot): item for item in told}
    final = list(last.values())
    shuffler.shuffle(final)
    known = known_after(told)
    assert known == known_after(final)
    expected = Counter(credit for item in final for credit in set(item.credits))
    assert Counter(credit for found in known.credits.values() for credit in found) == expected
    for (name, operation), found in known.credits.items():
        assert found
        assert known.credited(name, operation) == found
        assert [credit.at for credit in found] == sorted(credit.at for credit in found)


def test_a_voided_credit_vanishes_with_its_list() -> None:
    """The next list without it is all it takes, and nothing is left behind."""
    one, two = some_credit(1), some_credit(2)
    known = known_after([wire.newest_first("st08", "2026-11-28T08Z", [one, two])])
    assert known.credited("B000001", "OP310") == (one,)
    known = heard(known, wire.newest_first("st08", "2026-11-28T08Z", [two]))
    assert known.credited("B000001", "OP310") == ()
    assert heard(known, NeighbourCredits("st08", "08", "", ())) == Neighbours()


def test_sessions_are_known_while_they_last() -> None:
    """The last word of each station counts."""
    session = NeighbourSession("st08", "E1", "2026-11-28T08:01:02.345Z")
    known = heard(Neighbours(), session)
    assert dict(known.sessions) == {"st08": session}
    assert heard(known, NeighbourSession("st08", None)) == Neighbours()
    assert heard(Neighbours(), NeighbourSession("st08", None)) == Neighbours()


def test_a_flood_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Past the bounds nothing more is remembered, and what is known can still change and go."""
    monkeypatch.setattr(neighbours, "STATIONS_MAX", 2)
    monkeypatch.setattr(neighbours, "CREDITS_KNOWN_MAX", 5)
    known = Neighbours()
    for number in range(9):
        known = heard(known, NeighbourSession(f"st{number}", "E1", "2026-11-28T08:01:02.345Z"))
        hour = f"2026-11-28T{number:02d}Z"
        of_hour = [replace(some_credit(n), station="st0", at=f"{hour[:-1]}:00:00.000Z")
                   for n in range(1, 4)]  # fmt: skip
        known = heard(known, wire.newest_first("st0", hour, of_hour))
    assert set(known.sessions) == {"st0", "st1"}
    assert (known.count, len(known.lists)) == (3, 1)
    assert heard(known, NeighbourCredits("st0", "00", "", ())).count == 0


# --- what the others are told ---------------------------------------------------------------------

START = datetime(2026, 11, 21, 2, tzinfo=UTC)


def at(seconds: int) -> Moment:
    return Moment(utc_label(START + timedelta(seconds=seconds)), "synced", BOOT, seconds * 1000)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 9 * 3600)), max_size=30))
def test_what_is_told_follows_the_state(scans: list[tuple[int, int]]) -> None:
    """Followed event by event or looked up in the whole state, the lists are the same, and hold
    the credits of the last hours once each."""
    known: State = decide(state(), badge(), at(0)).state
    own = OwnCredits()
    made: dict[int, str] = {}
    now = 0
    for number, pause in scans:
        now += pause
        decision = decide(known, bundle(number), at(now))
        known = decision.state
        made |= {e.seq: e.at for e in decision.events if e.type == "work.done"}
        own = line.advanced(own, known, decision.events, at(now).at)
        whole = line.credit_slots(known, at(now).at)
        assert line.slots_of(own, PLACE.station, at(now).at) == whole
        told = {credit.seq: credit.at for item in whole.values() for credit in item.credits}
        begin = utc_label(START.replace(minute=0) + timedelta(seconds=now) - timedelta(hours=23))
        assert told == {seq: when for seq, when in made.items() if when >= begin[:13]}
        for slot, item in whole.items():
            assert (item.slot, item.hour[11:13]) == (slot, slot)
            assert not item.is_old(at(now).at)


def test_a_credit_from_the_future_waits() -> None:
    """After a clock went back, a later label is not told in the hour of a day before."""
    known = decide(decide(state(), badge(), at(0)).state, bundle(1), at(7200)).state
    assert line.credit_slots(known, at(60).at) == {}
    assert set(line.credit_slots(known, at(7260).at)) == {"04"}


def test_the_session_is_told_as_it_is() -> None:
    """Who is signed in and since when, or nobody."""
    assert line.session_of(state()) == NeighbourSession("st07", None)
    signed_in = decide(state(), badge(), at(0)).state
    assert line.session_of(signed_in) == NeighbourSession("st07", "E1", at(0).at)


def test_a_voided_credit_is_told_no_more() -> None:
    """An event that names what it voids is followed to the credit, which the state has dropped."""
    known = decide(decide(state(), badge(), at(0)).state, bundle(1), at(1)).state
    own = line.own_credits(known, at(2).at)
    (credit,) = own.credits["B000001", "OP310"]
    void = seal(known.head, PLACE, at(2), "work.voided", "scan", {"voids": credit.seq})
    without = replace(known, head=void.head, credits=known.credits.delete(("B000001", "OP310")))
    after = line.advanced(own, without, [void], at(2).at)
    assert line.slots_of(after, PLACE.station, at(2).at) == {}
