"""The Parallax 28140 codec: a frame between LF and CR, and nothing that is shorter or longer."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.parallax28140 import FRAME_BYTES, Parallax28140Codec
from bartack_drivers.codecs.rdm6300 import TagFrame

VECTORS = {
    "data sheet": (b"\n0F0184F07A\r", "0F0184F07A"),
    "lower case": (b"\n0f0184f07a\r", "0F0184F07A"),
}
vectors = pytest.mark.parametrize(("data", "tag"), VECTORS.values(), ids=VECTORS)

tags = st.binary(min_size=5, max_size=5).filter(any).map(lambda tag: tag.hex().upper())
noise = st.binary(max_size=20) | st.text("0123456789ABCDEF\n\n\r", max_size=30).map(str.encode)
streams = st.lists(noise | tags.map(lambda tag: f"\n{tag}\r".encode()), max_size=8).map(b"".join)


@vectors
def test_a_vector_is_read_whole(data: bytes, tag: str) -> None:
    """A whole frame is one id."""
    codec = Parallax28140Codec()
    assert codec.feed(data) == [TagFrame(tag)]
    assert codec.held_bytes == 0


@vectors
def test_a_vector_is_read_byte_by_byte(data: bytes, tag: str) -> None:
    """A frame is read with its last byte and not before."""
    codec = Parallax28140Codec()
    assert [codec.feed(data[at : at + 1]) for at in range(len(data))][-1] == [TagFrame(tag)]
    assert codec.counters.good_frames == 1


@vectors
@given(before=noise, after=st.binary(max_size=30).filter(lambda data: b"\n" not in data))
def test_a_vector_is_read_among_noise(data: bytes, tag: str, before: bytes, after: bytes) -> None:
    """A good frame is read whatever came before and after it."""
    assert Parallax28140Codec().feed(before + data + after)[-1] == TagFrame(tag)


@pytest.mark.parametrize(
    "data",
    [b"\n0F0184F07\r", b"\n0F0184F07AA\r", b"\n0F0184F07A\n", b"\n0F0184G07A\r", b"\n0000000000\r"],
    ids=["nine digits", "eleven digits", "no CR", "no hex digit", "zeros"],
)
def test_what_is_no_frame_is_discarded(data: bytes) -> None:
    """Nothing but ten hex digits between LF and CR is a badge, and zeros are none."""
    codec = Parallax28140Codec()
    assert codec.feed(data) + codec.flush() == []
    assert codec.counters.discarded_bytes == len(data)


@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole, pieces = Parallax28140Codec(), Parallax28140Codec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good frames, or counted as discarded, or held; and few are held."""
    codec = Parallax28140Codec()
    found = codec.feed(data)
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)
    assert codec.held_bytes < FRAME_BYTES
