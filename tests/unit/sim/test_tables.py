"""Tables beside a line: what their station files, readers and reference data are like."""

from __future__ import annotations

import csv
import struct
import threading
import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bartack_sim.bench import Bench
from bartack_sim.configuration import BrokerAddress, station_toml
from bartack_sim.demo import shift_ends
from bartack_sim.devices.hid import KEYS
from bartack_sim.faults import CLEAN
from bartack_sim.few_bits import shown
from bartack_sim.line import Line, Station, plan_line, with_tables
from bartack_sim.reference import write_reference
from bartack_sim.station_rules import TABLES, Table, table_rules

NOON = datetime.fromisoformat("2026-11-28T12:00:40+06:00")
LINE = with_tables(plan_line(seed=1, stations=2, minutes=10.0), TABLES, shift_ends(NOON))
BY_KIND = dict(zip(TABLES, LINE.tables, strict=True))


def settings(station: Station, line: Line = LINE) -> dict[str, Any]:
    """The station's file as an agent reads it, with order marked by the line."""
    folder = Path("line")
    link = folder / f"{station.code}.badge"
    address = BrokerAddress("127.0.0.1", 1883)
    return tomllib.loads(station_toml(line, station, folder, address, link, "/x", "flag"))


@pytest.mark.parametrize(
    ("kind", "section", "key", "value", "elsewhere"),
    [
        ("order", "checks", "order", "refuse", "flag"),
        ("paid", "work", "rework", "paid", "by_fault"),
        ("unpaid", "work", "rework", "unpaid", "by_fault"),
        ("idle", "sign_out", "after_min", 1, 0),
    ],
)
def test_a_table_differs_in_what_it_is_for(
    kind: Table, section: str, key: str, value: object, elsewhere: object
) -> None:
    """One setting is the table's own, and no other station of the line has it."""
    assert settings(BY_KIND[kind])[section][key] == value
    others = (it for it in LINE.places if it != BY_KIND[kind])
    assert value not in [settings(it)[section][key] for it in others]
    assert settings(LINE.stations[0])[section][key] == elsewhere


def test_shifts_end_at_full_minutes_to_come_where_that_is_set() -> None:
    """From the next minute on, in the time of the site; nowhere else does a shift end."""
    ends = settings(BY_KIND["shift_end"])["sign_out"]["at"]
    assert ends[:2] == ["12:01", "12:02"]
    assert LINE.shift_ends[0] - NOON == timedelta(seconds=20)
    assert settings(LINE.stations[0])["sign_out"]["at"] == []


def test_no_two_kinds_of_table_are_set_alike() -> None:
    """Or a line that has one of them would take it for the other."""
    assert len({table_rules(kind) for kind in TABLES}) == len(TABLES)


def test_a_line_of_one_operation_has_no_second_for_the_order() -> None:
    """Then nothing can be skipped, and the table is for the only operation."""
    short = with_tables(plan_line(seed=1, stations=1, minutes=10.0), ("order",))
    assert short.tables[0].operation == short.route[0]


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_two_people_look_alike_to_a_reader_of_few_bits_and_nobody_else(tmp_path: Path) -> None:
    """Of all badges that the tables hold exactly two end in the same six digits, of two people,
    and each bundle has a tag of its own."""
    write_reference(LINE, tmp_path, date(2026, 11, 28))
    people = rows(tmp_path, "operators.csv")
    ends = [shown(it["badges"]) for it in people]
    alike = {it["operator"] for it in people if ends.count(shown(it["badges"])) > 1}
    assert alike == {it.code for it in LINE.twins}
    assert len({it.badge for it in LINE.twins}) == 2
    tags = {it["tag"] for it in rows(tmp_path, "bundles.csv")}
    assert tags == {it.tag for it in LINE.bundles}
    assert len(tags) == len(LINE.bundles)


def test_without_such_a_table_nobody_looks_alike_and_nothing_has_a_tag(tmp_path: Path) -> None:
    """A plain line's tables are as ever."""
    write_reference(plan_line(seed=1, stations=2, minutes=10.0), tmp_path, date(2026, 11, 28))
    assert "tag" not in rows(tmp_path, "bundles.csv")[0]
    assert not {"E991", "E992"} & {it["operator"] for it in rows(tmp_path, "operators.csv")}


def read_until(file: Path, enough: Callable[[bytes], bool], act: Callable[[], None]) -> bytes:
    """What a program reads that holds the port open while ``act`` is done."""
    data, ready = bytearray(), threading.Event()

    def read() -> None:
        with file.open("rb", buffering=0) as port:
            ready.set()
            while not enough(bytes(data)):
                data.extend(port.read(256))

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert ready.wait(5.0)
    act()
    reader.join(5.0)
    assert not reader.is_alive()
    return bytes(data)


ENTER = 28


def keys_down(data: bytes) -> list[int]:
    """The codes of the keys that went down, of whole events."""
    events = struct.iter_unpack("@llHHi", data[: len(data) // 24 * 24])
    return [code for _, _, kind, code, value in events if (kind, value) == (1, 1)]


def test_badges_and_tags_reach_their_own_reader(tmp_path: Path) -> None:
    """Six digits are typed, an Enter after them, and a tag's EPC is told by radio."""
    stop, typed, tag = threading.Event(), "128690", LINE.bundles[0].tag
    with Bench(tmp_path, "tb01", False, CLEAN, "1", stop.wait, few_bits=True) as bench:
        keys = read_until(
            tmp_path / "tb01.badge",
            lambda it: ENTER in keys_down(it),
            lambda: bench.tap(typed),
        )
        assert keys_down(keys) == [*(KEYS[it][0] for it in typed), ENTER]
        told = read_until(
            tmp_path / "tb01.tags",
            lambda it: bytes.fromhex(tag) in it,
            lambda: bench.tap(tag),
        )
        assert typed.encode() not in told
