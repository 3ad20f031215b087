"""The contract of events: whatever a station records stands in docs/events.md, and no more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bartack.events import Event
from bartack.identify import Scan
from bartack.neighbours import Told
from bartack.projection import State
from bartack.station import Decision, decide, departure, hear, learn, noticed, turn
from bartack.wire import (
    NeighbourCredit,
    NeighbourCredits,
    NeighbourFault,
    NeighbourFaults,
    NeighbourRepair,
    NeighbourSession,
    Notice,
    Notices,
    Row,
)
from random_acts import acts, checks, ways
from sewing import (
    CLERK,
    FLOOR,
    MECHANIC,
    OPERATIONS,
    SUPERVISOR,
    at_station,
    badge,
    bundle,
    bundle_rows,
    card,
    floor,
    moment,
    press,
)
from source_tree import REPOSITORY, all_modules
from unit.agent.test_random_shifts import live

NAME = re.compile(r"`([a-z_]+)`")
TYPE = re.compile(r"`([a-z]+\.[a-z_]+)`")

LATER: list[Row] = [
    {"style": "S1", "operation": it, "from": "2026-01-01", "rate": "0.50"}
    for it in ("OP310", "OP320")
]
SEWN: list[Row] = [{**row, "unit": "dozen"} for row in OPERATIONS]
LEARNERS: list[Row] = [
    {**row, "curve": "NEW", "started": "2026-11-20"} if row["operator"] == "E1" else row
    for row in FLOOR["operators"]
]
CURVE: list[Row] = [{"curve": "NEW", "week": "1", "factor": "1.50"}]


@cache
def documented() -> Mapping[str, frozenset[str]]:
    """The fields of each type, as the manual names them."""
    text = (REPOSITORY / "docs" / "events.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z]+\.[a-z_`, .]+`) \| (.*) \|$", text, re.M)
    found = {name: NAME.findall(fields) for names, fields in rows for name in TYPE.findall(names)}
    of_work = text.partition("## `work.done`")[2]
    found["work.done"] = NAME.findall(" ".join(re.findall(r"^\| (`[^|]*) \|", of_work, re.M)))
    for name in ("work.contested", "work.settled"):
        found[name] = found["work.disputed"]
    return {name: frozenset(fields) for name, fields in found.items()}


def undocumented(events: Iterable[Event]) -> set[str]:
    """What events carry that the manual does not name, as ``type: field``."""
    known = documented()
    return {
        f"{event.type}: {field}"
        for event in events
        for field in event.fields
        if field not in known.get(event.type, frozenset())
    }


class Day:
    """A shift told step by step, and all of its events."""

    def __init__(self, start: State) -> None:
        self.state = start
        self.events: list[Event] = []
        self.second = 0

    def take(self, decision: Decision) -> None:
        self.events += decision.events
        self.state = decision.state

    def scan(self, *scans: Scan) -> None:
        for it in scans:
            self.second += 10
            self.take(decide(self.state, it, moment(self.second)))

    def learn(self, **tables: list[Row]) -> None:
        self.take(learn(self.state, floor(**tables), moment(self.second + 1)))

    def notice(self, kind: str) -> None:
        """The hub's word on all that stands credited."""
        told = tuple(
            Notice(it.log, it.seq, kind, "st09", "E2", it.at, *work)  # type: ignore[arg-type]
            for work, credits in self.state.credits.items()
            for it in credits
        )
        self.take(noticed(self.state, Notices(told), moment(self.second + 2)))

    def line(self, told: Told) -> None:
        self.take(hear(self.state, told, moment(self.second + 3)))
        self.take(turn(self.state, moment(self.second + 3)))


def rules_of_work() -> set[str]:
    """The types of events that the rules record, from their source."""
    texts = {
        node.value
        for module in all_modules()
        if module.name.startswith(("bartack.station", "bartack.core"))
        for node in ast.walk(module.tree())
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    families = {name.partition(".")[0] for name in documented()}
    return {
        text
        for text in texts
        if re.fullmatch(r"[a-z]+\.[a-z_]+", text) and text.partition(".")[0] in families
    }


def test_every_type_is_documented_and_every_documented_type_is_recorded() -> None:
    """The manual and the source name the same types of events."""
    assert rules_of_work() == set(documented())


def test_every_type_and_field_of_full_days_is_documented() -> None:
    """Days with everything that can happen show every type of work, and no unknown field."""
    events = every_day()
    assert undocumented(events) == set()
    shown = {event.type for event in events}
    of_agent = {name for name in documented() if name.startswith(("agent.", "ledger.", "reader."))}
    assert set(documented()) - of_agent - {"clock.stepped"} <= shown


def test_no_documented_field_of_work_is_made_up() -> None:
    """Every field that the manual names for paid work comes about, in one day or another."""
    seen = {field for event in every_day() if event.type == "work.done" for field in event.fields}
    assert seen == documented()["work.done"]


def every_day() -> list[Event]:
    days = (
        *(full_day(), office_day(), day_of_an_unknown_bundle(), day_of_starts()),
        day_of_faults_on_the_line(),
    )
    return [event for day in days for event in day.events]


def full_day() -> Day:
    day = Day(
        at_station(
            floor(bundle_rows(4) + bundle_rows(6, line="l09")[5:], operators=LEARNERS,
                  curves=CURVE, operations=SEWN),
            line="flag", badge_elsewhere="flag", order="flag",
            pay_on="start_finish",
        )
    )  # fmt: skip
    day.line(NeighbourSession("st09", "E1", "2026-11-21T01:00:00.000Z"))
    day.scan(bundle(1), badge("FFFFFFFFFF"), badge(), card("operation", "OP320"))
    day.scan(bundle(1), bundle(1), bundle(1), bundle(6), bundle(6), press("undo"), press("dispute"))
    day.scan(card("split", "5"), bundle(2), card("split", "9"), bundle(2), card("operation", "OP1"))
    day.scan(card("shared"), badge("AA00000002"), bundle(3), card("fault", "F01"))
    day.scan(card("defect"), bundle(2), card("fault", "F01"), card("pieces", "2"))
    day.scan(card("owner", "operator"), card("repair"), bundle(2), card("repair"), bundle(2))
    day.scan(card("correct"), badge(SUPERVISOR), bundle(2), card("pieces", "3"))
    day.scan(card("reason", "miscount"))
    day.learn(operators=LEARNERS, curves=CURVE, operations=SEWN, rates=LATER)
    day.scan(card("off-start", "NF"), badge(SUPERVISOR), card("off-end"))
    day.scan(card("off-start", "NF"), card("reject"), badge(SUPERVISOR), card("off-end"))
    day.scan(press("help", "mechanic"), card("help"), badge(MECHANIC))
    day.notice("disputed")
    day.notice("settled")
    day.notice("stands")
    rests = Scan("bundle", "B000004", "bench", bundle="B000004", presence=True)
    day.scan(rests)
    day.take(departure(day.state, "B000004", moment(day.second + 4)))
    day.scan(card("sign-out"))
    return day


def day_of_faults_on_the_line() -> Day:
    """Faults found elsewhere in work of here, found here in work of elsewhere, and repaired."""
    day = Day(at_station())
    day.scan(badge(), bundle(1))
    log, place = "0b" * 16, ("B000001", "OP310", "F01", 2, "E2", "E1", "st07")
    found = NeighbourFault("st09", log, 5, *place, repaired_by="")
    day.line(NeighbourFaults("st09", log, (found,)))
    day.scan(card("repair"), bundle(1))
    day.line(NeighbourFaults("st09", log, (replace(found, repaired_by="E1"),)))
    credit = NeighbourCredit("st09", "B000002", "OP310", "E2", 1, 12, moment(15).at, 6)
    day.line(NeighbourCredits("st09", "02", "2026-11-21T02Z", (credit,)))
    day.scan(card("defect"), bundle(2), card("fault", "F01"), card("pieces", "2"))
    day.scan(card("owner", "operator"))
    repair = NeighbourRepair("st09", log, 7, day.state.head.log, day.state.head.seq, "E2", "")
    day.line(NeighbourFaults("st09", log, (), (repair,)))
    return day


def day_of_an_unknown_bundle() -> Day:
    day = Day(at_station(floor(bundle_rows(4)), unknown_bundle="hold"))
    day.scan(badge(), bundle(9), bundle(9))
    day.learn()
    return day


def day_of_starts() -> Day:
    """The bundle that was begun is credited elsewhere before the next one closes it."""
    day = Day(at_station(pay_on="start"))
    day.scan(badge(), bundle(1))
    credit = NeighbourCredit("st09", "B000001", "OP310", "E2", 1, 12, moment(15).at, 5)
    day.line(NeighbourCredits("st09", "02", "2026-11-21T02Z", (credit,)))
    day.scan(bundle(2))
    return day


def office_day() -> Day:
    day = Day(at_station(pay_on="batch", unknown_bundle="hold"))
    day.scan(badge(CLERK), badge(), bundle(1), card("undo"), badge("AA00000002"), bundle(2))
    return day


@settings(max_examples=60, deadline=None)
@given(
    acts, ways, checks, st.sampled_from(["refuse", "hold"]), st.sampled_from(["disputed", "stands"])
)
def test_whatever_happens_is_documented(
    scans: list[Scan], way: str, level: str, unknown: str, kind: str
) -> None:
    """Random shifts, new reference data and notices of the hub bring no type or field unnamed."""
    known = floor(bundle_rows(4), operators=LEARNERS, curves=CURVE)
    start = at_station(
        known, pay_on=way, order=level, line=level, assignment=level, unknown_bundle=unknown
    )
    end, events, _ = live(start, scans)
    day = Day(end)
    day.second = 10 * len(scans) + 10
    day.learn(operators=LEARNERS, curves=CURVE, operations=SEWN, rates=LATER)
    day.notice(kind)
    day.notice("settled")
    day.take(turn(day.state, moment(day.second + 7200)))
    assert undocumented([*events, *day.events]) == set()


@pytest.mark.parametrize(
    ("type_", "field"), [("work.done", "bonus"), ("work.lost", "pieces"), ("help.called", "pieces")]
)
def test_an_unknown_field_is_found(type_: str, field: str) -> None:
    """The comparison bites: a field or type that the manual lacks is told."""
    decision = Decision(at_station()).record(moment(), type_, "station", {field: 1})
    assert undocumented(decision.events) == {f"{type_}: {field}"}
