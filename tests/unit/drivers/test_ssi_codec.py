"""The SSI codec: every packet whole or in pieces, and nothing invented from noise or text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.ssi import (
    PACKET_MAX_BYTES,
    Packet,
    SsiCodec,
    packet,
    parameter_request,
    parameter_send,
)
from bartack_sim.devices.ssi import packet as scanner_packet

NO_READ = bytes.fromhex("07 F3 00 00 01 4E 52 FE 65")
LABEL = scanner_packet(0xF3, b"\x03B000123")
VECTORS = {
    "no-read": (NO_READ, Packet(0xF3, 0, b"\x01NR")),
    "label": (LABEL, Packet(0xF3, 0, b"\x03B000123")),
    "sent again": (scanner_packet(0xF3, b"\x0bX", 1), Packet(0xF3, 1, b"\x0bX")),
    "ACK": (bytes.fromhex("04 D0 00 00 FF 2C"), Packet(0xD0, 0, b"")),
    "NAK": (scanner_packet(0xD1, b"\x06"), Packet(0xD1, 0, b"\x06")),
    "parameter": (scanner_packet(0xC6, b"\xff\xee\x01"), Packet(0xC6, 0, b"\xff\xee\x01")),
    "longest": (scanner_packet(0xF3, b"\x1c" + bytes(250)), Packet(0xF3, 0, b"\x1c" + bytes(250))),
}
vectors = pytest.mark.parametrize(("data", "found"), VECTORS.values(), ids=VECTORS)

packets = st.builds(
    scanner_packet,
    st.sampled_from([0xF3, 0xD0, 0xC6, 0xA4]),
    st.binary(max_size=30),
    st.integers(0, 3),
)
# Bytes that packets are made of, so that noise comes close to being a packet.
noise = st.binary(max_size=30) | st.lists(
    st.sampled_from(b"\x04\x07\xf3\x00\x00\x03\xff\xd0"), max_size=30
).map(bytes)
streams = st.lists(noise | packets, max_size=6).map(b"".join)


@vectors
def test_a_vector_is_read_whole(data: bytes, found: Packet) -> None:
    """A whole packet is what the sheet says it is."""
    codec = SsiCodec()
    assert codec.feed(data) == [found]
    assert codec.held_bytes == codec.counters.discarded_bytes == 0


@vectors
def test_a_vector_is_read_byte_by_byte(data: bytes, found: Packet) -> None:
    """A packet is read with its last byte and not before."""
    codec = SsiCodec()
    assert [codec.feed(data[at : at + 1]) for at in range(len(data))][-1] == [found]


@vectors
@given(before=st.binary(max_size=30).filter(lambda data: b"\x00" not in data))
def test_a_vector_is_read_among_noise(data: bytes, found: Packet, before: bytes) -> None:
    """A good packet is read whatever came before it, and so is the next."""
    assert SsiCodec().feed(before + data + data)[-2:] == [found, found]


@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same packets and the same counts."""
    whole, pieces = SsiCodec(), SsiCodec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good packets, or counted as discarded, or held; and few are held."""
    codec = SsiCodec()
    found = codec.feed(data)
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)
    assert codec.held_bytes < PACKET_MAX_BYTES


@given(at=st.integers(4, len(LABEL) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_gives_another_label(at: int, byte: int) -> None:
    """One changed byte loses a packet; it never makes it another label."""
    data = bytearray(LABEL)
    data[at] = byte
    found = SsiCodec().feed(bytes(data) + bytes(300))
    assert found in ([], [Packet(0xF3, 0, b"\x03B000123")])


def test_a_damaged_packet_is_counted_and_told_of() -> None:
    """A wrong checksum is no packet; the next one says that one before it was lost."""
    codec = SsiCodec()
    damaged = LABEL[:-1] + b"\x00"
    first, second = codec.feed(damaged + LABEL + b"\xff" + LABEL)
    assert (first.follows, second.follows) == (False, True)
    assert codec.counters.bad_checksums == 1


def test_bare_text_is_heard_but_is_no_packet() -> None:
    """Labels as bare text are discarded and counted, and noticed until a packet comes."""

    def hears_text(data: bytes) -> bool:
        codec = SsiCodec()
        codec.feed(data)
        return codec.hears_text

    text = b"B000123\r\n"
    assert SsiCodec().feed(text) == []
    assert hears_text(text)
    assert hears_text(LABEL + text)
    assert not hears_text(text + bytes(260) + LABEL)
    assert not hears_text(b"\x80\xfe")


def test_a_parameter_is_found_in_what_is_told() -> None:
    """A told parameter has its value; one that is not told, or in another packet, has none."""
    told = Packet(0xC6, 0, b"\xff\x38\x01\xee\x00\x9f")
    assert (told.parameter(0xEE), told.parameter(0x38), told.parameter(0x9F)) == (0, 1, None)
    assert Packet(0xF3, 0, b"\xff\xee\x01").parameter(0xEE) is None


def test_commands_are_those_of_the_sheet() -> None:
    """The builders make the bytes that are published."""
    assert packet(0xE9) == bytes.fromhex("04 E9 04 00 FF 0F")
    assert packet(0xE6, b"\x05") == bytes.fromhex("05 E6 04 00 05 FF 0C")
    assert packet(0xD1, b"\x01") == bytes.fromhex("05 D1 04 00 01 FF 25")
    permanent = parameter_send(0xEE, 1, permanent=True)
    assert permanent == bytes.fromhex("07 C6 04 08 FF EE 01 FD 39")
    assert parameter_send(0xEE, 1, permanent=False)[:4] == bytes.fromhex("07 C6 04 00")
    assert parameter_request(0xEE)[:5] == bytes.fromhex("05 C7 04 00 EE")
