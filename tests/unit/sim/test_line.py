"""The model of a line: pure, seeded, plausible."""

from __future__ import annotations

import csv
import random
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_sim.line import (
    PIECES_MAX,
    PIECES_MIN,
    Flow,
    Line,
    plan_line,
    sewing_s,
    target_pieces,
)
from bartack_sim.reference import write_reference

lines = st.builds(
    plan_line,
    seed=st.integers(0, 1000),
    stations=st.integers(1, 40),
    minutes=st.floats(0.0, 600.0),
    camera=st.booleans(),
    varied=st.booleans(),
)


@given(st.integers(), st.integers(1, 30), st.floats(0.0, 300.0))
def test_the_same_seed_gives_the_same_line(seed: int, stations: int, minutes: float) -> None:
    """A line is a function of its arguments."""
    assert plan_line(seed, stations, minutes) == plan_line(seed, stations, minutes)


@given(lines)
def test_everyone_has_a_seat_of_their_own(line: Line) -> None:
    """Stations, operators and badges are distinct, and badges are ten hex digits."""
    stations = line.stations
    assert len({s.code for s in stations}) == len(stations)
    assert len({s.sewer.code for s in stations}) == len(stations)
    assert len({s.sewer.name for s in stations}) == len(stations)
    assert len({s.sewer.badge for s in stations}) == len(stations)
    assert all(re.fullmatch(r"[0-9A-F]{10}", s.sewer.badge) for s in stations)


@given(lines)
def test_every_operation_of_the_route_is_staffed_in_order(line: Line) -> None:
    """Each operation has a station, and stations stand in the order of the route."""
    seqs = [station.operation.seq for station in line.stations]
    assert seqs == sorted(seqs)
    assert {station.operation for station in line.stations} == set(line.route)


@given(lines)
def test_bundles_are_as_tickets_name_them(line: Line) -> None:
    """Each bundle has its own number, 8 to 20 pieces, and a ticket that names it."""
    codes = [bundle.code for bundle in line.bundles]
    assert len(set(codes)) == len(codes)
    for bundle in line.bundles:
        assert PIECES_MIN <= bundle.pieces <= PIECES_MAX
        text = bundle.ticket_text("OP310")
        found = re.fullmatch(r"(?P<bundle>B\d{6})(?:-(?P<operation>OP\d+))?-[0-9A-Z]", text)
        assert found is not None
        assert found["bundle"] == bundle.code
        assert found["operation"] in {None, "OP310"}


@given(lines)
def test_everyone_is_busy_at_once(line: Line) -> None:
    """When the run begins a bundle waits for every station, and no bundle waits twice."""
    for operation in line.route:
        seats = sum(station.operation == operation for station in line.stations)
        assert len(line.waiting[operation.code]) >= seats
    waiting = [bundle.code for queue in line.waiting.values() for bundle in queue]
    assert sorted(waiting) == sorted(bundle.code for bundle in line.bundles)


@given(st.integers(0, 100), st.integers(1, 12), st.floats(1.0, 120.0))
def test_the_supply_lasts_for_the_run(seed: int, stations: int, minutes: float) -> None:
    """Were each operator of the first operation never to rest, bundles would still be left."""
    line = plan_line(seed, stations, minutes)
    first = line.route[0].code
    queue = list(line.waiting[first])
    rng = random.Random(seed)
    for station in line.stations:
        if station.operation.code == first:
            spent_s = 0.0
            while spent_s < minutes * 60.0:
                spent_s += sewing_s(station, queue.pop(), rng)


@given(lines, st.integers())
def test_the_flow_keeps_every_bundle(line: Line, seed: int) -> None:
    """Taken and passed on in any order, each bundle is done once at each operation that is left."""
    flow, rng = Flow(line), random.Random(seed)
    done: Counter[tuple[str, str]] = Counter()
    waiting = [operation.code for operation in line.route]
    while waiting and sum(done.values()) < 2000:
        operation = rng.choice(waiting)
        bundle = flow.take(operation)
        if bundle is None:
            if operation == waiting[0]:
                waiting.pop(0)
            continue
        done[bundle.code, operation] += 1
        flow.pass_on(bundle, operation)
    assert set(done.values()) <= {1}
    if not waiting:
        assert flow.finished_pieces == sum(bundle.pieces for bundle in line.bundles)


@given(lines, st.floats(0.1, 200.0))
def test_the_target_grows_with_the_speed(line: Line, speed: float) -> None:
    """A line that is twice as fast has about twice the target, and never none."""
    once, twice = target_pieces(line, 1.0, speed), target_pieces(line, 1.0, speed * 2)
    assert once >= 1
    assert abs(twice - 2 * once) <= 2


@pytest.mark.parametrize("stations", [0, -1, 100])
def test_a_line_without_stations_is_refused(stations: int) -> None:
    """Fewer than one and more than 99 stations are refused."""
    with pytest.raises(ValueError, match="between 1 and 99"):
        plan_line(1, stations, 10.0)


def test_the_reference_data_has_the_agreed_columns(tmp_path: Path) -> None:
    """Each table has its header, and a row for each of its things."""
    line = plan_line(1, 6, 30.0)
    write_reference(line, tmp_path, date(2026, 11, 21))
    rows = {}
    for path in tmp_path.iterdir():
        with path.open(encoding="utf-8", newline="") as file:
            rows[path.name] = list(csv.reader(file))
    tables = ("operators", "operations", "bundles", "skills", "faults", "reasons")
    assert set(rows) == {f"{table}.csv" for table in tables}
    assert rows["operators.csv"][0] == [
        "operator",
        "name",
        "badges",
        "language",
        "role",
        "curve",
        "started",
    ]
    assert rows["operations.csv"][0] == [
        "style",
        "seq",
        "operation",
        "name",
        "sam",
        "rate",
        "unit",
    ]
    assert rows["bundles.csv"][0] == [
        "bundle",
        "order",
        "style",
        "size",
        "colour",
        "pieces",
        "line",
        "rates",
    ]
    assert len(rows["operators.csv"]) == 1 + 6 + len(line.staff)
    roles = {row[4] for row in rows["operators.csv"][1:]}
    assert roles == {"operator", "supervisor", "mechanic", "clerk"}
    assert len(rows["skills.csv"]) == 1 + 6 * 2
    assert len(rows["operations.csv"]) == 1 + len(line.route)
    assert len(rows["bundles.csv"]) == 1 + len(line.bundles)


def test_late_bundles_are_unknown_at_first_and_readable() -> None:
    """No late bundle is among those of the line, and stations can read their codes."""
    line = plan_line(1, 3, 30.0, varied=True)
    codes = {bundle.code for bundle in line.late}
    assert len(codes) == len(line.late) > 0
    assert not codes & {bundle.code for bundle in line.bundles}
    assert all(re.fullmatch(r"B\d{6}", code) for code in codes)
