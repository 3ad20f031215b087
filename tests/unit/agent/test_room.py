"""How long the disk lasts: told in good time, and never guessed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bartack.room import BYTES_PER_EVENT, LOW_BYTES, Room, is_low


def test_a_pace_gives_hours() -> None:
    """At 100 events an hour, room for 2,400 events lasts a day."""
    room = Room()
    for minute in range(61):
        room.sample(minute * 60.0, 1000 + minute * 100 // 60)
    assert room.hours_left(2400 * BYTES_PER_EVENT) == 24


def test_nothing_is_said_before_the_pace_is_known() -> None:
    """Neither at the start, nor while nobody scans, is a number made up."""
    room = Room()
    assert room.hours_left(10**9) is None
    for minute in range(100):
        room.sample(minute * 60.0, 1000)
    assert room.hours_left(10**9) is None


@given(st.integers(0, 10**12), st.none() | st.integers(0, 10**4))
def test_the_alarm_comes_for_either_reason(free_bytes: int, hours_left: int | None) -> None:
    """Too little room by itself is an alarm, and so is too little for the pace."""
    low = is_low(free_bytes, hours_left)
    assert low or free_bytes >= LOW_BYTES
    assert low or hours_left is None or hours_left >= 72
