"""The console: one whole line for each answer, in a file that does not grow for ever."""

from __future__ import annotations

import json
from pathlib import Path

from bartack.feedback import Console
from bartack.station import Feedback
from sewing import LOG, moment


def light(seq: int) -> Feedback:
    return Feedback(moment().at, "ok", None, LOG, seq, "E1", "B000001", "OP310", 12)


def test_an_answer_is_one_line_with_the_keys_of_the_contract(tmp_path: Path) -> None:
    """What a lamp or screen reads from the console is one JSON object a line."""
    console = Console(tmp_path / "new" / "lights.jsonl")
    console.show(light(7))
    console.close()
    (line,) = (tmp_path / "new" / "lights.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line) == {
        "at": moment().at,
        "outcome": "ok",
        "reason": None,
        "log": LOG,
        "seq": 7,
        "operator": "E1",
        "bundle": "B000001",
        "operation": "OP310",
        "pieces": 12,
    }


def test_the_file_is_begun_anew_before_it_fills_the_memory(tmp_path: Path) -> None:
    """No answer is lost at the turn, and at most two files of the set size are kept."""
    file = tmp_path / "lights.jsonl"
    console = Console(file, kept_max_bytes=1000)
    shown = []
    for seq in range(1, 9):
        console.show(light(seq))
        shown.append(seq)
    console.close()
    kept = (tmp_path / "lights.jsonl.1").read_text("utf-8") + file.read_text("utf-8")
    assert [json.loads(line)["seq"] for line in kept.splitlines()] == shown
    assert file.stat().st_size <= 1200
