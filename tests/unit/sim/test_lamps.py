"""Following the feedback of a station that may be killed at any byte."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bartack_sim.lamps import Lamp, LampFile, parse_lamp


def line(seq: int, outcome: str = "ok") -> bytes:
    document = {
        "at": "2026-11-21T08:01:02.345Z",
        "outcome": outcome,
        "reason": None,
        "log": "9f" * 16,
        "seq": seq,
        "operator": "E1001",
        "bundle": "B000001",
        "operation": "OP310",
        "pieces": 12,
    }
    return json.dumps(document).encode() + b"\n"


def lamp(seq: int) -> Lamp:
    return Lamp("ok", None, "9f" * 16, seq, "E1001", "B000001", "OP310", 12)


def test_a_line_is_a_lamp() -> None:
    """Every field of the line is in the lamp."""
    assert parse_lamp(line(7)) == lamp(7)


@given(st.integers(0, len(line(1)) - 2))
def test_a_line_that_was_begun_before_hides_nothing(cut: int) -> None:
    """What a killed agent began does not hide the lamp that the next one wrote behind it."""
    assert parse_lamp(line(1)[:cut] + line(2)) == lamp(2)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_lamp_or_none(data: bytes) -> None:
    """No bytes raise an error."""
    parse_lamp(data)


def test_a_torn_last_line_waits_for_its_end(tmp_path: Path) -> None:
    """Half a line is no lamp yet; when the rest comes it is one."""
    path = tmp_path / "feedback.jsonl"
    file = LampFile(path)
    assert file.poll() == []
    path.write_bytes(line(1) + line(2)[:30])
    assert file.poll() == [lamp(1)]
    with path.open("ab") as more:
        more.write(line(2)[30:])
    assert file.poll() == [lamp(2)]
    assert file.poll() == []
    assert file.seen == (lamp(1), lamp(2))


def test_a_new_file_is_read_from_its_start(tmp_path: Path) -> None:
    """A file that was replaced or cut short is followed from its first line."""
    path = tmp_path / "feedback.jsonl"
    file = LampFile(path)
    path.write_bytes(line(1) + line(2))
    assert file.poll() == [lamp(1), lamp(2)]
    fresh = tmp_path / "fresh"
    fresh.write_bytes(line(3) + line(4))
    fresh.replace(path)
    assert file.poll() == [lamp(3), lamp(4)]
    path.write_bytes(line(5))
    assert file.poll() == [lamp(5)]


def test_unreadable_lines_are_counted(tmp_path: Path) -> None:
    """A line without a lamp is counted, not dropped in silence."""
    path = tmp_path / "feedback.jsonl"
    path.write_bytes(b"\xff\xfe\n" + line(1) + b"[]\n")
    file = LampFile(path)
    assert file.poll() == [lamp(1)]
    assert file.unreadable == 2
