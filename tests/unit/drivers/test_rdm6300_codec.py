"""The RDM6300 codec: every frame whole or in pieces, and nothing invented from noise."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.rdm6300 import FRAME_MAX_BYTES, Rdm6300Codec, TagFrame


def frame(tag: str, ending: bytes = b"\x03", *, raw_checksum: bool = False) -> bytes:
    checksum = reduce(xor, bytes.fromhex(tag))
    sent = bytes([checksum]) if raw_checksum else b"%02X" % checksum
    return b"\x02" + tag.encode() + sent + ending


SHEET = bytes.fromhex("02 36 32 45 33 30 38 36 43 45 44 30 38 03")
VECTORS = {
    "data sheet": (SHEET, "62E3086CED"),
    "lower case": (SHEET.lower(), "62E3086CED"),
    "CR LF before ETX": (frame("01026F6C3A", b"\r\n\x03"), "01026F6C3A"),
    "raw checksum": (frame("01026F6C3A", raw_checksum=True), "01026F6C3A"),
    "raw checksum equal to STX": (frame("0300000001", raw_checksum=True), "0300000001"),
    "raw checksum equal to ETX": (frame("0100000002", raw_checksum=True), "0100000002"),
    "raw checksum equal to CR": (frame("0D00000000", raw_checksum=True), "0D00000000"),
    "raw checksum equal to a hex character": (frame("3000000000", raw_checksum=True), "3000000000"),
}
vectors = pytest.mark.parametrize(("data", "tag"), VECTORS.values(), ids=VECTORS)

tags = st.binary(min_size=5, max_size=5).filter(any).map(lambda tag: tag.hex().upper())
frames = st.builds(
    frame, tags, st.sampled_from([b"\x03", b"\r\n\x03"]), raw_checksum=st.just(False)
)
frames |= st.builds(frame, tags, raw_checksum=st.just(True))
# Bytes that frames are made of, so that noise comes close to being a frame.
noise = st.binary(max_size=40) | st.lists(
    st.sampled_from(b"\x02\x02\x03\r\n0aF7"), max_size=40
).map(bytes)
streams = st.lists(noise | frames, max_size=6).map(b"".join)


@vectors
def test_a_vector_is_read_whole(data: bytes, tag: str) -> None:
    """A whole frame is one id."""
    codec = Rdm6300Codec()
    assert codec.feed(data) == [TagFrame(tag)]
    assert codec.held_bytes == 0


@vectors
def test_a_vector_is_read_byte_by_byte(data: bytes, tag: str) -> None:
    """A frame is read with its last byte and not before."""
    codec = Rdm6300Codec()
    assert [codec.feed(data[at : at + 1]) for at in range(len(data))][-1] == [TagFrame(tag)]
    assert codec.counters.good_frames == 1


@vectors
@given(before=noise, after=st.binary(max_size=30).filter(lambda data: b"\x02" not in data))
def test_a_vector_is_read_among_noise(data: bytes, tag: str, before: bytes, after: bytes) -> None:
    """A good frame is read whatever came before and after it."""
    assert Rdm6300Codec().feed(before + data + after)[-1] == TagFrame(tag)


@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole, pieces = Rdm6300Codec(), Rdm6300Codec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good frames, or counted as discarded, or held; and few are held."""
    codec = Rdm6300Codec()
    found = codec.feed(data)
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)
    assert codec.held_bytes < FRAME_MAX_BYTES


@given(tag=tags, at=st.integers(0, 13), byte=st.integers(0, 255))
def test_a_changed_byte_never_gives_another_id(tag: str, at: int, byte: int) -> None:
    """One changed byte loses a frame; it never makes it another badge."""
    data = bytearray(frame(tag))
    data[at] = byte
    assert Rdm6300Codec().feed(bytes(data)) in ([], [TagFrame(tag)])


def test_a_wrong_checksum_is_counted() -> None:
    """A frame whose checksum does not fit is no read, and is counted as such."""
    codec = Rdm6300Codec()
    assert codec.feed(SHEET.replace(b"08\x03", b"09\x03")) == []
    assert codec.counters.bad_checksums == 1
    assert codec.counters.discarded_bytes == len(SHEET)


def test_zeros_are_no_badge() -> None:
    """The all-zero id is a ghost of the coil: discarded and counted, its checksum being right."""
    codec = Rdm6300Codec()
    assert codec.feed(frame("0000000000")) == []
    assert codec.counters.bad_checksums == 0
    assert codec.counters.discarded_bytes == 14
