"""The board: what events and reports amount to, whatever their order."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.events import Event, Json
from bartack_hub.board import Board, LinePlan
from bartack_hub.board.wall import REFUSALS_SHOWN
from browser.floor import ROUTE, STYLE, Station, operations, operators

DHAKA = ZoneInfo("Asia/Dhaka")
PLAN = LinePlan("l03", "Asia/Dhaka", time(8), time(17), ((time(13), time(14)),), 800)
START = datetime(2026, 11, 21, 8, tzinfo=DHAKA)
NOON = START + timedelta(hours=4)
EVENING = START + timedelta(hours=9)


def board(events: Iterable[Event] = (), plan: LinePlan = PLAN) -> Board:
    made = Board("dhk1", {"l03": plan})
    made.set_reference(operators(), operations())
    for event in events:
        made.take_event(event)
    return made


def line(shown: Board, now: datetime = EVENING) -> dict[str, Any]:
    return snapshot(shown, now)["lines"]["l03"]  # type: ignore[no-any-return]  # JSON-ready values


def station(shown: Board, name: str, now: datetime = EVENING) -> dict[str, Any]:
    return snapshot(shown, now)["stations"][f"l03/{name}"]  # type: ignore[no-any-return]  # as above


def snapshot(shown: Board, now: datetime) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(json.dumps(shown.snapshot(now)))
    return value


Claim = tuple[int, int, int, int, bool]
"""Minute of the shift, station, bundle, pieces, and whether the clock was synchronised."""

claims: st.SearchStrategy[list[Claim]] = st.lists(
    st.tuples(
        st.integers(-30, 600),
        st.integers(0, 2),
        st.integers(0, 9),
        st.integers(1, 20),
        st.booleans(),
    ),
    max_size=30,
)


def claimed(made: list[Claim]) -> list[Event]:
    """Finishing scans of bundles; several claims on one bundle are double counts in the making.

    Each has a boot of its own, so that no clock puts another's time right.
    """
    stations = [Station(f"st{index}") for index in range(3)]
    events: list[Event] = []
    for minute, place, bundle, pieces, is_synced in made:
        event = stations[place].work(START + timedelta(minutes=minute), f"B{bundle:06d}", pieces)
        flag = event.clock if is_synced else "unsynced"
        events.append(replace(event, clock=flag, boot=f"boot{minute}-{len(events)}"))
    return events


@given(claims, st.randoms(use_true_random=False))
def test_order_does_not_matter(made: list[Claim], shuffler: random.Random) -> None:
    """The same events in any order, some of them twice, give the same line and pieces."""
    events = claimed(made)
    again = events + [event for event in events if shuffler.random() < 0.5]
    shuffler.shuffle(again)
    one, other = snapshot(board(events), EVENING), snapshot(board(again), EVENING)
    assert one["lines"] == other["lines"]
    for name, shown in one["stations"].items():
        assert shown["pieces"] == other["stations"][name]["pieces"]
        assert shown["spark"] == other["stations"][name]["spark"]


@given(claims)
def test_each_bundle_counts_once(made: list[Claim]) -> None:
    """Every operation on a bundle adds the pieces of exactly one of its claims to the output."""
    events = claimed(made)
    shown = line(board(events))
    by_bundle: dict[str, set[int]] = {}
    for event in events:
        by_bundle.setdefault(event.text("bundle"), set()).add(event.number("pieces"))
    assert sum(map(min, by_bundle.values())) <= shown["output"]
    assert shown["output"] <= sum(map(max, by_bundle.values()))


@given(claims)
def test_buckets_add_up(made: list[Claim]) -> None:
    """The buckets sum to the output, overtime and early work included, and so do the stations."""
    shown = board(claimed(made))
    value = line(shown)
    assert sum(value["buckets"]["pieces"]) == value["output"]
    assert sum(value["buckets"]["target"]) == PLAN.target_pieces
    pieces = [place["pieces"] for place in snapshot(shown, EVENING)["stations"].values()]
    assert sum(pieces) == value["output"]


@given(claims)
def test_reference_may_come_late(made: list[Claim]) -> None:
    """Events that came before the route are counted as if it had been there."""
    late = Board("dhk1", {"l03": PLAN})
    for event in claimed(made):
        late.take_event(event)
    assert line(late)["output"] == 0
    late.set_reference(operators(), operations())
    assert line(late) == line(board(claimed(made)))


@given(claims)
def test_forgetting_yesterday_changes_nothing_today(made: list[Claim]) -> None:
    """Dropping what is older than the shift leaves the shift as it was."""
    events = claimed([(m - 1440, place, bundle, n, s) for m, place, bundle, n, s in made])
    shown = board([*events, *claimed([(60, 1, 50, 12, True)])])
    before = line(shown)
    shown.forget(START - timedelta(hours=2))
    assert line(shown) == before
    assert before["output"] == 12


def test_only_the_last_operation_is_output() -> None:
    """A line's output is what left its last operation; the other operations earn minutes only."""
    first, last = Station("st1", operation=0), Station("st6", operation=5)
    shown = board([first.work(NOON, "B000001", 12), last.work(NOON, "B000002", 10)])
    assert line(shown)["output"] == 10
    assert station(shown, "st1")["pieces"] == 12
    assert station(shown, "st1")["operation_name"] == ROUTE[0][1]


def test_style_without_route_is_named() -> None:
    """Pieces of a style whose route is not known are not output, and the line says so."""
    shown = Board("dhk1", {"l03": PLAN})
    shown.take_event(Station("st6").work(NOON, "B000001", 10))
    assert (line(shown)["output"], line(shown)["unrouted"]) == (0, [STYLE])


def crew(size: int, minutes: int) -> list[Event]:
    """People who sign in at the start of the shift, each at an own station."""
    stations = [Station(f"p{index}", operation=0) for index in range(size)]
    ins = [one.sign_in(START, f"E{index}") for index, one in enumerate(stations)]
    end = START + timedelta(minutes=minutes)
    return ins + [one.sign_out(end, f"E{index}") for index, one in enumerate(stations)]


@pytest.mark.parametrize(
    ("pieces", "sam", "people", "minutes", "efficiency"),
    [
        (400, "0.50", 1, 480, "41.7"),  # operator: 200 of 480 minutes
        (380, "18.5", 25, 480, "58.6"),  # line: 380 garments of 18.5 minutes, 25 people
        (480, "1", 2, 240, "100.0"),
    ],
)
def test_efficiency(pieces: int, sam: str, people: int, minutes: int, efficiency: str) -> None:
    """Efficiency is minutes produced over minutes attended, as the field counts it."""
    plan = replace(PLAN, breaks=(), shift_end=time(16))
    work = Station("st9").work(NOON, "B000001", pieces)
    worked = replace(work, fields={**work.fields, "sam": sam})
    shown = board([*crew(people, minutes), worked], plan)
    assert line(shown)["efficiency"] == efficiency


def test_breaks_are_not_attended() -> None:
    """Being signed in through lunch costs no minutes, and nobody signed in gives no efficiency."""
    one = Station("st6")
    shown = board([one.work(NOON, "B000001", 12)])
    assert line(shown)["efficiency"] is None
    sign_in = one.sign_in(START, "E1001")
    shown.take_event(sign_in)
    at_lunch, after_lunch = START + timedelta(hours=5), START + timedelta(hours=6)
    assert line(shown, at_lunch)["efficiency"] == line(shown, after_lunch)["efficiency"]
    assert line(shown, NOON)["people"] == 1


def test_one_person_at_two_stations_attends_once() -> None:
    """Someone signed in at two stations is one person with one working day."""
    shown = board([Station("st1").sign_in(START, "E1"), Station("st2").sign_in(START, "E1")])
    work = Station("st3").work(NOON, "B000001", 100)
    shown.take_event(replace(work, fields={**work.fields, "sam": "2.4"}))
    assert (line(shown, NOON)["people"], line(shown, NOON)["efficiency"]) == (1, "100.0")


def test_station_shows_its_last_scan() -> None:
    """A tile shows who is there, the last scan and its result, not an older one that came late."""
    one = Station("st6")
    events = [
        one.sign_in(START, "E1001"),
        one.work(NOON, "B000001", 12),
        one.refuse(NOON + timedelta(seconds=5), "already_done", "B000001"),
    ]
    for order in (events, events[::-1]):
        shown = station(board(order), "st6", NOON + timedelta(seconds=9))
        assert shown["operator"] == {"id": "E1001", "name": "Amina Rahman"}
        assert (shown["scan"]["outcome"], shown["scan"]["reason"]) == ("refused", "already_done")
        assert shown["attention"] == [["warn", "refused", "already_done"]]
        assert (shown["pieces"], shown["operation"]) == (12, "OP360")


def test_sparkline_is_the_last_hour() -> None:
    """The sparkline holds the pieces of the last 60 minutes and nothing older."""
    one = Station("st6")
    minutes = [0, 30, 56, 61, 90]
    shown = board([one.work(NOON - timedelta(minutes=m), f"B{m:06d}", 10) for m in minutes])
    spark = station(shown, "st6", NOON)["spark"]
    assert (len(spark), sum(spark), spark[-1]) == (20, 30, 10)


Change = Callable[[Station], dict[str, Json]]


@pytest.mark.parametrize(
    ("report", "attention"),
    [
        (lambda one: one.status(NOON), []),
        (lambda one: one.status(NOON, unsent=3), []),
        (lambda one: one.status(NOON, unsent=3, oldest_unsent_s=90), [["warn", "backlog", ""]]),
        (lambda one: one.status(NOON, clock="unsynced"), [["note", "clock", "0"]]),
        (
            lambda one: one.status(NOON, clock="unsynced", clock_off=timedelta(days=-14)),
            [["warn", "clock", "1209600"]],
        ),
        (lambda one: one.status(NOON, down="badge"), [["alarm", "reader_down", "badge"]]),
        (lambda one: one.status(NOON, alarms=("disk full",)), [["alarm", "alarm", "disk full"]]),
        (lambda one: one.gone(), [["alarm", "offline", ""]]),
    ],
)
def test_what_is_not_normal_is_said(report: Change, attention: list[list[str]]) -> None:
    """Each thing wrong with a station has a level and a code; a healthy one has none."""
    one = Station("st6")
    shown = board([one.sign_in(START, "E1001")])
    shown.take_status("l03", "st6", report(one), NOON)
    assert station(shown, "st6", NOON)["attention"] == attention
    assert line(shown, NOON)["incomplete"] == (
        ["st6"] if attention and attention[0][1] in {"backlog", "offline"} else []
    )


def test_offline_after_work_is_no_alarm() -> None:
    """A station that is switched off when the shift is over is noted, not alarmed about."""
    shown = board()
    shown.take_status("l03", "st6", Station("st6").gone(), EVENING)
    assert station(shown, "st6", EVENING)["attention"] == [["note", "offline", ""]]


def test_refusals_are_the_newest() -> None:
    """The feed holds the newest refusals, newest first, with the person's name."""
    one = Station("st6")
    events = [
        one.refuse(START + timedelta(minutes=m), "unknown_code", f"X{m}", "E1002")
        for m in range(REFUSALS_SHOWN + 10)
    ]
    random.Random(1).shuffle(events)
    shown = snapshot(board(events), EVENING)["refusals"]["l03"]
    assert [refusal["label"] for refusal in shown] == [f"X{m}" for m in range(39, 9, -1)]
    assert shown[0]["operator"]["name"] == "Nguyễn Thị Lan"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pieces", -5),
        ("pieces", 0),
        ("pieces", "12"),
        ("pieces", 2**53 - 1),
        ("sam", "NaN"),
        ("sam", "1e999999"),
        ("sam", "-1"),
        ("sam", "x"),
    ],
)
def test_impossible_amounts_are_set_aside(field: str, value: Json) -> None:
    """Work with an impossible amount is not production; it is counted as unreadable."""
    work = Station("st6").work(NOON, "B000001", 12)
    impossible = replace(work, fields={**work.fields, field: value})
    shown = board([impossible, impossible])
    assert line(shown)["output"] == 0
    assert snapshot(shown, NOON)["unreadable"] == 1


@pytest.mark.parametrize(
    "at", ["2026-13-45T99:00:00.000Z", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z"]
)
def test_impossible_times_are_set_aside(at: str) -> None:
    """An event at a time that cannot be is unreadable and breaks nothing."""
    shown = board([replace(Station("st6").work(NOON, "B000001", 12), at=at)])
    assert snapshot(shown, NOON)["unreadable"] == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["online", "readers", "alarms", "head", "acked", "oldest_unsent_s", "clock", "version"]
        ),
        json_values,
    )
)
def test_any_status_can_be_shown(status: dict[str, object]) -> None:
    """Whatever a station says of itself, the board still makes a snapshot."""
    shown = board()
    shown.take_status("l03", "st6", {"online": True} | status, NOON)
    assert station(shown, "st6", NOON)["unsent"] >= 0


def test_line_without_plan_is_shown() -> None:
    """A line that the hub's file does not name still shows its stations and refusals."""
    shown = Board("dhk1", {})
    shown.take_event(Station("st6").refuse(NOON, "unknown_code", "X"))
    value = snapshot(shown, NOON)
    assert value["lines"]["l03"]["shift"] is None
    assert value["stations"]["l03/st6"]["pieces"] is None
    assert len(value["refusals"]["l03"]) == 1


def test_bad_seq_names_the_row() -> None:
    """A route whose sequence is no number is refused with the style and operation named."""
    with pytest.raises(ValueError, match="TEE-114 OP1: seq"):
        board().set_reference(
            [], [{"style": "TEE-114", "operation": "OP1", "name": "", "seq": "x"}]
        )


def test_forecast_waits_for_evidence() -> None:
    """There is no forecast in the first hours; a steady line is forecast to go on as it does."""
    one = Station("st6")
    shown = board(
        [one.work(START + timedelta(minutes=5 + 10 * k), f"B{k:06d}", 10) for k in range(24)]
    )
    assert line(shown, START + timedelta(hours=2))["forecast"] is None
    low, high = line(shown, NOON)["forecast"]
    assert low == high == 480
    assert line(shown, EVENING)["forecast"] is None


@given(st.lists(st.integers(0, 60), min_size=4, max_size=4))
def test_forecast_holds_what_is_done(hours: list[int]) -> None:
    """A forecast is an ordered range that never lies below what is finished already."""
    one = Station("st6")
    events = [
        one.work(START + timedelta(hours=hour, minutes=30), f"B{hour:06d}", pieces)
        for hour, pieces in enumerate(hours)
        if pieces
    ]
    shown = line(board(events), NOON)
    if shown["forecast"] is not None:
        low, high = shown["forecast"]
        assert shown["output"] <= low <= high


def test_stations_stand_in_order() -> None:
    """Stations are ordered as people count: st2 before st10."""
    shown = board()
    for name in ("st10", "st2", "st1"):
        shown.take_status("l03", name, Station(name).status(NOON), NOON)
    assert [key[4:] for key in snapshot(shown, NOON)["stations"]] == ["st1", "st2", "st10"]


@given(st.integers(0, 600), st.integers(0, 600))
def test_pace_follows_the_gap(output: int, minute: int) -> None:
    """A line at its target is on target, and one that makes less is never said to be better."""
    now = (START + timedelta(minutes=minute)).astimezone(UTC)
    words = ["far_behind", "behind", "on_target", "ahead"]
    paces = []
    for pieces in (output, output + 1):
        shown = board([Station("st6").work(START, "B000001", pieces)] if pieces else [])
        shown.take_status("l03", "st6", Station("st6").status(now), now)
        value = line(shown, now)
        paces.append(value["pace"])
        if value["target_now"] and value["output"] == value["target_now"]:
            assert value["pace"] == "on_target"
    if "no_target" not in paces:
        assert words.index(paces[0]) <= words.index(paces[1])
