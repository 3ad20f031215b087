"""The Mercury codec: printed frames, records by their metadata flags, and nothing invented."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs import mercury
from bartack_drivers.codecs.mercury import (
    FRAME_MAX_BYTES,
    Frame,
    MercuryCodec,
    TagReport,
    command,
    power_of,
    tags_of,
)
from bartack_sim.devices import thingmagic as sim

SENT = bytes.fromhex(
    "FF 28 22 00 00 10 00 1B 01 FF 01 01 C4 11 0E 16 40 00 00 01 27 00 00 05 00 00 0F 00 80"
    "30 00 00 00 00 00 00 00 00 00 00 00 15 45 E9 4A 56 1D"
)
SEEN = TagReport("000000000000000000001545", -60, 1)

COMMANDS = {
    "FF 00 03 1D 0C": command(mercury.VERSION),
    "FF 00 0C 1D 03": command(mercury.PROGRAM),
    "FF 00 04 1D 0B": command(mercury.BOOT),
    "FF 01 97 06 4B BB": command(mercury.SET_REGION, b"\x06"),
    "FF 01 97 08 4B B5": command(mercury.SET_REGION, b"\x08"),
    "FF 02 93 00 05 51 7D": command(mercury.SET_PROTOCOL, b"\x00\x05"),
    "FF 03 91 02 01 01 42 C5": command(mercury.SET_ANTENNA, b"\x02\x01\x01"),
    "FF 02 92 07 D0 46 89": command(mercury.SET_POWER, power_of(20)),
    "FF 00 2A 1D 25": command(mercury.CLEAR_TAGS),
    "FF 05 22 00 00 13 01 F4 2B 19": mercury.SEARCH,
    "FF 03 29 01 FF 00 1B 03": mercury.NEXT_TAGS,
    "FF 03 9A 01 0C 00 A3 5D": command(mercury.SET_OPTION, b"\x01\x0c\x00"),
    "FF 10 2F 00 00 01 22 00 00 05 07 22 10 00 1B 03 E8 01 FF DD 2B": mercury.START,
    "FF 03 2F 00 00 02 5E 86": mercury.STOP,
}

PC_AND_CRC_ONLY = sim.record(sim.stored(b""))
FOUR = sim.record(sim.stored(bytes.fromhex("E2801160")), -71, 2)
TWELVE = sim.record(sim.stored(bytes.fromhex("3034257BF7194E4000001A85")))
WITH_XPC = sim.record(bytes.fromhex("3200 0080 E28011700000020C0A1B2C3D 0000"))
WITH_TWO_XPC = sim.record(bytes.fromhex("3200 8080 0001 E28011700000020C0A1B2C3D 0000"))
WITH_TID = bytes.fromhex("01C011 0E1640 00000127 0000 05 0020 E2801160 0F 0040 1000 00000007 ABCD")
FOREIGN_PROTOCOL = bytes.fromhex("01C011 0E1640 00000127 0000 03 0000 0F 0040 1000 00000007 ABCD")


def buffered(*records: bytes, flags: str = "01FF", count: int | None = None) -> Frame:
    size = len(records) if count is None else count
    return Frame(0x29, 0, bytes.fromhex(flags) + b"\x00" + bytes([size]) + b"".join(records))


REPORTS = {
    "streamed": (MercuryCodec().feed(SENT)[0], [SEEN]),
    "four bytes": (buffered(FOUR), [TagReport("E2801160", -71, 2)]),
    "several": (buffered(FOUR, TWELVE), ["E2801160", "3034257BF7194E4000001A85"]),
    "one XPC word": (buffered(WITH_XPC), ["E28011700000020C0A1B2C3D"]),
    "two XPC words": (buffered(WITH_TWO_XPC), ["E28011700000020C0A1B2C3D"]),
    "tag data": (buffered(WITH_TID, FOUR), ["00000007", "E2801160"]),
    "PC and CRC only": (buffered(PC_AND_CRC_ONLY, FOUR), ["E2801160"]),
    "another protocol": (buffered(FOREIGN_PROTOCOL, FOUR), ["E2801160"]),
    "the last is cut": (buffered(FOUR, TWELVE[:-1]), ["E2801160"]),
    "fewer than it says": (buffered(FOUR, count=200), ["E2801160"]),
    "signal only": (
        buffered(b"\xc4\x00\x40\x10\x00\x00\x00\x00\x07\xab\xcd", flags="0002"),
        [TagReport("00000007", -60)],
    ),
    "no metadata": (
        buffered(b"\x00\x40\x10\x00\x00\x00\x00\x07\xab\xcd", flags="0000"),
        [TagReport("00000007")],
    ),
    "unknown metadata": (buffered(FOUR, flags="03FF"), []),
    "no tags": (Frame(0x22, 0x0400), []),
    "too hot": (Frame(0x22, 0x0504), []),
    "temperature": (Frame(0x22, 0, bytes.fromhex("1000000000000000001A")), []),
    "count of a search": (Frame(0x22, 0, bytes.fromhex("00001304")), []),
    "an error with a record": (Frame(0x29, 0x0400, b"\x01\xff\x00\x01" + FOUR), []),
}

epcs = st.binary(min_size=1, max_size=31).map(lambda half: half * 2)
frames = epcs.map(lambda epc: sim.streamed(sim.stored(epc))) | st.builds(
    sim.frame, st.sampled_from([0x03, 0x22, 0x29, 0x2F]), st.just(0), st.binary(max_size=30)
)
noise = st.binary(max_size=40) | st.lists(
    st.sampled_from(b"\xff\xff\x00\x22\x05\x04\x28"), max_size=40
).map(bytes)
streams = st.lists(noise | frames, max_size=6).map(b"".join)


@pytest.mark.parametrize(("printed", "made"), COMMANDS.items(), ids=COMMANDS)
def test_commands_are_as_printed(printed: str, made: bytes) -> None:
    """Each command is what the maker's documents print, byte for byte."""
    assert made == bytes.fromhex(printed)


@pytest.mark.parametrize(("frame", "expected"), REPORTS.values(), ids=REPORTS)
def test_records_are_read_by_their_flags(frame: Frame, expected: list[object]) -> None:
    """Fields come as the flags say; what is no Gen2 tag or is cut is no read."""
    tags = tags_of(frame)
    assert len(tags) == len(expected)
    for tag, want in zip(tags, expected, strict=True):
        assert want in (tag, tag.epc)


def test_a_printed_frame_is_read_whole_and_byte_by_byte() -> None:
    """A frame is read with its last byte and not before."""
    assert [tags_of(frame) for frame in MercuryCodec().feed(SENT)] == [[SEEN]]
    codec = MercuryCodec()
    pieces = [codec.feed(SENT[at : at + 1]) for at in range(len(SENT))]
    assert pieces[:-1] == [[]] * (len(SENT) - 1)
    assert len(pieces[-1]) == 1


@given(before=noise, epc=epcs)
def test_a_tag_is_read_after_noise(before: bytes, epc: bytes) -> None:
    """Noise hides a frame at most until the line was silent."""
    codec = MercuryCodec()
    found = codec.feed(before + sim.streamed(sim.stored(epc))) + codec.flush()
    assert tags_of(found[-1]) == [TagReport(epc.hex().upper(), -60, 1)]


@given(data=streams, cuts=st.lists(st.integers(0, 300)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole, pieces = MercuryCodec(), MercuryCodec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good frames, or counted as discarded, or held; and few are held."""
    codec = MercuryCodec()
    found = codec.feed(data)
    assert codec.good_bytes + codec.counters.discarded_bytes + codec.held_bytes == len(data)
    assert codec.counters.good_frames == len(found)
    assert codec.held_bytes < FRAME_MAX_BYTES


@given(epc=epcs, at=st.integers(0, 100), change=st.integers(1, 255))
def test_a_changed_byte_never_gives_another_tag(epc: bytes, at: int, change: int) -> None:
    """One changed byte, the length apart, loses a frame; it never makes it another tag."""
    data = bytearray(sim.streamed(sim.stored(epc)))
    data[2 + at % (len(data) - 2)] ^= change
    codec = MercuryCodec()
    found = codec.feed(bytes(data)) + codec.flush()
    assert [tag for frame in found for tag in tags_of(frame)] == []


@given(operation=st.sampled_from([0x22, 0x29]), data=st.binary(max_size=255))
def test_any_data_in_a_good_frame_are_survived(operation: int, data: bytes) -> None:
    """Whatever stands in a frame whose checksum is right: no exception, and no empty EPC."""
    assert all(tag.epc for tag in tags_of(Frame(operation, 0, data)))
