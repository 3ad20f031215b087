"""The Gwiot 7941W codec: its replies whole or in pieces, and requests that only read."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from operator import xor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.gwiot7941w import (
    DONE,
    NO_CARD,
    NUMBER_MAX_BYTES,
    READ_EM4100,
    READ_UID,
    Gwiot7941wCodec,
    Reply,
)


def frame(status: int, data: bytes = b"") -> bytes:
    body = bytes([0x00, status, len(data)]) + data
    return b"\xcd\xdc" + body + bytes([reduce(xor, body)])


VECTORS = {
    "four bytes": ("CD DC 00 81 04 DE AD BE EF A7", Reply(DONE, b"\xde\xad\xbe\xef")),
    "five bytes": ("CD DC 00 81 05 2E 00 B6 D7 B5 7E", Reply(DONE, b"\x2e\0\xb6\xd7\xb5")),
    "done, no data": ("CD DC 00 81 00 81", Reply(DONE, b"")),
    "no card": ("CD DC 00 80 00 80", Reply(NO_CARD, b"")),
    "header inside": ("CD DC 00 81 05 CD DC 00 81 00 14", Reply(DONE, b"\xcd\xdc\0\x81\0")),
}
vectors = pytest.mark.parametrize(
    ("data", "reply"),
    [(bytes.fromhex(text), reply) for text, reply in VECTORS.values()],
    ids=VECTORS,
)

numbers = st.binary(max_size=NUMBER_MAX_BYTES)
frames = st.builds(frame, st.sampled_from([DONE, NO_CARD, 0x8F]), numbers)
noise = st.binary(max_size=20) | st.lists(
    st.sampled_from(b"\xcd\xcd\xdc\xdc\0\x81\x05"), max_size=30
).map(bytes)
streams = st.lists(noise | frames, max_size=6).map(b"".join)


def test_requests_are_those_of_the_data_sheet() -> None:
    """The two questions, byte for byte; nothing else can be sent."""
    assert bytes.fromhex("AB BA 00 10 00 10") == READ_UID
    assert bytes.fromhex("AB BA 00 15 00 15") == READ_EM4100


@vectors
def test_a_vector_is_read_whole(data: bytes, reply: Reply) -> None:
    """A whole frame is one reply."""
    codec = Gwiot7941wCodec()
    assert codec.feed(data) == [reply]
    assert codec.held_bytes == 0


@vectors
def test_a_vector_is_read_byte_by_byte(data: bytes, reply: Reply) -> None:
    """A frame is read with its last byte and not before."""
    codec = Gwiot7941wCodec()
    assert [codec.feed(data[at : at + 1]) for at in range(len(data))][-1] == [reply]
    assert codec.counters.good_frames == 1


@vectors
@given(
    before=st.binary(max_size=30).filter(lambda data: b"\xcd" not in data),
    after=st.binary(max_size=30).filter(lambda data: b"\xcd" not in data),
)
def test_a_vector_is_read_among_noise(
    data: bytes, reply: Reply, before: bytes, after: bytes
) -> None:
    """Noise without the first byte of a frame costs nothing but itself."""
    assert Gwiot7941wCodec().feed(before + data + after) == [reply]


def test_a_reply_too_long_for_a_card_holds_nothing_back() -> None:
    """What answers another program's question is known to be no card as soon as its length is."""
    codec = Gwiot7941wCodec()
    assert codec.feed(b"\xcd\xdc\0\x81\x12") == []
    assert codec.held_bytes == 0


def test_a_wrong_checksum_is_counted() -> None:
    """A reply whose checksum does not fit is none, and is counted as such."""
    codec = Gwiot7941wCodec()
    assert codec.feed(bytes.fromhex("CD DC 00 81 04 DE AD BE EF A6")) == []
    assert codec.counters.bad_checksums == 1


@pytest.mark.parametrize("request_", [READ_UID, READ_EM4100])
def test_an_echo_is_no_reply(request_: bytes) -> None:
    """A line that sends back what it is sent has no reader at its end."""
    assert Gwiot7941wCodec().feed(request_) == []


@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole, pieces = Gwiot7941wCodec(), Gwiot7941wCodec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good frames, or counted as discarded, or held; and few are held."""
    codec = Gwiot7941wCodec()
    found = codec.feed(data)
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)
    assert codec.held_bytes < NUMBER_MAX_BYTES + 6


@given(number=numbers, at=st.integers(5, 20), byte=st.integers(0, 255))
def test_a_changed_byte_never_gives_another_number(number: bytes, at: int, byte: int) -> None:
    """One changed byte behind the length loses a reply; it never makes it another card."""
    data = bytearray(frame(DONE, number))
    data[min(at, len(data) - 1)] = byte
    assert Gwiot7941wCodec().feed(bytes(data)) in ([], [Reply(DONE, number)])
