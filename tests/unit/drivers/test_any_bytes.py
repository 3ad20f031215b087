"""The garbage law: any bytes give reads or counted discards, and never another exception."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.conversation import Conversation
from bartack_drivers.driver import Driver
from bartack_drivers.registry import DRIVERS, check_options
from contract.recordings import recordings_of

HELD_MAX_BYTES = 4200
"""No protocol's longest frame is longer than this."""

talkers = [driver for driver in DRIVERS.values() if driver.converse is not None]
every_talker = pytest.mark.parametrize("driver", talkers, ids=lambda driver: driver.name)


def talk(driver: Driver) -> Conversation[Any]:
    assert driver.converse is not None
    return driver.converse(check_options(driver, {})[0])


def recorded_bytes(driver: Driver) -> bytes:
    return b"".join(recording.data for recording in recordings_of(driver.name))


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Pieces of real bytes, moved about, cut, and with foreign bytes among them."""
    pieces = []
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(data)))
        piece = bytearray(data[start : start + draw(st.integers(0, 80))])
        if piece and draw(st.booleans()):
            piece[draw(st.integers(0, len(piece) - 1))] = draw(st.integers(0, 255))
        pieces.append(bytes(piece) + draw(st.binary(max_size=6)))
    return b"".join(pieces)


@every_talker
@given(data=st.data())
def test_any_bytes_are_survived_and_counted(driver: Driver, data: st.DataObject) -> None:
    """Whatever arrives, however it is cut and timed: no exception, and few bytes are held."""
    stream = data.draw(st.binary(max_size=300) | damaged(recorded_bytes(driver)))
    cuts = data.draw(st.lists(st.integers(0, len(stream))))
    conversation = talk(driver)
    now_s, fed = 0.0, 0
    for start, end in pairwise(sorted({0, len(stream), *cuts})):
        now_s += data.draw(st.sampled_from([0.0, 0.01, 0.3, 2.0, 4.0]))
        conversation.outgoing(now_s)
        if conversation.due_s <= now_s:
            conversation.idle(now_s)
        for read in conversation.feed(stream[start:end], now_s):
            assert read.medium in driver.media
            assert read.value
        fed += end - start
    codec = conversation.codec
    assert codec.good_bytes + codec.counters.discarded_bytes + codec.held_bytes == fed
    assert codec.held_bytes <= HELD_MAX_BYTES


@every_talker
@given(data=st.data())
def test_a_pause_never_makes_two_frames_of_one(driver: Driver, data: st.DataObject) -> None:
    """A recording interrupted for 2 s anywhere gives the same reads, or loses some."""
    stream = recorded_bytes(driver)
    cut = data.draw(st.integers(0, len(stream)))
    unbroken, halves = talk(driver), talk(driver)
    whole = [read.value for read in unbroken.feed(stream, 0.0) + unbroken.idle(9.0)]
    values = [read.value for read in halves.feed(stream[:cut], 0.0)]
    for tenth in range(1, 21):
        halves.outgoing(tenth / 10)
        values += [read.value for read in halves.idle(tenth / 10)]
    values += [read.value for read in halves.feed(stream[cut:], 2.0)]
    values += [read.value for read in halves.idle(9.0)]
    rest = iter(whole)
    assert all(value in rest for value in values)


@every_talker
def test_silence_is_waited_for_without_haste(driver: Driver) -> None:
    """A conversation that hears nothing is due again only later, or it would eat the processor."""
    conversation = talk(driver)
    for turn in range(200):
        now_s = turn * 0.05
        conversation.outgoing(now_s)
        conversation.idle(now_s)
        conversation.outgoing(now_s)
        assert conversation.due_s > now_s
