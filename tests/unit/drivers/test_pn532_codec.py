"""The PN532 codec: every frame whole or in pieces, told by its length, and nothing from noise."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.pn532 import (
    FRAME_MAX_BYTES,
    Frame,
    Pn532Codec,
    card_numbers,
    command_frame,
)

CARD = bytes.fromhex("00 00 FF 0C F4 D5 4B 01 01 00 04 08 04 5C BB E5 D5 FD 00")
CARD_DATA = bytes.fromhex("01 01 00 04 08 04 5C BB E5 D5")
VERSION = bytes.fromhex("00 00 FF 06 FA D5 03 32 01 06 07 E8 00")
VECTORS = {
    "ACK": ("00 00 FF 00 FF 00", Frame("ack")),
    "NACK": ("00 00 FF FF 00 00", Frame("nack")),
    "error": ("00 00 FF 01 FF 7F 81 00", Frame("error")),
    "version": (VERSION.hex(), Frame("answer", 0x03, bytes.fromhex("32 01 06 07"))),
    "card": (CARD.hex(), Frame("answer", 0x4B, CARD_DATA)),
    "command": ("00 00 FF 04 FC D4 4A 01 00 E1 00", Frame("command", 0x4A, b"\x01\x00")),
    "SAM": ("00 00 FF 03 FD D4 14 01 17 00", Frame("command", 0x14, b"\x01")),
    "extended": (
        "00 00 FF FF FF 00 0C F4" + CARD[5:].hex(),
        Frame("answer", 0x4B, CARD_DATA),
    ),
}
vectors = pytest.mark.parametrize(
    ("data", "frame"),
    [(bytes.fromhex(data), frame) for data, frame in VECTORS.values()],
    ids=VECTORS,
)


def answer(code: int, data: bytes) -> bytes:
    body = bytes([0xD5, code]) + data
    head = bytes([len(body), -len(body) & 0xFF])
    return b"\x00\x00\xff" + head + body + bytes([-sum(body) & 0xFF, 0])


def target(number: int, uid: bytes, tail: bytes = b"") -> bytes:
    return bytes([number, 0x00, 0x44, 0x20 if tail else 0x08, len(uid)]) + uid + tail


frames = st.builds(answer, st.sampled_from([0x03, 0x15, 0x33, 0x4B]), st.binary(max_size=30))
frames |= st.sampled_from([bytes.fromhex(data) for data, _ in VECTORS.values()])
# Bytes that frames are made of, so that noise comes close to being a frame.
noise = st.binary(max_size=30) | st.lists(
    st.sampled_from(b"\x00\x00\xff\xff\xd5\x4b\x01"), max_size=30
).map(bytes)
streams = st.lists(noise | frames, max_size=6).map(b"".join)


@vectors
def test_a_vector_is_read_whole(data: bytes, frame: Frame) -> None:
    """A whole frame is what the sheet says it is."""
    codec = Pn532Codec()
    assert codec.feed(data) == [frame]
    assert codec.held_bytes == codec.counters.discarded_bytes == 0


@vectors
def test_a_vector_is_read_byte_by_byte(data: bytes, frame: Frame) -> None:
    """A frame is read with its last byte and not before."""
    codec = Pn532Codec()
    assert [codec.feed(data[at : at + 1]) for at in range(len(data))][-1] == [frame]
    assert codec.counters.good_frames == 1


@vectors
@given(before=st.binary(max_size=30).filter(lambda data: b"\x00" not in data))
def test_a_vector_is_read_among_noise(data: bytes, frame: Frame, before: bytes) -> None:
    """A good frame is read whatever came before it, and so is the next."""
    assert Pn532Codec().feed(before + data + data) == [frame, frame]


@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole, pieces = Pn532Codec(), Pn532Codec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good frames, or counted as discarded, or held; and few are held."""
    codec = Pn532Codec()
    found = codec.feed(data)
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)
    assert codec.held_bytes < FRAME_MAX_BYTES


@given(at=st.integers(0, len(CARD) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_gives_another_card(at: int, byte: int) -> None:
    """One changed byte loses a frame; it never makes it another card."""
    data = bytearray(CARD)
    data[at] = byte
    found = [card_numbers(frame) for frame in Pn532Codec().feed(bytes(data) + b"\0" * 300)]
    assert found in ([], [(CARD_DATA[6:],)])


def test_a_start_inside_of_a_frame_is_data() -> None:
    """00 00 FF in a card's number begins no frame."""
    uid = bytes.fromhex("04 00 00 FF 00 FF 00")
    (frame,) = Pn532Codec().feed(answer(0x4B, b"\x01" + target(1, uid)))
    assert card_numbers(frame) == (uid,)


def test_a_frame_without_its_last_byte_takes_nothing_from_the_next() -> None:
    """The 00 that leads up to the next frame may close the one before; both are read."""
    codec = Pn532Codec()
    found = [card_numbers(frame) for frame in codec.feed(CARD[:-1] + CARD)]
    assert found == [(CARD_DATA[6:],)] * 2
    assert codec.counters.discarded_bytes == 0


def test_a_wrong_sum_is_counted() -> None:
    """A frame whose data sum does not fit is none, and is counted as such."""
    codec = Pn532Codec()
    assert codec.feed(CARD[:-2] + b"\xfc\x00") == []
    assert codec.counters.bad_checksums == 1


def test_two_cards_are_listed() -> None:
    """A list may name two cards, of different kinds."""
    one, other = bytes.fromhex("5CBBE5D5"), bytes.fromhex("04A2B3C4D5E680")
    layered = target(1, other, bytes.fromhex("06 75 77 81 02 80"))
    (frame,) = Pn532Codec().feed(answer(0x4B, b"\x02" + layered + target(2, one)))
    assert card_numbers(frame) == (other, one)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x01",
        b"\x02" + CARD_DATA[1:],
        CARD_DATA[:-1],
        CARD_DATA + b"\x00",
        b"\x01" + target(1, b"\x5c\xbb\xe5"),
        b"\x01" + target(1, b"\x5c\xbb\xe5\xd5", b"\x09\x75"),
    ],
)
def test_a_list_that_does_not_fit_names_no_card(data: bytes) -> None:
    """Odd lengths inside a right checksum are no card and no error."""
    (frame,) = Pn532Codec().feed(answer(0x4B, data))
    assert card_numbers(frame) == ()


@given(data=st.binary(max_size=60))
def test_any_list_is_survived(data: bytes) -> None:
    """Whatever a list holds, it gives numbers of 4, 7 or 10 bytes or none."""
    assert {len(number) for number in card_numbers(Frame("answer", 0x4B, data))} <= {4, 7, 10}


def test_commands_are_those_of_the_sheet() -> None:
    """The builder makes the bytes that are published."""
    assert command_frame(0x02) == bytes.fromhex("00 00 FF 02 FE D4 02 2A 00")
    assert command_frame(0x14, b"\x01") == bytes.fromhex("00 00 FF 03 FD D4 14 01 17 00")
    assert command_frame(0x4A, b"\x01\x00") == bytes.fromhex("00 00 FF 04 FC D4 4A 01 00 E1 00")
    retries = command_frame(0x32, b"\x05\x01\x00\x01")
    assert retries == bytes.fromhex("00 00 FF 06 FA D4 32 05 01 00 01 F3 00")
