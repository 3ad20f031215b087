"""The R2000 codec: frames whole or in pieces, tags at any length, ends of rounds and errors."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.r2000 import (
    FRAME_MAX_BYTES,
    R2000Codec,
    R2000Frame,
    R2000Tag,
    command,
    ends_round,
    error_text,
    tag_of,
)
from bartack_sim.devices.r2000 import R2000, check

VECTORS = {
    "IND903": (
        "A0 13 01 89 04 30 00 E2 00 30 16 66 13 01 21 15 50 74 EF 45 BF",
        R2000Tag(bytes.fromhex("E200301666130121155074EF"), -60, 0),
    ),
    "a log, 1": (
        "A0 13 01 89 8C 30 00 30 08 33 B2 DD D9 01 40 00 00 00 01 37 BB",
        R2000Tag(bytes.fromhex("300833B2DDD9014000000001"), -74, 0),
    ),
    "a log, 2": (
        "A0 13 01 89 74 30 00 E2 00 40 74 85 0A 01 03 16 30 70 E1 36 29",
        R2000Tag(bytes.fromhex("E2004074850A0103163070E1"), -75, 0),
    ),
    "a log, 3": (
        "A0 13 01 89 D4 30 00 E2 00 40 74 85 0A 01 03 16 90 67 DD 2F 7D",
        R2000Tag(bytes.fromhex("E2004074850A0103169067DD"), -82, 0),
    ),
}
vectors = pytest.mark.parametrize(("text", "tag"), VECTORS.values(), ids=VECTORS)

COMMANDS = {
    "version": (command(1, 0x72), "A0 03 01 72 EA"),
    "version of any": (command(0xFF, 0x72), "A0 03 FF 72 EC"),
    "one round": (command(1, 0x89, b"\x01"), "A0 04 01 89 01 D1"),
    "beeper off": (command(1, 0x7A, b"\x00"), "A0 04 01 7A 00 E1"),
    "power 30": (command(1, 0x76, b"\x1e"), "A0 04 01 76 1E C7"),
    "antenna 1": (command(1, 0x74, b"\x00"), "A0 04 01 74 00 E7"),
}

epcs = st.integers(1, 31).flatmap(lambda words: st.binary(min_size=2 * words, max_size=2 * words))
noise = st.binary(max_size=40) | st.lists(
    st.sampled_from(b"\xa0\xa0\x04\x0a\x13\x01\x89\x00\x10"), max_size=40
).map(bytes)


def report(epc: bytes, antenna: int = 0) -> bytes:
    return R2000(1, 8, 30).report(epc, antenna)


def framed(code: int, data: bytes) -> bytes:
    """A frame with the right check around any data."""
    frame = bytes([0xA0, len(data) + 3, 1, code]) + data
    return frame + bytes([check(frame)])


def tags_of(data: bytes) -> list[R2000Tag]:
    return [tag for frame in R2000Codec().feed(data) if (tag := tag_of(frame))]


@vectors
def test_a_vector_is_one_tag(text: str, tag: R2000Tag) -> None:
    """A report is one tag with its signal and antenna."""
    assert tags_of(bytes.fromhex(text)) == [tag]


@vectors
def test_a_vector_is_read_byte_by_byte(text: str, tag: R2000Tag) -> None:
    """A frame is read with its last byte and not before."""
    codec, data = R2000Codec(), bytes.fromhex(text)
    found = [codec.feed(data[at : at + 1]) for at in range(len(data))]
    assert [len(frames) for frames in found] == [0] * (len(data) - 1) + [1]


@vectors
@given(before=noise.filter(lambda data: b"\xa0" not in data), after=noise)
def test_a_vector_is_read_among_noise(
    text: str, tag: R2000Tag, before: bytes, after: bytes
) -> None:
    """A good frame is read whatever stands around it that is no frame's beginning."""
    assert tags_of(before + bytes.fromhex(text) + after)[0] == tag


@vectors
def test_a_cut_frame_hides_the_next_only_until_it_fell_silent(text: str, tag: R2000Tag) -> None:
    """The beginning of a frame holds a good one back; more bytes or silence free it."""
    data = bytes.fromhex(text)
    for cut in range(1, len(data)):
        codec = R2000Codec()
        found = codec.feed(data[:cut] + data) + codec.flush()
        assert [tag_of(frame) for frame in found] == [tag]


@pytest.mark.parametrize(("made", "text"), COMMANDS.values(), ids=COMMANDS)
def test_commands_are_those_of_the_document(made: bytes, text: str) -> None:
    """Each command is byte for byte what the maker's document or a log shows."""
    assert made == bytes.fromhex(text)


@given(epc=epcs, antenna=st.integers(0, 7))
def test_any_epc_is_read_at_its_length(epc: bytes, antenna: int) -> None:
    """The EPC is as long as the frame says; bit 7 of the signal is the antenna's third bit."""
    assert tags_of(report(epc, antenna)) == [R2000Tag(epc, -60, antenna)]


@given(st.lists(noise | st.builds(report, epcs), max_size=5).map(b"".join), st.data())
def test_the_way_bytes_are_cut_does_not_matter(stream: bytes, data: st.DataObject) -> None:
    """Any split gives the same frames and counts, every byte is accounted for, few are held."""
    cuts = data.draw(st.lists(st.integers(0, len(stream))))
    whole, pieces = R2000Codec(), R2000Codec()
    frames = whole.feed(stream)
    edges = sorted({0, len(stream), *cuts})
    assert frames == [it for a, b in pairwise(edges) for it in pieces.feed(stream[a:b])]
    assert whole.counters == pieces.counters
    assert whole.good_bytes + whole.counters.discarded_bytes + whole.held_bytes == len(stream)
    assert whole.held_bytes < FRAME_MAX_BYTES


@vectors
def test_a_changed_byte_never_gives_another_tag(text: str, tag: R2000Tag) -> None:
    """Whichever byte of a report becomes whatever else, no other tag is read."""
    data = bytes.fromhex(text)
    for at in range(len(data)):
        for byte in range(256):
            codec = R2000Codec()
            frames = codec.feed(data[:at] + bytes([byte]) + data[at + 1 :]) + codec.flush()
            assert {it.epc for frame in frames if (it := tag_of(frame))} <= {tag.epc}


def test_tags_of_other_inventories_are_tags_too() -> None:
    """Reports of the commands 8A and 8B, which other programs use, are read as those of 89."""
    data = bytes.fromhex("04 10 00 03 26 92 01 45")
    for code in (0x89, 0x8A, 0x8B):
        assert tags_of(framed(code, data)) == [R2000Tag(bytes.fromhex("03269201"), -60, 0)]
    assert tags_of(framed(0x81, data)) == []


@pytest.mark.parametrize(
    "data",
    ["", "22", "04 30 00", "04 00 00 45", "04 30 00 E2 00 45", "04 08 00 E2 45", "00 00 11 00 00"],
)
def test_what_holds_no_whole_epc_is_no_tag(data: str) -> None:
    """A right frame that is too short, odd, or of another length than its PC reports nothing."""
    assert tags_of(framed(0x89, bytes.fromhex(data))) == []


def test_a_round_ends_with_its_count_or_an_error() -> None:
    """The frames of seven bytes and of one end a round; a tag's and other commands' do not."""
    frames = R2000Codec().feed(
        bytes.fromhex("A0 0A 01 89 00 00 11 00 00 00 05 B6 A0 04 01 89 22 B0 A0 04 01 74 10 D7")
        + report(b"\x03\x26")
    )
    assert [ends_round(frame) for frame in frames] == [True, True, False, False]
    assert [tag_of(frame) for frame in frames[:3]] == [None] * 3


def test_a_wrong_check_is_counted() -> None:
    """A frame whose bytes do not sum up to zero is none, and is counted as such."""
    codec = R2000Codec()
    frame = report(b"\x03\x26\x92\x01")
    assert codec.feed(frame[:-1] + bytes([frame[-1] ^ 1])) == []
    assert codec.counters.bad_checksums == 1


def test_the_public_frame_of_any_address_is_read() -> None:
    """The address is whatever the reader has."""
    assert R2000Codec().feed(bytes.fromhex("A0 05 00 72 01 09 DF")) == [
        R2000Frame(0, 0x72, b"\x01\x09")
    ]


def test_errors_have_codes_and_words() -> None:
    """Code 22 is a missing antenna; an unknown one has its code."""
    assert "antenna missing" in error_text(0x22)
    assert error_text(0x99) == "an error without a name (code 99)"
