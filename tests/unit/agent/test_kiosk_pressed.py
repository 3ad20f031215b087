"""What the operator's page may send: parsed strictly, and counted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.kiosk.pressed import Allowance, BadPressError, parse


def test_an_act_is_taken_as_it_is() -> None:
    """Command, argument and seq come out as they were pressed; both of the latter may be absent."""
    pressed = parse(b'{"command": "help-answer", "argument": "mechanic", "seq": 41}')
    assert (pressed.command, pressed.argument, pressed.seq) == ("help-answer", "mechanic", 41)
    bare = parse(b'{"command": "undo"}')
    assert (bare.command, bare.argument, bare.seq) == ("undo", "", None)


BAD = {
    "not JSON": (b"{", "body"),
    "no UTF-8": (b'{"command": "\xff"}', "body"),
    "no object": (b"[]", "body"),
    "nothing": (b"", "body"),
    "no command": (b"{}", "command"),
    "unknown command": (b'{"command": "pay-me"}', "command"),
    "a control character": (b'{"command": "fault", "argument": "a\\u0000"}', "argument"),
    "a line end": (b'{"command": "fault", "argument": "F01\\n"}', "argument"),
    "too long": (json.dumps({"command": "fault", "argument": "a" * 33}).encode(), "argument"),
    "a topic": (b'{"command": "fault", "argument": "a/#"}', "argument"),
    "other digits": ('{"command": "pieces", "argument": "\u0665"}'.encode(), "argument"),
    "a number for text": (b'{"command": "pieces", "argument": 5}', "argument"),
    "text for a number": (b'{"command": "undo", "seq": "5"}', "seq"),
    "true for a number": (b'{"command": "undo", "seq": true}', "seq"),
    "a fraction": (b'{"command": "undo", "seq": 1.5}', "seq"),
    "below zero": (b'{"command": "undo", "seq": -1}', "seq"),
    "beyond 63 bits": (b'{"command": "undo", "seq": 9223372036854775808}', "seq"),
    "more than an act": (b'{"command": "undo", "pay": 1}', "pay"),
    "deep": (b"[" * 400, "body"),
}


@pytest.mark.parametrize(("body", "field"), BAD.values(), ids=list(BAD))
def test_what_is_no_act_is_refused_by_its_field(body: bytes, field: str) -> None:
    """Whatever is wrong, the reason begins with the field, and shows nothing of what was sent."""
    with pytest.raises(BadPressError, match=f"^{field}: "):
        parse(body)


@given(st.binary(max_size=512))
def test_no_bytes_break_it(body: bytes) -> None:
    """Any bytes are an act or a refusal, and nothing else."""
    try:
        pressed = parse(body)
    except BadPressError:
        return
    assert pressed.argument.isascii()


@given(st.lists(st.floats(0, 2), min_size=1, max_size=60), st.integers(1, 10), st.floats(0.5, 10))
def test_no_more_come_than_are_allowed(gaps_s: list[float], burst: int, per_s: float) -> None:
    """Over any times, at most the burst and so many a second are let through, and the first is."""
    allowance, now_s, taken = Allowance(burst, per_s, 100.0), 100.0, 0
    for index, gap_s in enumerate(gaps_s):
        now_s += gap_s
        is_taken = allowance.take(now_s)
        assert is_taken or index > 0
        taken += is_taken
    assert taken <= burst + per_s * (now_s - 100.0) + 1e-6


def test_a_clock_that_goes_back_gives_nothing() -> None:
    """An earlier time is no gain."""
    allowance = Allowance(1, 1.0, 100.0)
    assert allowance.take(100.0)
    assert not allowance.take(50.0)
    assert not allowance.take(50.5)
