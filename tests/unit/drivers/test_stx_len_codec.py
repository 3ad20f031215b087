"""The codec of readers that say length and kind: the length frames, whatever stands inside."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.stx_len import (
    FRAME_MAX_BYTES,
    FRAME_MIN_BYTES,
    CardFrame,
    StxLenCodec,
)


def frame(kind: int, number: bytes) -> bytes:
    body = bytes([len(number) + 5, kind]) + number
    return b"\x02" + body + bytes([reduce(xor, body)]) + b"\x03"


VECTORS = {
    "maker's example": ("02 0A 02 2E 00 B6 D7 B5 F2 03", 0x02, "2E00B6D7B5"),
    "desktop reader's example": ("02 0A 02 06 00 8E 6D 5D B0 03", 0x02, "06008E6D5D"),
    "four bytes": ("02 09 01 6B 3D 12 D6 9A 03", 0x01, "6B3D12D6"),
    "markers inside": ("02 0A 02 02 03 02 0A 03 02 03", 0x02, "0203020A03"),
}
vectors = pytest.mark.parametrize(
    ("data", "card"),
    [
        (bytes.fromhex(text), CardFrame(kind, bytes.fromhex(number)))
        for text, kind, number in VECTORS.values()
    ],
    ids=VECTORS,
)

numbers = st.binary(min_size=4, max_size=16).filter(any)
frames = st.builds(frame, st.sampled_from([1, 2, 3, 0x10, 0x30]), numbers)
noise = st.binary(max_size=20) | st.lists(
    st.sampled_from(b"\x02\x02\x03\x09\x0a\0"), max_size=30
).map(bytes)
streams = st.lists(noise | frames, max_size=6).map(b"".join)


@vectors
def test_a_vector_is_read_whole(data: bytes, card: CardFrame) -> None:
    """A whole frame is one card."""
    codec = StxLenCodec()
    assert codec.feed(data) == [card]
    assert codec.held_bytes == 0
    assert card.id == card.number.hex().upper()


@vectors
def test_a_vector_is_read_byte_by_byte(data: bytes, card: CardFrame) -> None:
    """A frame is read with its last byte and not before."""
    codec = StxLenCodec()
    assert [codec.feed(data[at : at + 1]) for at in range(len(data))][-1] == [card]
    assert codec.counters.good_frames == 1


@vectors
@given(
    before=st.binary(max_size=30).filter(lambda data: b"\x02" not in data),
    after=st.binary(max_size=30).filter(lambda data: b"\x02" not in data),
)
def test_a_vector_is_read_among_noise(
    data: bytes, card: CardFrame, before: bytes, after: bytes
) -> None:
    """Noise without the first byte of a frame costs nothing but itself."""
    assert StxLenCodec().feed(before + data + after) == [card]


@vectors
@pytest.mark.parametrize("cut", range(1, 9))
def test_a_frame_behind_a_cut_one_is_read(data: bytes, card: CardFrame, cut: int) -> None:
    """The rest of a frame that was cut off hides the next one no longer than to the pause."""
    codec = StxLenCodec()
    assert card in codec.feed(frame(0x02, b"\x2e\0\xb6\xd7\xb5")[:cut] + data) + codec.flush()


@pytest.mark.parametrize("length", [0, 2, FRAME_MIN_BYTES - 1, FRAME_MAX_BYTES + 1, 0xFF])
def test_an_impossible_length_holds_nothing_back(length: int) -> None:
    """No card's frame is so short or so long: the byte is known to be noise at once."""
    codec = StxLenCodec()
    assert codec.feed(bytes([0x02, length])) == []
    assert codec.held_bytes == (1 if length == 0x02 else 0)


def test_a_wrong_checksum_is_counted() -> None:
    """A frame whose checksum does not fit is no card, and is counted as such."""
    codec = StxLenCodec()
    assert codec.feed(bytes.fromhex("02 0A 02 2E 00 B6 D7 B5 F3 03")) == []
    assert codec.counters.bad_checksums == 1


def test_zeros_are_no_card() -> None:
    """A number of zeros is discarded and counted."""
    codec = StxLenCodec()
    assert codec.feed(frame(0x02, bytes(5))) + codec.flush() == []
    assert codec.counters.discarded_bytes == 10


@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole, pieces = StxLenCodec(), StxLenCodec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good frames, or counted as discarded, or held; and few are held."""
    codec = StxLenCodec()
    found = codec.feed(data)
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)
    assert codec.held_bytes < FRAME_MAX_BYTES


@given(number=numbers, at=st.integers(2, 20), byte=st.integers(0, 255))
def test_a_changed_byte_never_gives_another_number(number: bytes, at: int, byte: int) -> None:
    """One changed byte behind the length loses a frame; it never makes it another card."""
    data = bytearray(frame(0x02, number))
    data[min(at, len(data) - 1)] = byte
    codec = StxLenCodec()
    found = codec.feed(bytes(data))
    assert found in ([], [CardFrame(0x02, number)])
