"""The EM-18 codec: only a pause frames, and nothing is invented where frames run together."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.em18 import FRAME_BYTES, RUN_MAX_BYTES, Em18Codec
from bartack_drivers.codecs.rdm6300 import TagFrame


def frame(tag: str) -> bytes:
    return b"%s%02X" % (tag.encode(), reduce(xor, bytes.fromhex(tag)))


VECTORS = {
    "one seller's example": (b"4500C5D1E9B8", "4500C5D1E9"),
    "another seller's example": (b"307E4DE5C224", "307E4DE5C2"),
    "lower case": (b"307e4de5c224", "307E4DE5C2"),
}
vectors = pytest.mark.parametrize(("data", "tag"), VECTORS.values(), ids=VECTORS)

tags = st.binary(min_size=5, max_size=5).filter(any).map(lambda tag: tag.hex().upper())
# Bytes that frames are made of, so that noise comes close to being a frame.
noise = st.binary(max_size=20) | st.text("0123456789ABCDEF\0\r\n", max_size=30).map(str.encode)
streams = st.lists(noise | tags.map(frame), max_size=8).map(b"".join)
no_hex = st.binary(max_size=9).map(lambda data: bytes(byte | 0x80 for byte in data))


@vectors
def test_a_vector_is_read_with_the_pause_behind_it(data: bytes, tag: str) -> None:
    """A frame alone on the line is one id, once the line fell silent."""
    codec = Em18Codec()
    assert [found for at in range(len(data)) for found in codec.feed(data[at : at + 1])] == []
    assert codec.held_bytes == FRAME_BYTES
    assert codec.flush() == [TagFrame(tag)]
    assert codec.flush() == []
    assert codec.counters.good_frames == 1


@vectors
@given(before=no_hex, after=no_hex)
def test_a_vector_is_read_among_noise(data: bytes, tag: str, before: bytes, after: bytes) -> None:
    """Bytes that are no hex characters end a frame as a pause does, and cost nothing else."""
    codec = Em18Codec()
    assert codec.feed(before + data + after) + codec.flush() == [TagFrame(tag)]
    assert codec.counters.discarded_bytes == len(before) + len(after)


@given(sent=st.lists(tags, min_size=1, max_size=RUN_MAX_BYTES // FRAME_BYTES))
def test_frames_that_waited_together_are_all_read(sent: list[str]) -> None:
    """A computer that was busy finds several frames with no pause between: none is lost."""
    codec = Em18Codec()
    data = b"".join(frame(tag) for tag in sent)
    assert codec.feed(data) + codec.flush() == [TagFrame(tag) for tag in sent]


@given(tag=tags, digits=st.text("0123456789ABCDEF", min_size=1, max_size=11), first=st.booleans())
def test_a_stray_character_spoils_the_run(tag: str, digits: str, first: bool) -> None:
    """Where nobody can tell where a frame begins, none is read, however well a part fits."""
    codec = Em18Codec()
    data = digits.encode() + frame(tag) if first else frame(tag) + digits.encode()
    assert codec.feed(data) + codec.flush() == []
    assert codec.counters.discarded_bytes == len(data)


@given(tag=tags, other=tags, lost=st.integers(1, 11))
def test_halves_of_two_frames_do_not_join_a_third(tag: str, other: str, lost: int) -> None:
    """A frame cut off by a pause is gone, and the next one is read as if it had not been."""
    codec = Em18Codec()
    assert codec.feed(frame(tag)[:lost]) + codec.flush() == []
    assert codec.feed(frame(other)) + codec.flush() == [TagFrame(other)]


def test_a_frame_that_does_not_fit_spoils_what_waited_with_it() -> None:
    """One misfit in a run may mean that the whole run is shifted: all of it is discarded."""
    codec = Em18Codec()
    assert codec.feed(b"4500C5D1E9B9" + b"307E4DE5C224") + codec.flush() == []
    assert codec.counters.bad_checksums == 1
    assert codec.counters.discarded_bytes == 2 * FRAME_BYTES


def test_zeros_are_no_badge() -> None:
    """The all-zero id is a ghost of the coil, and takes nothing from a frame beside it."""
    codec = Em18Codec()
    assert codec.feed(b"0" * FRAME_BYTES + b"307E4DE5C224") + codec.flush() == [
        TagFrame("307E4DE5C2")
    ]
    assert codec.counters.discarded_bytes == FRAME_BYTES


def test_a_run_without_end_is_dropped_and_ends_with_the_next_pause() -> None:
    """Hex characters for ever are no badges; the badge after the pause is one."""
    codec = Em18Codec()
    for _ in range(40):
        assert codec.feed(frame("4500C5D1E9")) == []
        assert 0 < codec.held_bytes <= RUN_MAX_BYTES
    assert codec.flush() == []
    assert codec.counters.discarded_bytes == 40 * FRAME_BYTES
    assert codec.feed(frame("307E4DE5C2")) + codec.flush() == [TagFrame("307E4DE5C2")]


@given(tag=tags, at=st.integers(0, FRAME_BYTES - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_gives_another_id(tag: str, at: int, byte: int) -> None:
    """One changed byte loses a frame; it never makes it another badge."""
    data = bytearray(frame(tag))
    data[at] = byte
    codec = Em18Codec()
    assert codec.feed(bytes(data)) + codec.flush() in ([], [TagFrame(tag)])


@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole, pieces = Em18Codec(), Em18Codec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    found = [frame for a, b in pairwise(edges) for frame in pieces.feed(data[a:b])]
    assert whole.feed(data) + whole.flush() == found + pieces.flush()
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good frames, or counted as discarded, or held."""
    codec = Em18Codec()
    found = codec.feed(data)
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)
