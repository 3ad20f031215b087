"""Reference files that an import may leave out: their rules, and that stations take what passes."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.reference import Reference, Shift, with_table
from bartack.wire import IMPORTED, ReferenceTable, Row, reference_hash
from bartack_hub.board.shifts import LinePlan
from bartack_hub.reference import (
    COLUMNS,
    OPTIONAL_COLUMNS,
    Source,
    Tables,
    read_tables,
    shift_rows,
)

GOOD = {
    "operators": (
        "operator,name,badges,language,role,curve,started\n"
        "E1,Asha,A,bn,,C1,2026-01-05\nE2,Ravi,B,hi,Supervisor,,\n"
    ),
    "operations": (
        "style,seq,operation,name,sam,rate,unit\n"
        "S1,1,OP310,Hem,0.5,5.40,Dozen\nS1,2,OP320,Cuff,0.5,0.6,\n"
    ),
    "bundles": (
        "bundle,order,style,size,colour,pieces,line,rates\n"
        'B1,o,S1,M,red,12,l03,"OP310 = 1.50; OP320=2.00;"\nB2,o,S1,M,red,12,,\n'
    ),
    "rates": (
        "style,operation,from,rate,unit\nS1,OP310,2026-02-01,6,dozen\nS1,OP310,2026-01-01,0.5,\n"
    ),
    "skills": "operator,operation\nE1,OP310\nE1,OP320\n",
    "reasons": (
        "code,name,pay,rate_per_hour,cap_min,approval\n"
        "NF,No feeding,Time,60,120,YES\nTR,Talk,none,,,no\n"
    ),
    "faults": "code,name\nF01,Skipped stitch\n",
    "curves": "curve,week,factor\nC1,2,1.25\nC1,01,1.5\n",
    "guarantees": "from,period,per_hour\n2026-01-01,week,65\n2026-06-01,day,70.50\n",
    "shifts": (
        "start,end,break_start,break_end,target_percent\n"
        "22:00,6:00,2:00;23:30,2:30;23:45,\n6:00,14:00,10:00,10:30,85\n"
    ),
}


def read(texts: Mapping[str, str]) -> tuple[Tables, list[str]]:
    sources = {name: Source(Path(f"{name}.csv"), text.encode()) for name, text in texts.items()}
    tables, mistakes = read_tables(sources, ("l03",))
    return tables, [str(mistake) for mistake in mistakes]


def at_a_station(tables: Tables) -> Reference:
    """What a station makes of the tables. Raises ``InvalidReferenceError``."""
    reference = Reference()
    for name, rows in tables.items():
        reference = with_table(reference, ReferenceTable(name, 1, reference_hash(rows), rows))
    return reference


def test_every_table_of_the_wire_has_its_file() -> None:
    """The hub reads a file for each table that stations know, and for no other."""
    assert {*COLUMNS, *OPTIONAL_COLUMNS} == set(IMPORTED)


def test_good_files_are_normalised_and_taken_by_a_station() -> None:
    """Choices are small letters, times have two digits, rows are in order; the station reads it."""
    tables, mistakes = read(GOOD)
    assert mistakes == []
    assert [row["from"] for row in tables["rates"]] == ["2026-01-01", "2026-02-01"]
    assert [row["week"] for row in tables["curves"]] == ["1", "2"]
    assert tables["operators"][1]["role"] == "supervisor"
    assert tables["bundles"][0]["rates"] == "OP310=1.50;OP320=2.00"
    assert [tables["reasons"][0][name] for name in ("pay", "approval")] == ["time", "yes"]
    assert tables["shifts"][1] == {
        "start": "22:00",
        "end": "06:00",
        "break_start": "23:30;02:00",
        "break_end": "23:45;02:30",
        "target_percent": "",
    }
    known = at_a_station(tables)
    assert known.operations["S1", "OP310"].unit == "dozen"
    assert (len(known.shifts), len(known.guarantees), len(known.reasons)) == (2, 2, 2)


def test_the_optional_files_may_be_absent_or_empty() -> None:
    """Without a file there is no table; a blank file or a header alone is a table without rows."""
    three = {name: GOOD[name] for name in COLUMNS} | {"curves": GOOD["curves"]}
    tables, mistakes = read(three)
    assert (mistakes, set(tables)) == ([], set(three))
    blank = dict.fromkeys(OPTIONAL_COLUMNS, "\ufeff\n") | {"faults": "code,name\n"}
    tables, mistakes = read({**three, **blank, "curves": GOOD["curves"]})
    assert mistakes == []
    assert {tables[name] for name in OPTIONAL_COLUMNS if name != "curves"} == {()}


def added(name: str, *cells: str) -> str:
    """A good file with one more row, padded to the width of its header."""
    out = io.StringIO()
    width = GOOD[name].partition("\n")[0].count(",") + 1
    csv.writer(out).writerow([*cells, *[""] * (width - len(cells))])
    return GOOD[name] + out.getvalue()


MISTAKES: list[tuple[str, Sequence[str], str]] = [
    ("operators", ("E3", "N", "", "bn", "boss"), "4: role: 'boss': one of operator, supervisor"),
    ("operators", ("E3", "N", "", "bn", "", "C9", "2026-01-05"), "4: curve: 'C9' has no weeks"),
    ("operators", ("E3", "N", "", "bn", "", "C1"), "4: started: empty; a learning curve needs"),
    ("operators", ("E3", "N", "", "bn", "", "", "5.1.26"), "4: started: '5.1.26': a date such"),
    ("operations", ("S1", "3", "OP3", "N", "1", "1", "gross"), "4: unit: 'gross': one of piece"),
    ("bundles", ("B3", "o", "S1", "M", "r", "1", "", "OP9=1"), "4: rates: style 'S1' has no oper"),
    ("bundles", ("B3", "o", "S1", "M", "r", "1", "", "OP310"), "4: rates: 'OP310': write it as"),
    ("bundles", ("B3", "o", "S1", "M", "r", "1", "", "OP310=1e3"), "4: rates: 'OP310=1e3': write"),
    (
        "bundles",
        ("B3", "o", "S1", "M", "r", "1", "", "OP310=1;OP310=2"),
        "4: rates: 'OP310' stands twice",
    ),
    ("rates", ("S1", "OP9", "2026-01-01", "1"), "4: operation: style 'S1' has no operation 'OP9'"),
    ("rates", ("S9", "OP310", "2026-01-01", "1"), "4: operation: style 'S9' has no operation"),
    ("rates", ("S1", "OP310", "2026-02-30", "1"), "4: from: '2026-02-30': a date such as"),
    ("rates", ("S1", "OP310", "2026-03-01", "0,5"), "4: rate: '0,5': write a plain decimal"),
    ("rates", ("S1", "OP310", "2026-03-01", "1E9999"), "4: rate: '1E9999': write a plain"),
    ("rates", ("S1", "OP310", "2026-02-01", "7"), "4: from: style 'S1', operation 'OP310', from"),
    ("skills", ("E9", "OP310"), "4: operator: 'E9' is not in operators.csv"),
    ("skills", ("E2", "OP9"), "4: operation: 'OP9' is not in operations.csv"),
    ("skills", ("E1", "OP310"), "4: operation: operator 'E1', operation 'OP310' stands in line 2"),
    ("reasons", ("NF", "N", "none", "", "", "no"), "4: code: code 'NF' stands in line 2 already"),
    ("reasons", ("X", "N", "half", "", "", "no"), "4: pay: 'half': one of none, time"),
    ("reasons", ("X", "N", "time", "", "", "no"), "4: rate_per_hour: '': write a plain decimal"),
    ("reasons", ("X", "N", "none", "", "0", "no"), "4: cap_min: '0': a whole number"),
    ("reasons", ("X", "N", "none", "", "", "maybe"), "4: approval: 'maybe': one of yes, no"),
    ("reasons", ("X", "N", "none", "", "", ""), "4: approval: '': one of yes, no"),
    ("faults", ("F01", "N"), "3: code: code 'F01' stands in line 2 already"),
    ("faults", ("F02", ""), "3: name: empty; people are shown it"),
    ("curves", ("C1", "4", "1"), "4: week: curve 'C1' has week 4, but no week 3"),
    ("curves", ("C1", "9" * 5000, "1"), "4: week: longer than 200 characters"),
    ("curves", ("C1", "3", "0.9"), "4: factor: '0.9': a plain decimal from 1"),
    ("guarantees", ("2026-06-01", "day", "1"), "4: from: from '2026-06-01' stands in line 3"),
    ("guarantees", ("2026-07-01", "year", "1"), "4: period: 'year': one of day, week, month"),
    ("guarantees", ("2026-07-01", "day", "-1"), "4: per_hour: '-1': write a plain decimal"),
    ("shifts", ("14:00", "24:00"), "4: end: '24:00': a time of day such as 08:00"),
    ("shifts", ("14:00", "22:30"), "2: start: 22:00 is before the shift of line 4 ends at 22:30"),
    ("shifts", ("05:00", "06:00"), "4: start: 05:00 is before the shift of line 2 ends at 06:00"),
    ("shifts", ("06:00", "14:00"), "is before the shift of line"),
    ("shifts", ("14:00", "22:00", "21:30", "22:10"), "4: break_start: 21:30-22:10 is not inside"),
    ("shifts", ("14:00", "22:00", "15:00;15:10", "15:20;15:30"), "4: break_start: 15:10-15:30 is"),
    ("shifts", ("14:00", "22:00", "15:00"), "4: break_end: every break needs a start and an end"),
    ("shifts", ("14:00", "22:00", "", "", "1e9"), "4: target_percent: '1e9': a plain decimal"),
]


@pytest.mark.parametrize(("name", "cells", "expected"), MISTAKES)
def test_a_mistake_is_named_with_its_place(name: str, cells: Sequence[str], expected: str) -> None:
    """A row that does not fit, in itself or with other files, is told by file, line and column."""
    _, found = read({**GOOD, name: added(name, *cells)})
    assert found
    assert expected in found[0]
    assert found[0].startswith(f"{name}.csv:")


def test_shifts_of_one_line_are_for_the_settings_file() -> None:
    """A column ``line`` in shifts.csv would be passed over in silence, so it is a mistake."""
    _, found = read({**GOOD, "shifts": "line,start,end\nl03,06:00,14:00\n"})
    assert found[0].startswith("shifts.csv:2: line: shifts.csv is for every line")


clocks = st.integers(0, 24 * 60 - 1).map(lambda minutes: f"{minutes // 60}:{minutes % 60:02d}")
words = st.one_of(
    st.sampled_from(
        [
            "",
            "S1",
            "OP310",
            "OP320",
            "E1",
            "C1",
            "1",
            "2",
            "1.5",
            "time",
            "none",
            "yes",
            "no",
            "day",
        ]
    ),
    st.sampled_from(["2026-01-01", "dozen", "operator", "OP310=1", "08:00;09:00", "8:30;9:30"]),
    clocks,
    st.text("0123456789.:-;=AE٣ é", max_size=8),
)


@given(name=st.sampled_from(IMPORTED), rows=st.lists(st.lists(words, max_size=8), max_size=3))
def test_what_the_hub_takes_a_station_takes(name: str, rows: list[list[str]]) -> None:
    """Whatever passes an import is taken by every station; nothing is refused only there."""
    width = GOOD[name].partition("\n")[0].count(",") + 1
    out = io.StringIO()
    csv.writer(out).writerows([*row[:width], *[""] * (width - len(row))] for row in rows)
    header = GOOD[name].partition("\n")[0] + "\n"
    tables, found = read({**GOOD, name: header + out.getvalue()})
    if not found:
        at_a_station(tables)


spans = st.lists(st.tuples(clocks, clocks), min_size=1, max_size=3)


@given(shifts=spans, breaks=spans)
def test_shifts_and_breaks_are_judged_alike(
    shifts: list[tuple[str, str]], breaks: list[tuple[str, str]]
) -> None:
    """Times that are not at odds at the hub are not at odds at a station."""
    rows = "".join(f"{start},{end},,\n" for start, end in shifts[1:])
    starts, ends = (";".join(span[at] for span in breaks) for at in (0, 1))
    first = f"{shifts[0][0]},{shifts[0][1]},{starts},{ends}\n"
    tables, found = read({**GOOD, "shifts": "start,end,break_start,break_end\n" + first + rows})
    if not found:
        assert len(at_a_station(tables).shifts) == len(shifts)


def plan(start: time, end: time, *breaks: tuple[time, time]) -> LinePlan:
    return LinePlan("l03", "Asia/Dhaka", start, end, breaks, 100)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (plan(time(8), time(17)), Shift(time(8), time(17))),
        (
            plan(time(22), time(6), (time(2), time(2, 30)), (time(23), time(23, 15))),
            Shift(time(22), time(6), ((time(23), time(23, 15)), (time(2), time(2, 30)))),
        ),
        (
            plan(time(8), time(17), (time(12), time(13)), (time(12, 30), time(13, 30))),
            Shift(time(8), time(17), ((time(12), time(13, 30)),)),
        ),
        (
            plan(time(8), time(8), (time(23, 50), time(0, 10))),
            Shift(time(8), time(8), ((time(23, 50), time(0, 10)),)),
        ),
    ],
)
def test_the_shift_of_the_settings_file_reaches_a_station(given: LinePlan, expected: Shift) -> None:
    """What the hub's settings file may say of a line is a table that a station takes."""
    rows: tuple[Row, ...] = shift_rows(given)
    assert at_a_station({"shifts": rows}).shifts == (expected,)
