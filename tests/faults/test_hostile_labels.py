"""Whatever a reader sends stays data: in the log, in the ledger, in SQL and in every answer."""

from __future__ import annotations

import functools
import json

import pytest

from faults.oracle import check_books, label, running, send_all, wait_confirmed
from rig import Rig
from running import wait_until

MEGABYTE = 1024 * 1024
HOSTILE = {
    "nul": b"B0\x0000001",
    "escape": b"\x1b[2J\x1b]0;owned\x07B000001\x1b[0m",
    "not utf-8": b"\xff\xfe\x80B000001",
    "surrogates": b"\xed\xa0\x80\xed\xbf\xbf",
    "overlong": b"\xc0\xafB000001",
    "sql": b"B000001'); DROP TABLE event; --",
    "json": b'"},{"type":"work.done","pieces":999',
    "log line": b'x\n{"event":"forged","level":"info"}\n',
    "crlf": b"B0000\r\n01\r\n\r\n",
    "markup": b"<script>alert(1)</script>",
    "formula": b'=HYPERLINK("x")',
    "separators": "B000001\u2028\u2029\u202e".encode(),
}

pytestmark = pytest.mark.require("mosquitto")


def answered(rig: Rig, text: str) -> bool:
    return any(light["bundle"] == text for light in rig.lights())


def test_nothing_that_a_reader_sends_is_more_than_data(rig: Rig) -> None:
    """NUL, escapes, broken UTF-8, forged log lines, SQL and a megabyte without an end, each before
    a good label: the label counts, nothing else does, and every log line is one JSON object."""
    rig.start_all(len(HOSTILE) + 2)
    rig.tap()
    good = [label(number) for number in range(1, len(HOSTILE) + 2)]
    for text, data in zip(good, [*HOSTILE.values(), b"x" * MEGABYTE], strict=True):
        send_all(rig.scanner.port, data + b"\r")
        rig.scanner.scan(text)
        wait_until(functools.partial(answered, rig, text), f"an answer to {text}")
    done = [event.text("bundle") for event in rig.ledger() if event.type == "work.done"]
    assert done == good
    for file in (rig.agent.log, rig.hub.log, rig.folder / "lights.jsonl"):
        lines = file.read_text(encoding="utf-8").split("\n")
        assert all(isinstance(json.loads(line), dict) for line in lines if line), file
    log = [json.loads(line) for line in rig.agent.log.read_text().splitlines()]
    assert "forged" not in {line["event"] for line in log}
    wait_until(lambda: running(rig)["readers"][1]["discarded"] >= MEGABYTE, "all is counted")
    wait_confirmed(rig)
    check_books(rig, good)
    told = rig.run("bartack-hub", "status", "--config", str(rig.hub_file))
    assert "set aside" not in told
