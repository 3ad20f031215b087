"""The LLRP codec: messages whole or in pieces, and hostile bytes that llrpkit is not spared."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.llrp import (
    EVENT,
    KEEPALIVE,
    MESSAGE_MAX_BYTES,
    ROSPEC,
    TAG_REPORT,
    LlrpCodec,
    Message,
    add,
)
from bartack_drivers.codecs.llrp_report import Tag
from bartack_sim.devices import llrp as sim

CONNECTED = bytes.fromhex(
    "04 3F 00 00 00 20 00 00 00 00 00 F6 00 16 00 80 00 0C 00 00 00 00 00 00 00 0001 00 00 06 00 00"
)
REPORT = bytes.fromhex(
    "04 3D 00 00 00 2C 40 95 89 2F 00 F0 00 22 8D 30 05 FB 63 AC 1F 38 41 EC 88 04 67"
    "81 00 01 86 CE 82 00 04 EC 2E A8 35 4C 09 88 00 01"
)
SEEN = Tag("3005FB63AC1F3841EC880467", 1, -50)
RUNNING_SPEC = add([], [])[10:19] + b"\x02" + add([], [])[20:]
"""The inventory that we add, as the reader lists it while it is under way."""

VECTORS = {
    "connection event": (CONNECTED, Message(EVENT, connection=0)),
    "report": (REPORT, Message(TAG_REPORT, tags=(SEEN,))),
    "report of a 32-bit EPC": (
        sim.tag_report(bytes.fromhex("E2801160"), antenna=4, rssi_dbm=-71),
        Message(TAG_REPORT, tags=(Tag("E2801160", 4, -71),)),
    ),
    "report of an EPC alone": (
        sim.message(61, 0, sim.tlv(240, b"\x8d" + bytes(11) + b"\x07")),
        Message(TAG_REPORT, tags=(Tag("000000000000000000000007"),)),
    ),
    "report of a tag without EPC": (
        sim.message(61, 0, sim.tlv(240, sim.tlv(241, bytes(2)))),
        Message(TAG_REPORT),
    ),
    "report of nothing": (sim.message(61, 0), Message(TAG_REPORT)),
    "keepalive": (sim.message(62, 7), Message(KEEPALIVE)),
    "refusal": (
        sim.message(30, 5, sim.status((101, "no"))),
        Message(30, status=101, description="no"),
    ),
    "list of inventories": (
        sim.message(36, 0, sim.status((0, "")) + RUNNING_SPEC),
        Message(36, status=0, running=(ROSPEC,)),
    ),
    "vendor parameter": (
        sim.message(
            61, 0, sim.tlv(240, REPORT[14:32] + sim.tlv(1023, struct.pack(">II", 25882, 9999)))
        ),
        Message(TAG_REPORT, tags=(SEEN,)),
    ),
    "maker's parameter of another form": (
        sim.message(
            61,
            0,
            sim.tlv(1023, b"\0\0\x65\x1a\0\0\0\x38\0\0\0\1")
            + sim.tlv(
                240,
                sim.tlv(1023, b"\0\0\x65\x1a\0\0\0\x38\0\0\0\1")
                + REPORT[14:32]
                + sim.tlv(349, b"\0\1"),
            ),
        ),
        Message(TAG_REPORT, tags=(SEEN,)),
    ),
    "fields in another order": (
        sim.message(61, 0, sim.tlv(240, REPORT[30:32] + b"\x8b\1\2\x8c\x30\0" + REPORT[14:30])),
        Message(TAG_REPORT, tags=(SEEN,)),
    ),
    "version 2": (b"\x08" + REPORT[1:], Message(TAG_REPORT, tags=(SEEN,))),
}
vectors = pytest.mark.parametrize(("data", "message"), VECTORS.values(), ids=VECTORS)

tags = st.binary(min_size=1, max_size=31).map(lambda words: words * 2)
frames = st.sampled_from([data for data, _ in VECTORS.values()]) | tags.map(sim.tag_report)
noise = st.binary(max_size=40) | st.lists(
    st.sampled_from([b"\x04\x3d", b"\x04\x3e\0\0\0\x0a", b"\0\0", b"\x00\xf0", b"\x8d"]), max_size=9
).map(b"".join)
streams = st.lists(noise | frames, max_size=6).map(b"".join)


@vectors
def test_a_vector_is_read_whole_and_byte_by_byte(data: bytes, message: Message) -> None:
    """A message is read with its last byte and not before."""
    assert LlrpCodec().feed(data) == [message]
    codec = LlrpCodec()
    assert [codec.feed(data[at : at + 1]) for at in range(len(data))] == [
        *([[]] * (len(data) - 1)),
        [message],
    ]


@given(data=streams, cuts=st.lists(st.integers(0, 400)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same messages and the same counts."""
    whole, pieces = LlrpCodec(), LlrpCodec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in messages, or counted as discarded, or held."""
    codec = LlrpCodec()
    found = codec.feed(data)
    assert codec.good_bytes + codec.counters.discarded_bytes + codec.held_bytes == len(data)
    assert codec.counters.good_frames == len(found)
    codec.flush()
    assert codec.held_bytes == 0


def test_half_a_report_hides_nothing_for_long() -> None:
    """A report that broke off hides the next one at most until the line was silent."""
    codec = LlrpCodec()
    assert codec.feed(REPORT[:20] + REPORT) == [Message(TAG_REPORT, tags=(SEEN,))]
    assert codec.counters.discarded_bytes == 20


@given(tree=st.recursive(st.binary(max_size=12), lambda inner: st.lists(inner, max_size=3)))
def test_any_parameters_are_survived(tree: object) -> None:
    """Whatever stands in a well-framed message, the next one is read."""

    def written(node: object, depth: int = 0) -> bytes:
        if isinstance(node, bytes):
            return node
        assert isinstance(node, list)
        return b"".join(
            sim.tlv((240, 246, 287, 178)[depth % 4], written(it, depth + 1)) for it in node
        )

    for kind in (61, 63, 30, 11, 12):
        codec = LlrpCodec()
        found = codec.feed(sim.message(kind, 0, written([tree])) + REPORT) + codec.flush()
        assert found[-1].tags == (SEEN,)


def test_parameters_nested_without_end_are_discarded() -> None:
    """A message that would exhaust the stack is counted as discarded, and the next one is read."""
    body = b""
    while len(body) < MESSAGE_MAX_BYTES - 100:
        body = sim.tlv(178, body)
    codec = LlrpCodec()
    hostile = sim.message(61, 0, sim.tlv(240, body))
    assert codec.feed(hostile + REPORT) == [Message(TAG_REPORT, tags=(SEEN,))]
    assert codec.counters.discarded_bytes == len(hostile)


def test_a_length_beyond_belief_holds_nothing_back() -> None:
    """A header that claims megabytes is no message."""
    codec = LlrpCodec()
    claimed = struct.pack(">HII", 0x043D, MESSAGE_MAX_BYTES + 1, 0)
    assert codec.feed(claimed + REPORT) == [Message(TAG_REPORT, tags=(SEEN,))]
    assert codec.counters.discarded_bytes == len(claimed)


def test_foreign_parameters_hold_nothing_back() -> None:
    """A report that goes on with what is no tag is given up before its end has come."""
    codec = LlrpCodec()
    claimed = struct.pack(">HII", 0x043D, 20_000, 0)
    assert codec.feed(claimed + REPORT[10:] + REPORT) == [Message(TAG_REPORT, tags=(SEEN,))]
