"""The GM65 codec: answers and labels on one wire, told apart, and no label made of an answer."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bartack_drivers.base import VALUE_MAX_CHARS
from bartack_drivers.codecs.gm65 import Answer, Gm65Codec, read_zone, save_zones, write_zone
from bartack_drivers.codecs.text import LINE_MAX_BYTES, LineFrame
from bartack_sim.devices.gm65 import DEBUG, answer

DONE = bytes.fromhex("02 00 00 01 00 33 31")
VECTORS = {
    "done": (DONE, Answer(0, b"\x00")),
    "model": (answer(b"\x05"), Answer(0, b"\x05")),
    "three bytes": (answer(b"\x0d\x0a\x02"), Answer(0, b"\x0d\x0a\x02")),
    "wrong suffix of some modules": (bytes.fromhex("02 00 00 01 05 33 31"), Answer(0, b"\x05")),
    "CR": (b"B000123\r", LineFrame("B000123")),
    "Tab": (b"E 1044\t", LineFrame("E 1044")),
    "GBK": ("裤子-12".encode("gbk") + b"\r", LineFrame("裤子-12")),
    "UTF-8": ("ঢাকা".encode() + b"\n", LineFrame("ঢাকা")),
}
vectors = pytest.mark.parametrize(("data", "frame"), VECTORS.values(), ids=VECTORS)

frames = st.sampled_from([data for data, _ in VECTORS.values()])
# Bytes that frames are made of, so that noise comes close to being a frame.
noise = st.binary(max_size=30) | st.lists(
    st.sampled_from(b"\x02\x00\x00\x01\x0331\rA"), max_size=30
).map(bytes)
streams = st.lists(noise | frames, max_size=6).map(b"".join)
pauses = pytest.mark.parametrize("ends_by_pause", [False, True])


@vectors
def test_a_vector_is_read_whole(data: bytes, frame: Answer | LineFrame) -> None:
    """A whole answer or line is what the sheet says it is."""
    codec = Gm65Codec("gbk")
    assert codec.feed(data) == [frame]
    assert codec.held_bytes == codec.counters.discarded_bytes == 0


@vectors
def test_a_vector_is_read_byte_by_byte(data: bytes, frame: Answer | LineFrame) -> None:
    """An answer or a line is read with its last byte and not before."""
    codec = Gm65Codec("gbk")
    assert [codec.feed(data[at : at + 1]) for at in range(len(data))][-1] == [frame]


@pauses
@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(
    ends_by_pause: bool, data: bytes, cuts: list[int]
) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole = Gm65Codec("gbk", ends_by_pause=ends_by_pause)
    pieces = Gm65Codec("gbk", ends_by_pause=ends_by_pause)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    found = [frame for piece in split for frame in pieces.feed(piece)]
    assert whole.feed(data) + whole.flush() == found + pieces.flush()
    assert whole.counters == pieces.counters


@pauses
@given(data=streams, flushes=st.booleans())
def test_every_byte_is_accounted_for(ends_by_pause: bool, data: bytes, flushes: bool) -> None:
    """Any bytes are in good frames, or counted as discarded, or held; and few are held."""
    codec = Gm65Codec("gbk", ends_by_pause=ends_by_pause)
    found = codec.feed(data) + (codec.flush() if flushes else [])
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)


@given(value=st.integers(0, 255), at=st.integers(0, 6), byte=st.integers(0, 255))
def test_a_damaged_answer_is_no_other_answer_and_no_label(value: int, at: int, byte: int) -> None:
    """One changed byte loses an answer, and at worst the label behind it.

    But for the value of the commonest answer: its sum is what some modules send after any answer.
    """
    assume((value, at) != (0, 4))
    data = bytearray(answer(bytes([value])))
    data[at] = byte
    found = Gm65Codec("gbk").feed(bytes(data) + b"B000123\r")
    if bytes(data) == answer(bytes([value])):
        assert found == [Answer(0, bytes([value])), LineFrame("B000123")]
    else:
        unchanged = Answer(0, bytes([value]))
        assert all(isinstance(it, LineFrame) or it.kind or it == unchanged for it in found)
        assert len(found) <= 2


@given(cut=st.integers(1, 6))
def test_half_an_answer_before_a_label_makes_no_other_label(cut: int) -> None:
    """A label behind half an answer is lost rather than read with foreign letters."""
    assert Gm65Codec("gbk").feed(DONE[:cut] + b"B000123\r") in ([], [LineFrame("B000123")])


def test_an_answer_ends_what_was_cut_off_before_it() -> None:
    """Half a label without its ending is given up when an answer comes; the next one is whole."""
    codec = Gm65Codec("gbk")
    assert codec.feed(b"B00" + DONE + b"B000123\r") == [Answer(0, b"\x00"), LineFrame("B000123")]
    assert codec.counters.discarded_bytes == 3


def test_silence_gives_up_what_has_no_ending() -> None:
    """Where an ending is due, silence makes no label."""
    codec = Gm65Codec("gbk")
    assert codec.feed(b"B00\x02") + codec.flush() == []
    assert codec.feed(b"B000123\r") == [LineFrame("B000123")]


def test_a_pause_ends_a_label_where_nothing_else_does() -> None:
    """Without a tail a label ends at a pause or at an answer, and keeps its line breaks."""
    codec = Gm65Codec("gbk", ends_by_pause=True)
    assert codec.feed(DONE + b"A1\r\nB2") == [Answer(0, b"\x00")]
    assert codec.flush() == [LineFrame("A1\r\nB2")]
    assert codec.feed(b"C3" + DONE) == [LineFrame("C3"), Answer(0, b"\x00")]


@pytest.mark.parametrize("cut", range(1, 7))
def test_an_answer_cut_by_a_pause_is_an_answer(cut: int) -> None:
    """The rest of an answer is never a label, though it may look like one: 33 31 is text."""
    codec = Gm65Codec("gbk", ends_by_pause=True)
    assert codec.feed(DONE[:cut]) + codec.flush() == []
    assert codec.feed(DONE[cut:]) + codec.flush() == [Answer(0, b"\x00")]


def test_text_at_power_up_is_no_label() -> None:
    """What a board prints at power-up is discarded and counted."""
    codec = Gm65Codec("gbk")
    assert codec.feed(DEBUG + b"B000123\r") == [LineFrame("B000123")]
    assert codec.counters.good_frames == 1
    assert codec.good_bytes + codec.counters.discarded_bytes == len(DEBUG) + 8


def test_a_line_that_is_too_long_is_noise() -> None:
    """A line longer than any label is counted as discarded, and the next one is read."""
    codec = Gm65Codec("gbk")
    for _ in range(LINE_MAX_BYTES):
        assert codec.feed(b"xxx") == []
    assert codec.held_bytes <= LINE_MAX_BYTES
    assert codec.feed(b"\rB000123\r") == [LineFrame("B000123")]
    assert codec.feed(b"x" * (VALUE_MAX_CHARS + 1) + b"\r") == []


def test_commands_are_those_of_the_manual() -> None:
    """The builders make the bytes that are published."""
    assert read_zone(0x00E0, 1) == bytes.fromhex("7E 00 07 01 00 E0 01 11 F3")
    assert read_zone(0x00E2, 1) == bytes.fromhex("7E 00 07 01 00 E2 01 77 91")
    assert save_zones() == bytes.fromhex("7E 00 09 01 00 00 00 DE C8")
    assert write_zone(0x0002, 1)[:7] == bytes.fromhex("7E 00 08 01 00 02 01")
