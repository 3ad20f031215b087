"""The UHFReader codec: frames without a start marker, whole or in pieces, and nothing invented."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack_drivers.codecs.uhfreader import (
    ALIVE,
    FRAME_MAX_BYTES,
    INFO,
    INVENTORY,
    PUSHED,
    SET_BEEPER,
    SET_POWER,
    ReaderFrame,
    TagReport,
    UhfReaderCodec,
    command,
    tags_18,
    tags_288,
)

A, B = "000000000000000000000313", "000000000000000000000314"
C, D = "49440000000000000A000334", "3039606303C74380001A0559"
POLYNOMIAL = 0x8408


def frame(body: bytes) -> bytes:
    """Len, body and CRC, as the manual prints the algorithm."""
    data = bytes([len(body) + 2]) + body
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ POLYNOMIAL if crc & 1 else crc >> 1
    return data + crc.to_bytes(2, "little")


def pushed(data: str) -> bytes:
    return frame(bytes.fromhex("00EE00" + data))


ONE_18 = bytes.fromhex("13000103010C0000000000000000000003133F39")
VECTORS_18 = {
    "one tag": (ONE_18, [A]),
    "another tag": (bytes.fromhex("13000103010C49440000000000000A000334A5FB"), [C]),
    "two tags": (
        bytes.fromhex("20000103020C0000000000000000000003130C0000000000000000000003149AC9"),
        [A, B],
    ),
    "single inventory": (frame(bytes.fromhex("000F01 01 04 00323038")), ["00323038"]),
    "active mode": (
        bytes.fromhex("1100EE002000708C2B380B2D00000000E056"),
        ["2000708C2B380B2D00000000"],
    ),
    "active mode, 4 bytes": (pushed("00323038"), ["00323038"]),
}
VECTORS_288 = {
    "one tag": (
        bytes.fromhex("1500010301010C0000000000000000000003136BB1A5"),
        [TagReport(A, 1, 0x6B)],
    ),
    "another tag": (
        bytes.fromhex("1500010301010C3039606303C74380001A055940F93E"),
        [TagReport(D, 1, 0x40)],
    ),
    "antenna 3": (
        bytes.fromhex("1500010304010C49440000000000000A0003346425C0"),
        [TagReport(C, 3, 0x64)],
    ),
    "4 bytes": (bytes.fromhex("0D000103010104003230386DA3D2"), [TagReport("00323038", 1, 0x6D)]),
    "two tags": (
        bytes.fromhex("2300010301020C0000000000000000000003136B0C0000000000000000000003146C70F2"),
        [TagReport(A, 1, 0x6B), TagReport(B, 1, 0x6C)],
    ),
    "single inventory": (
        frame(bytes.fromhex("000F01 02 01 04 00323038 6D")),
        [TagReport("00323038", 2, 0x6D)],
    ),
    "no tag": (bytes.fromhex("0700010101001E4B"), []),
    "real-time mode": (pushed("0804003230385F"), [TagReport("00323038", 4, 0x5F)]),
}
INFO_288 = bytes.fromhex("1100210000160C034E001E0A01000000E651")
SIGN_OF_LIFE = bytes.fromhex("560000000000")
WHOLE = [
    *(data for data, _ in (VECTORS_18 | VECTORS_288).values()),
    INFO_288,
    SIGN_OF_LIFE,
]

epcs = st.sampled_from([4, 8, 12, 16]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
lists_18 = st.lists(epcs, max_size=5).map(
    lambda some: frame(
        bytes([0, INVENTORY, 1, len(some)]) + b"".join(bytes([len(epc)]) + epc for epc in some)
    )
)
noise = st.binary(max_size=40) | st.lists(
    st.sampled_from(b"\x13\x15\x00\x01\x03\xee\xff\x0c\x56\x05"), max_size=40
).map(bytes)
streams = st.lists(noise | lists_18 | st.sampled_from(WHOLE), max_size=6).map(b"".join)


@pytest.mark.parametrize(("data", "epcs"), VECTORS_18.values(), ids=VECTORS_18)
def test_a_report_of_uhfreader18_is_read(data: bytes, epcs: list[str]) -> None:
    """A whole frame of the older generation is its tags, without signal or antenna."""
    (found,) = UhfReaderCodec().feed(data)
    assert tags_18(found) == [TagReport(epc) for epc in epcs]


@pytest.mark.parametrize(("data", "reports"), VECTORS_288.values(), ids=VECTORS_288)
def test_a_report_of_uhfreader288_is_read(data: bytes, reports: list[TagReport]) -> None:
    """A whole frame of the newer generation is its tags, with raw signal and antenna number."""
    (found,) = UhfReaderCodec().feed(data)
    assert tags_288(found) == reports


@pytest.mark.parametrize("data", WHOLE, ids=lambda data: data[:6].hex())
def test_a_vector_is_read_byte_by_byte(data: bytes) -> None:
    """A frame is read with its last byte and not before."""
    codec = UhfReaderCodec()
    found = [codec.feed(data[at : at + 1]) for at in range(len(data))]
    assert not any(found[:-1])
    assert len(found[-1]) == 1
    assert codec.held_bytes == 0


@pytest.mark.parametrize("data", WHOLE, ids=lambda data: data[:6].hex())
@given(before=st.binary(max_size=40), after=st.binary(max_size=30))
def test_a_vector_is_read_among_noise(data: bytes, before: bytes, after: bytes) -> None:
    """A good frame is read whatever came before and after it, at the latest when silence comes."""
    codec, alone = UhfReaderCodec(), UhfReaderCodec().feed(data)
    found = codec.feed(before + data + after) + codec.flush()
    assert alone[0] in found


@given(data=streams, cuts=st.lists(st.integers(0, 200)))
def test_the_way_bytes_are_cut_does_not_matter(data: bytes, cuts: list[int]) -> None:
    """Any split of the bytes gives the same frames and the same counts."""
    whole, pieces = UhfReaderCodec(), UhfReaderCodec()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    split = [data[a:b] for a, b in pairwise(edges)]
    assert whole.feed(data) == [found for piece in split for found in pieces.feed(piece)]
    assert whole.counters == pieces.counters


@given(data=streams)
def test_every_byte_is_accounted_for(data: bytes) -> None:
    """Any bytes are in good frames, or counted as discarded, or held; and few are held."""
    codec = UhfReaderCodec()
    found = codec.feed(data)
    counters = codec.counters
    assert codec.good_bytes + counters.discarded_bytes + codec.held_bytes == len(data)
    assert counters.good_frames == len(found)
    assert codec.held_bytes < FRAME_MAX_BYTES


@given(epc=epcs, at=st.integers(0, 24), byte=st.integers(0, 255))
def test_a_changed_byte_never_gives_another_id(epc: bytes, at: int, byte: int) -> None:
    """One changed byte loses a frame; it never makes it another tag."""
    whole = frame(bytes([0, INVENTORY, 1, 1, 1, len(epc)]) + epc + b"\x6b")
    data = bytearray(whole)
    data[at % len(data)] = byte
    codec = UhfReaderCodec()
    found = codec.feed(bytes(data)) + codec.flush()
    tags = [tag.epc for it in found for tag in tags_288(it) or ()]
    assert tags in ([], [epc.hex().upper()])


@given(status=st.integers(0, 255), code=st.sampled_from([INVENTORY, PUSHED]), data=st.binary())
def test_a_right_checksum_around_anything_is_survived(status: int, code: int, data: bytes) -> None:
    """Whatever stands in a good frame: no exception, and every id is an EPC of whole words."""
    found = ReaderFrame(0, code, status, data)
    for report in (tags_18(found) or []) + (tags_288(found) or []):
        assert len(report.epc) % 4 == 0
        assert 4 <= len(report.epc) <= 124


@pytest.mark.parametrize("status", [0x15, 0x16, 0x17, 0x18, 0xFB, 0xEE])
def test_other_answers_are_no_tags(status: int) -> None:
    """Lists of ISO 18000-6B serial numbers, alarms and empty rounds are no EPCs."""
    for code in (INVENTORY, PUSHED):
        found = ReaderFrame(0, code, status, b"\x01\x04\x00\x32\x30\x38")
        assert tags_18(found) is None
        assert tags_288(found) is None


@pytest.mark.parametrize("data", ["01 0C 00", "02 04 00323038", "01 03 003230", "01 00", "01"])
def test_a_list_that_does_not_fit_its_frame_is_no_list(data: str) -> None:
    """Cut lists, odd lengths and empty EPCs are told from an empty list."""
    assert tags_18(ReaderFrame(0, INVENTORY, 1, bytes.fromhex(data))) is None


def test_a_report_of_one_generation_is_none_of_the_other() -> None:
    """A driver set for the wrong generation invents no tag."""
    for data, _ in VECTORS_18.values():
        assert not tags_288(UhfReaderCodec().feed(data)[0])
    for data, reports in VECTORS_288.values():
        if reports:
            assert not tags_18(UhfReaderCodec().feed(data)[0])


def test_the_sign_of_life_is_told_from_a_frame_of_its_length() -> None:
    """56 00 00 00 00 00 is whole in itself; any other 56 is a Len."""
    assert UhfReaderCodec().feed(SIGN_OF_LIFE) == [ReaderFrame(0, ALIVE, 0, b"")]
    tags = (b"\x10" + bytes(16)) * 2 + (b"\x16" + bytes(22)) * 2
    long = frame(bytes([0, INVENTORY, 1, 4]) + tags)
    assert long[0] == 0x56
    (found,) = UhfReaderCodec().feed(long)
    assert len(tags_18(found) or ()) == 4


def test_an_echo_is_no_answer() -> None:
    """A line that sends back what was sent makes no frames."""
    codec = UhfReaderCodec()
    sent = command(INFO) + command(SET_POWER, b"\x14") + command(INVENTORY)
    assert codec.feed(sent) + codec.flush() == []


def test_what_cannot_be_an_answer_holds_nothing_back() -> None:
    """The first bytes of junk are given up at once, though a long frame could begin so."""
    codec = UhfReaderCodec()
    for junk in ("FF0102", "E0FFFF", "800099", "7F000144", "40002100"):
        codec.feed(bytes.fromhex(junk))
    assert len(codec.feed(ONE_18)) == 1


@pytest.mark.parametrize("at", [1, 2, 3, 5, 8, 15])
def test_a_damaged_report_does_not_hold_the_next_ones_back_for_long(at: int) -> None:
    """A byte too many may look like the length of a long frame; it shows soon that it is none."""
    for data, _ in (VECTORS_18 | VECTORS_288).values():
        for extra in range(256):
            codec = UhfReaderCodec()
            found = codec.feed(data[:at] + bytes([extra]) + data[at:])
            found += codec.feed(INFO_288 * 6)
            assert len(found) >= 2, bytes([extra])


def test_a_wrong_checksum_is_counted() -> None:
    """A frame whose checksum does not fit is no read, and is counted as such."""
    codec = UhfReaderCodec()
    assert codec.feed(ONE_18[:-1] + b"\x00") + codec.flush() == []
    assert codec.counters.bad_checksums == 1


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (command(INFO), "04FF211995"),
        (command(SET_POWER, b"\x14")[:4], "05FF2F14"),
        (command(SET_BEEPER, b"\x00")[:4], "05FF4000"),
    ],
)
def test_commands_are_as_the_manual_prints_them(sent: bytes, expected: str) -> None:
    """Commands go to the address that every reader answers to."""
    assert sent == bytes.fromhex(expected)
